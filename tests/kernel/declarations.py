#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Holds exported declarations against the image's BTF as bpftool reads it, and against a C compiler.

declarations.py btf TYPES.jsonl BTF.json         the first FUNC of each name has the same prototype in both; TAP lines on stdout
declarations.py pick TYPES.jsonl N               N names on stdout, at random but the same each time
declarations.py c TYPES.jsonl PAGES              C on stdout: the declarations that pages in Markdown show, each in a block of its
                                                 own after declarations of its types
"""
import json
import random
import re
import sys

WRAPPERS = {"PTR", "CONST", "VOLATILE", "RESTRICT"}
sys.setrecursionlimit(10000)


def canon(t):
    """A tree of the dataset, without what it says twice."""
    kind = t["kind"]
    name = t.get("name")
    if kind == "VOID":
        return ("VOID",)
    if kind in WRAPPERS:
        return (kind, canon(t["type"]))
    if kind == "ARRAY":
        return (kind, t["nr_elems"], canon(t["type"]))
    if kind == "FUNC_PROTO":
        return (kind, tuple((p["name"], canon(p["type"])) for p in t["params"]), canon(t["ret_type"]))
    return (kind, name) + ((t["fwd_kind"],) if kind == "FWD" else ())


class Btf:
    def __init__(self, path):
        with open(path) as f:
            self.types = {t["id"]: t for t in json.load(f)["types"]}

    def tree(self, i):
        if not i:
            return ("VOID",)
        t = self.types[i]
        kind = t["kind"]
        if kind in WRAPPERS:
            return (kind, self.tree(t["type_id"]))
        if kind == "TYPE_TAG":
            return self.tree(t["type_id"])
        if kind == "ARRAY":
            return (kind, t["nr_elems"], self.tree(t["type_id"]))
        if kind == "FUNC_PROTO":
            names, unnamed = [], 0
            for p in t["params"]:
                # The dataset numbers what has no name.
                names.append(p["name"] if p["name"] != "(anon)" else f"(anon-{unnamed})" if unnamed else "(anon)")
                unnamed += p["name"] == "(anon)"
            return (kind, tuple((n, self.tree(p["type_id"])) for n, p in zip(names, t["params"])), self.tree(t["ret_type_id"]))
        return (kind, t["name"]) + ((t["fwd_kind"],) if kind == "FWD" else ())

    def funcs(self):
        seen = set()
        for t in self.types.values():
            if t["kind"] == "FUNC" and t["name"] not in seen:
                seen.add(t["name"])
                yield t["name"], self.tree(t["type_id"])


def load(path):
    with open(path) as f:
        return {t["name"]: t["type"] for t in map(json.loads, f)}


def compare(ours, btf):
    n = 0
    bad, absent = [], []
    for name, tree in btf.funcs():
        n += 1
        if name not in ours:
            absent.append(name)
        elif canon(ours[name]) != tree:
            bad.append(f"{name}: ours {canon(ours[name])} BTF {tree}")
    for what, found in ((f"every function of .BTF has a declaration ({n})", absent), (f"declarations are what BTF says ({n})", bad)):
        print("not ok" if found else "ok", "-", what)
        for line in found[:10]:
            print("#  ", line[:400])
        if len(found) > 10:
            print(f"#   and {len(found) - 10} more")


def named(t, out):
    kind = t["kind"]
    if kind in ("STRUCT", "UNION", "ENUM", "ENUM64", "TYPEDEF", "FWD"):
        out.add((("UNION" if t.get("fwd_kind") == "union" else "STRUCT") if kind == "FWD" else kind, t["name"]))
    for key in ("type", "ret_type"):
        if key in t:
            named(t[key], out)
    for p in t.get("params", ()):
        named(p["type"], out)


def pick(ours, count):
    names = sorted(ours)
    random.Random(2).shuffle(names)
    for name in names:
        uses = set()
        named(ours[name], uses)
        # A type without a name cannot be declared beforehand.
        if not any(n == "(anon)" for _, n in uses):
            print(name)
            count -= 1
        if not count:
            break


def compiled(ours, pages):
    with open(pages) as f:
        found = re.findall(r"^# Function: <code>(.*?)</code>.*?^```c\n(.*?)^```", f.read(), re.S | re.M)
    for i, (name, text) in enumerate(found):
        uses = set()
        named(ours[name], uses)
        print(f"void block_{i}(void);\nvoid block_{i}(void)\n{{")
        for kind, n in sorted(uses):
            if kind == "TYPEDEF":
                if not n.startswith("__builtin"):
                    print(f"\ttypedef struct {{ int x; }} {n};")
            elif kind in ("ENUM", "ENUM64"):
                print(f"\tenum {n} {{ {n}_value_ }};")
            else:
                print(f"\t{kind.lower()} {n} {{ int x; }};")
        print("\t" + text.strip() + "\n}")
    print(f"int compiled = {len(found)};")


if sys.argv[1] == "btf":
    compare(load(sys.argv[2]), Btf(sys.argv[3]))
elif sys.argv[1] == "pick":
    pick(load(sys.argv[2]), int(sys.argv[3]))
else:
    compiled(load(sys.argv[2]), sys.argv[3])
