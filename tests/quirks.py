#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""quirks.py DEPSURF-DIR OWN-DIR: where the two styles of pages differ, each line pair must be a quirk that has a name.

    empty parameters   f();                      is f(void);
    varargs            void (anon)               is ...
    declarator         T[3] *name, const T * p   stand where C wants them: the same words in another order
    no change          X -> X, a change that C text does not show, is none; the pair is then without changes
Prints a line of TAP for each quirk with its count, and fails on a line that is none of them.
"""
import collections
import os
import re
import subprocess
import sys

CHANGE = re.compile(r"<code>(.*)</code> ➡️ <code>(.*)</code>")
FRAME = re.compile(r"</?(ul|li|details)>|<b>(Param|Return) type changed\. </b>|<summary>Changed between .* ⚠️</summary>")


def hunks(a, b):
    """The differing parts of two files, as lists of lines, by diff(1): pages may have 100,000 lines."""
    out = subprocess.run(["diff", a, b], capture_output=True, encoding="utf-8").stdout
    for hunk in re.split(r"^\d.*\n", out, flags=re.M)[1:]:
        yield tuple([x[2:] for x in hunk.splitlines() if x[:1] == side] for side in "<>")


def words(line):
    return sorted(re.findall(r"\w+|\.\.\.", line))


def quirk(a, b):
    """The name of the quirk that makes `a` of the page `b` of ours."""
    if a.replace("()", "(void)") == b:
        return "empty parameters"
    plain = re.sub(r"void \(anon[-0-9]*\)\)", "...)", a).replace("()", "(void)")
    if plain == b:
        return "varargs"
    return "declarator" if words(plain) == words(b) else None


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
    for n, what in enumerate(("empty parameters", "varargs", "declarator", "no change"), 1):
        print(f"ok {n} - pages differ by the quirk '{what}' ({counts[what]} lines)")
    print("not ok" if bad else "ok", f"5 - {len(names)} pages differ by nothing else")
    for line in bad[:20]:
        print("#  ", line[:300])


main()
