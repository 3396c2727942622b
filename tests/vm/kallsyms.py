#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""kallsyms.py LETTERS PROC: the symbols that `test_kallsyms dump` finds in the kernel that boots against /proc/kallsyms of the kernel
that booted: each address, letter and name, in order. A kernel that moves as a whole (s390x) moves all but per-processor symbols.
"""
import sys


def read(path):
    with open(path, errors="surrogateescape") as f:
        for line in f:
            address, letter, name = line.rstrip("\n").split(" ", 2)
            if "\t[" not in name:  # of modules and BPF programs
                yield int(address, 16), letter, name


def main():
    ours, theirs = list(read(sys.argv[1])), list(read(sys.argv[2]))
    moves = {b[0] - a[0] for a, b in zip(ours, theirs) if a[1] not in "Aa"}
    wrong = [(a, b) for a, b in zip(ours, theirs) if a[1:] != b[1:]]
    good = len(ours) == len(theirs) and ours and not wrong and len(moves) == 1
    moved = "" if moves == {0} else f", moved by {', '.join(f'{m:#x}' for m in sorted(moves)[:4])}"
    print(f"{'ok' if good else 'not ok'} - {len(ours)} symbols of kallsyms are those of /proc/kallsyms{moved}")
    if not good:
        print(f"#   {len(theirs)} there, {len(wrong)} differ: {wrong[:4]}")


main()
