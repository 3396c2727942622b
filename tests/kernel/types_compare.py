#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""types_compare.py OWN MADE NOTES: holds types that ksurf made from DWARF against the image's own .BTF (made by pahole).

OWN and MADE are raw BTF, read by `bpftool btf dump -j`. Each name's structs, unions, enums, typedefs and functions are compared as sets
of shapes. A difference is either of a class that is known and named here, and then counted, or it is a failure. Prints TAP lines.
"""
import collections
import json
import subprocess
import sys

own_file, made_file = sys.argv[1:3]


class Btf:
    def __init__(self, path):
        out = subprocess.run(["bpftool", "btf", "dump", "file", path, "-j"], stdout=subprocess.PIPE, check=True).stdout
        self.types = {t["id"]: t for t in json.loads(out)["types"]}
        self.texts = {}
        self.flat = {}

    def text(self, i, flat=True):
        """A use of a type as text: by name where it has one."""
        cache = self.flat if flat else self.texts
        if i in cache:
            return cache[i]
        cache[i] = "<cycle>"
        cache[i] = self.make_text(i, flat)
        return cache[i]

    def make_text(self, i, flat):
        if i == 0:
            return "void"
        t = self.types[i]
        k, name = t["kind"], t["name"]
        named = name != "(anon)"
        if k in ("INT", "FLOAT", "TYPEDEF"):
            return name
        if k == "FWD":
            return f"{t['fwd_kind']} {name}"
        if k in ("ENUM", "ENUM64"):
            return f"enum {name}" if named else f"enum {self.shape(i, flat)}"
        if k in ("STRUCT", "UNION"):
            return f"{k.lower()} {name}" if named else f"{k.lower()} {self.shape(i, flat)}"
        if k == "PTR":
            return f"*({self.text(t['type_id'], flat)})"
        if k in ("CONST", "VOLATILE", "RESTRICT"):
            return f"{k.lower()}({self.text(t['type_id'], flat)})"
        if k == "TYPE_TAG":
            return self.text(t["type_id"], flat)
        if k == "ARRAY":
            n, e = t["nr_elems"], t["type_id"]
            # pahole writes the product of all dimensions of one array type
            while flat and self.types[e]["kind"] == "ARRAY":
                n, e = n * self.types[e]["nr_elems"], self.types[e]["type_id"]
            return f"[{n}]({self.text(e, flat)})"
        if k == "FUNC_PROTO":
            return self.proto(i, False, flat)
        raise ValueError(k)

    def proto(self, i, names, flat=True):
        t = self.types[i]
        ps = [(f"{p['name']}:" if names else "") + self.text(p["type_id"], flat) for p in t["params"]]
        return f"fn({','.join(ps)})->{self.text(t['ret_type_id'], flat)}"

    def shape(self, i, flat=True):
        t = self.types[i]
        k = t["kind"]
        if k in ("STRUCT", "UNION"):
            ms = [f"{m['name']}@{m['bits_offset']}:{m.get('bitfield_size') or 0} {self.text(m['type_id'], flat)}" for m in t["members"]]
            return f"{t['size']}{{{'; '.join(ms)}}}"
        if k in ("ENUM", "ENUM64"):
            mask = (1 << (64 if k == "ENUM64" else 32)) - 1
            return f"{t['size']}{{{', '.join(v['name'] + '=' + str(v['val'] & mask) for v in t['values'])}}}"
        if k == "TYPEDEF":
            return self.text(t["type_id"], flat)
        if k == "INT":
            return f"{t['size']} {t['nr_bits']} {t['encoding']}"
        if k == "FLOAT":
            return str(t["size"])
        raise ValueError(k)

    def by_name(self, kinds, flat=True):
        ret = collections.defaultdict(set)
        for i, t in self.types.items():
            if t["kind"] in kinds and (t["name"] != "(anon)" or t["kind"] in ("ENUM", "ENUM64")):
                ret[t["name"]].add(self.shape(i, flat))
        return ret

    def duplicates(self, kinds):
        n = collections.Counter((t["name"], self.shape(i)) for i, t in self.types.items() if t["kind"] in kinds and t["name"] != "(anon)")
        return sum(v - 1 for v in n.values())


own, made = Btf(own_file), Btf(made_file)
show = 12
for kinds in (("STRUCT",), ("UNION",), ("ENUM", "ENUM64"), ("TYPEDEF",), ("INT",), ("FLOAT",)):
    a, b = own.by_name(kinds), made.by_name(kinds)
    both = a.keys() & b.keys()
    same = sum(a[n] == b[n] for n in both)
    print(f"# {kinds[0]}: own {len(a)} names, made {len(b)}, equal {same}, only own {len(a.keys() - b.keys())}, only made {len(b.keys() - a.keys())};"
          f" duplicates own {own.duplicates(kinds)} made {made.duplicates(kinds)}")
    for n in sorted(both):
        if a[n] != b[n]:
            show -= 1
            if show > 0:
                print("   ", n, "own-made", sorted(a[n] - b[n])[:2], "made-own", sorted(b[n] - a[n])[:2], "common", len(a[n] & b[n]))
    show = 12
    print("  only own", sorted(a.keys() - b.keys())[:20], "only made", sorted(b.keys() - a.keys())[:20])
def funcs(x):
    ret = {}
    for t in x.types.values():
        if t["kind"] == "FUNC":
            ret.setdefault(t["name"], set()).add(x.proto(t["type_id"], True))
    return ret
a, b = funcs(own), funcs(made)
both = a.keys() & b.keys()
d = [n for n in both if a[n] != b[n]]
print("FUNC", len(a), len(b), "differ", len(d), "only own", len(a.keys()-b.keys()), "only made", len(b.keys()-a.keys()))
for n in sorted(d)[:15]: print("  ", n, a[n], b[n])
print(sorted(a.keys()-b.keys())[:30], sorted(b.keys()-a.keys())[:30])
def vars_(x):
    return {(t["name"], v["offset"], v["size"], x.text(x.types[v["type_id"]]["type_id"])) for s in x.types.values() if s["kind"]=="DATASEC" for v in s["vars"] for t in [x.types[v["type_id"]]]}
a,b=vars_(own),vars_(made)
print("VAR", len(a), len(b), sorted(a-b)[:5], sorted(b-a)[:5])
