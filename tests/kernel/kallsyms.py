#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""kallsyms.py LETTERS SYMBOLS NM READELF: what the kallsyms tables of a kernel say against the symbol table of the ELF file.

LETTERS and SYMBOLS are of `test_kallsyms dump` and `symbols`, NM of nm, READELF of `readelf -SsW`. Writes TAP lines, and a note for
each class of symbols that differ by how a kernel is built.
"""
import collections
import re
import sys

BINDS = {"LOCAL": 0, "GLOBAL": 1, "WEAK": 2}
# What the kernel's build leaves out of kallsyms (scripts/mksysmap, scripts/kallsyms.c), by name.
LEFT_OUT = [
    ("__efistub_", "the EFI stub"),
    (".L", "local labels"),
    ("__kcfi_typeid_", "types of kCFI"),
    ("__pi_.L", "local labels"),
]


def letters(path):
    for line in open(path, errors="surrogateescape"):
        p = line.rstrip("\n").split(" ", 2)
        if len(p) == 3 and p[0]:
            yield int(p[0], 16), p[1], p[2]


def elf(path):
    """Sections by number; functions: (address, name) -> (bind, section)."""
    sections, funcs = {}, {}
    for line in open(path, errors="surrogateescape"):
        m = re.match(r"\s*\[\s*(\d+)\] (\S+)\s", line)
        if m:
            sections[m[1]] = m[2]
        m = re.match(r"\s*\d+: ([0-9a-f]+)\s+\S+ (FUNC|IFUNC)\s+(\S+)\s+\S+\s+(?:\[.*\] )?\s*(\d+|ABS) (.+)$", line)
        if m:
            funcs.setdefault((int(m[1], 16), re.sub(r"^\[[^]]*\] ", "", m[5]).rstrip()), (BINDS[m[3]], sections.get(m[4])))
    return funcs


def tap(good, text, examples=()):
    print("ok - " + text if good else "not ok - " + text)
    for e in list(examples)[:8]:
        print("#   ", *e)


def compare_letters(ours, nm):
    extra = ours - nm
    percpu = [s for s in extra if s[1] in "Aa" and any((s[0], l, s[2]) in nm for l in "Dd")]
    for s in percpu:
        del extra[s]
    tap(not extra, f"{sum(ours.values())} symbols are nm's, by name, address and letter", extra)
    print(f"# {len(percpu)} per-processor symbols have the letter A, as in /proc/kallsyms")


def compare_functions(found, funcs, ours):
    all_symbols = any(n == "linux_banner" for _, _, n in ours)
    end = {a for a, _, n in ours if n in ("_etext", "_einittext")}
    wrong = [(hex(k[0]), k[1], v, funcs[k]) for k, v in found.items() if k in funcs and v[:2] != funcs[k]]
    tap(not wrong, "functions have the section and the binding of the ELF file's", wrong)
    kinds = collections.Counter()
    lacks = []
    for k, (_, section) in funcs.items():
        if k in found:
            continue
        kind = next((words for start, words in LEFT_OUT if k[1].startswith(start)), None)
        if not kind and not all_symbols and section not in (".text", ".init.text"):
            kind = f"{section}, without CONFIG_KALLSYMS_ALL"
        if not kind and not all_symbols and k[0] in end:
            kind = "at the address of _etext, without CONFIG_KALLSYMS_ALL"
        if kind:
            kinds[kind] += 1
        else:
            lacks.append((hex(k[0]), k[1], section))
    tap(not lacks, f"all of {len(funcs)} functions are there but those that kallsyms leaves out", lacks)
    for kind, n in kinds.items():
        print(f"# {n} left out: {kind}")
    others = [k[1] for k in found if k not in funcs]
    print(f"# {len(others)} labels in code that the ELF file has as no function: {' '.join(sorted(others)[:6])} ...")


def main():
    ours = collections.Counter(letters(sys.argv[1]))
    found = {}
    for line in open(sys.argv[2], errors="surrogateescape"):
        p = line.rstrip("\n").split(" ", 4)
        found[(int(p[0], 16), p[4])] = (int(p[2]), p[3])
    compare_letters(ours, collections.Counter(letters(sys.argv[3])))
    compare_functions(found, elf(sys.argv[4]), ours)


main()
