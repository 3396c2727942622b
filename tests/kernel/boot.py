#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""boot.py BOOT.DUMP DEBUG.DUMP DATA_SYMBOLS(yes|no): what `test_kernel dump` says of a boot image, held against what it says of the debug image of the
same build; prints TAP. Constructs of kernel data are equal but for what only DWARF tells (the programs that a kfunc set is for), and
functions that both know attach alike. Kallsyms without data symbols (CONFIG_KALLSYMS_ALL) tell no table: what is in one is unknown."""
import json
import re
import sys

PROGRAM = 5  # enum item_role: a program type, from the constants of calls in DWARF


def load(path):
    kinds = {}
    with open(path) as f:
        for line in f:
            d = json.loads(line)
            kind = d.pop("kind")
            if kind == "switch":
                key = d["number"]
                d["functions"].sort()
            elif kind == "finding":
                key = d["code"]
            else:
                key = (d["name"], d.get("variant"))
            if kind == "kfunc":
                d["items"] = [i for i in d["items"] if i["role"] != PROGRAM]
            kinds.setdefault(kind, {})[key] = d
    return kinds


def types_differ(a, b):
    """In old .BTF the prototypes of tracepoints have no names of parameters; DWARF has them."""
    words = iter(re.findall(r"\w+|\S", b))
    left = [w for w in re.findall(r"\w+|\S", a) if w not in words]
    return bool(left)


def differ(a, b):
    return a is None or b is None or any(types_differ(a[k], b[k]) if k == "type" else a[k] != b[k] for k in b)


def result(fine, text):
    print(f"{'ok' if fine else 'not ok'} - {text}")


boot, debug = load(sys.argv[1]), load(sys.argv[2])
tables = sys.argv[3] != "no"
for kind in ("tracepoint", "lsm", "kfunc", "syscall", "config", "switch"):
    a, b = boot.get(kind, {}), debug.get(kind, {})
    if not tables and not a:
        continue
    bad = sorted(str(k) for k in set(a) | set(b) if differ(a.get(k), b.get(k)))
    result(not bad, f"{kind}: {len(a)} and {len(b)}, {len(bad)} differ")
    for k in bad[:8]:
        print(f"#   {k}")
a, b = boot.get("attach", {}), debug.get("attach", {})
# A symbol table has functions of assembly as labels without a type; kallsyms has no types.
both = set(a) & set(b)
bad = sorted(k[0] for k in both if a[k] != b[k]) if tables else []
result(both and not bad, f"attach points of {len(both)} functions, {len(bad)} differ")
for k in bad[:8]:
    print(f"#   {k}: {a[(k, None)]['bits']}, not {b[(k, None)]['bits']}")
lost = sorted(k[0] for k in set(b) - set(a)) if tables else []  # .exit.text has symbols only with those of data
result(not lost, f"functions of the debug image that the boot image has not: {len(lost)} of {len(b)}")
for k in lost[:8]:
    print(f"#   {k}")
new = set(boot.get("finding", {})) - set(debug.get("finding", {}))
new = sorted(c for c in new if tables and (c.endswith("-damaged") or c.startswith("kernel-")))
result(not new, f"findings of kernel data that the debug image has not: {', '.join(new) or 'none'}")
