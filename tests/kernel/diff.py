#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""diff.py DIFF OLD NEW: the structs and unions of `ksurf diff --format json --layout` against two dumps of BTF (`bpftool -j btf dump file`).

Counted in the plainest way: names, their members by name with what unnamed members hold in their place, sizes and offsets. Types are left
to others. Names of several shapes are left out. Exit 1 when anything differs.
"""
import json
import sys


def read(path):
    with open(path) as f:
        return {t["id"]: t for t in json.load(f)["types"]}


def bare(types, t):
    """The type behind qualifiers: 6.1's vm_fault has an unnamed const struct."""
    while t and types[t]["kind"] in ("CONST", "VOLATILE"):
        t = types[t]["type_id"]
    return types.get(t)


def members(types, t, base=0, into=None):
    into = {} if into is None else into
    for m in t["members"]:
        inner = bare(types, m["type_id"])
        if m["name"] == "(anon)" and inner and inner["kind"] in ("STRUCT", "UNION"):
            members(types, inner, base + m["bits_offset"], into)
        elif m["name"] != "(anon)":
            into[m["name"]] = base + m["bits_offset"], m.get("bitfield_size", 0)
    return into


def shapes(types, kind):
    ret = {}
    for t in types.values():
        if t["kind"] == kind.upper() and t["name"] != "(anon)":
            ret.setdefault(t["name"], []).append((t["size"], members(types, t)))
    return ret


with open(sys.argv[1]) as f:
    got = {k["kind"]: k for k in json.load(f)["kinds"]}
old, new = read(sys.argv[2]), read(sys.argv[3])
bad = 0
for kind in ("struct", "union"):
    a, b, k = shapes(old, kind), shapes(new, kind), got[kind]
    want = {"old": len(a), "new": len(b), "added": len(b.keys() - a.keys()), "removed": len(a.keys() - b.keys())}
    if want != {x: k[x] for x in want}:
        bad += 1
        print(f"{kind}: {({x: k[x] for x in want})}, counted {want}")
    names = {n["name"]: n for n in k["names"]}
    compared = 0
    for name in a.keys() & b.keys():
        if len(a[name]) > 1 or len(b[name]) > 1:
            continue
        (size, x), (new_size, y) = a[name][0], b[name][0]
        common = x.keys() & y.keys()
        want = {("field-added", n) for n in y.keys() - x.keys()} | {("field-removed", n) for n in x.keys() - y.keys()}
        want |= {("field-moved", n) for n in common if x[n][0] != y[n][0]}
        want |= {("field-bitfield-changed", n) for n in common if x[n][1] != y[n][1]}
        want |= {("size-changed", None)} if size != new_size else set()
        changes = names.get(name, {}).get("changes", [])
        have = {(c["change"], None if c["change"] == "size-changed" else (c.get("old") or c["new"])["name"]) for c in changes
                if c["change"] not in ("field-type-changed", "field-resized")}
        compared += 1
        if have != want:
            bad += 1
            print(f"{kind} {name}: {sorted(have ^ want, key=str)[:4]}")
    print(f"{kind}: {compared} names in both images, {len(names)} differ")
sys.exit(1 if bad else 0)
