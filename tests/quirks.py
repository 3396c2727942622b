#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""quirks.py DEPSURF-DIR OWN-DIR [COUNT,...]: where the two styles of pages differ, each line pair must be a quirk that has a name.

    empty parameters   f();                      is f(void);
    varargs            void (anon)               is ...
    declarator         T[3] *name, const T * p   stand where C wants them: the same words in another order
    qualifier twice    const const T             is const T
    unnamed type       struct (anon), enum (anon) are struct { }, int
    unnamed member     const struct (anon) (anon) is const struct { }
    no change          X -> X, a change that C text does not show, is none; the pair is then without changes
Prints a line of TAP for each quirk with its count, and fails on a line that is none of them, and on another count
than the one that is given.
"""
import collections
import os
import re
import subprocess
import sys

CHANGE = re.compile(r"<code>(.*)</code> ➡️ <code>(.*)</code>")
FRAME = re.compile(
    r"</?(ul|li|details)>|<b>((Param|Return|Field) type|Func|Event) changed\. </b>|<summary>Changed between .* ⚠️</summary>"
)
QUIRKS = (
    "empty parameters", "varargs", "declarator", "qualifier twice", "unnamed type", "unnamed member", "no change"
)


def hunks(a, b):
    """The differing parts of two files, as lists of lines, by diff(1): pages may have 100,000 lines."""
    out = subprocess.run(["diff", a, b], capture_output=True, encoding="utf-8").stdout
    for hunk in re.split(r"^\d.*\n", out, flags=re.M)[1:]:
        yield tuple([x[2:] for x in hunk.splitlines() if x[:1] == side] for side in "<>")


def words(line):
    return sorted(re.findall(r"\w+|\.\.\.", line))


TEXTS = (
    ("empty parameters", r"\(\)", "(void)"),
    ("varargs", r"void \(anon[-0-9]*\)\)", "...)"),
    ("varargs", r", void\)", ", ...)"),
    ("unnamed member", r"((?:struct|union) \(anon\)) \(anon[-0-9]*\)", r"\1"),
    ("unnamed type", r"\b(struct|union) \(anon\)", r"\1 { }"),
    ("unnamed type", r"\benum \(anon\)", "int /* unnamed enum */"),
)


def quirk(a, b):
    """The name of the quirk that makes `a` of the page `b` of ours; the first, where several do together."""
    name = None
    for what, pattern, by in TEXTS:
        plain = re.sub(pattern, by, a)
        if plain != a:
            name, a = name or what, plain
    if a == b:
        return name
    if words(a) == words(b):
        return "declarator"
    return "qualifier twice" if words(re.sub(r"\b(const|volatile) \1\b", r"\1", a)) == words(b) else None


def main():
    counts, bad = collections.Counter(), []
    names = sorted(os.path.relpath(os.path.join(d, f), sys.argv[1]) for d, _, fs in os.walk(sys.argv[1]) for f in fs)
    for name in names:
        for old, new in hunks(*(os.path.join(d, name) for d in sys.argv[1:3])):
            declarations = [quirk(x, y) for x, y in zip(old, new)]
            if len(old) == len(new) and all(declarations):
                counts.update(declarations)
                continue
            rest = [x for x in old if not FRAME.fullmatch(x) and not ((m := CHANGE.search(x)) and m[1] == m[2])]
            if not rest and all(x.startswith("No changes between ") for x in new):
                counts["no change"] += sum(bool(CHANGE.search(x)) for x in old)
                continue
            bad.append(f"{name}: {old[:3]} is {new[:3]}")
    wanted = list(map(int, sys.argv[3].split(","))) if len(sys.argv) > 3 else [counts[what] for what in QUIRKS]
    for n, (what, want) in enumerate(zip(QUIRKS, wanted, strict=True), 1):
        same = "ok" if counts[what] == want else "not ok"
        print(f"{same} {n} - pages differ by the quirk '{what}' ({counts[what]} lines of {want})")
    print("not ok" if bad else "ok", f"{len(QUIRKS) + 1} - {len(names)} pages differ by nothing else")
    for line in bad[:20]:
        print("#  ", line[:300])


main()
