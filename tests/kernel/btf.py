#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Holds the constructs that ksurf reads from BTF against what bpftool reads, and against recorded results.

btf.py bpftool OURS.jsonl BTF.json [BASE.json]
                                        every construct, in order, with every member, offset, size, width and value; TAP on stdout
btf.py recorded OURS.jsonl DIR          types_{struct,union,enum}.jsonl.xz of DIR; OURS from the BTF that pahole makes of that image

OURS is what `test_btf dump` prints. Shares no code with ksurf: flattening, sizes and variants are done anew here.
"""
import collections
import json
import lzma
import re
import sys

sys.setrecursionlimit(10000)
QUALS = ("CONST", "VOLATILE", "RESTRICT", "TYPE_TAG")
FEATURES = ("bpf_func_id", "bpf_map_type", "bpf_prog_type", "bpf_attach_type", "bpf_link_type")
SIGNED, UNSIGNED64 = 2, 1
checks = 0


def say(ok, what, *why):
    global checks
    checks += 1
    print(f"{'ok' if ok else 'not ok'} {checks} - {what}")
    for w in why[:4]:
        print("#   " + str(w)[:400])


def plain(name):
    return "" if name.startswith("(anon") else name


class Btf:
    def __init__(self, path, base=None):
        self.types = {}
        for p in filter(None, (base, path)):
            with open(p) as f:
                self.own = {t["id"]: t for t in json.load(f)["types"]}
            self.types |= self.own
        self.types[0] = {"kind": "VOID", "name": "(anon)"}
        longs = [t["size"] for t in self.types.values() if t["kind"] == "INT" and t["name"] in ("long unsigned int", "unsigned long")]
        self.pointer = longs[0] if longs else 8
        self.enums = [t for t in self.types.values() if t["kind"] in ("ENUM", "ENUM64")]
        self.told = any(t["kind"] == "ENUM64" or t["encoding"] == "SIGNED" for t in self.enums)
        self.guessed = 0
        self.texts = {}

    def text(self, i):
        if i not in self.texts:
            self.texts[i] = self.make_text(self.types[i])
        return self.texts[i]

    def make_text(self, t):
        kind, name = t["kind"], plain(t["name"])
        if kind == "VOID":
            return "VOID"
        if kind == "TYPE_TAG":
            return self.text(t["type_id"])
        if kind in QUALS or kind == "PTR":
            return f"{kind}({self.text(t['type_id'])})"
        if kind == "ARRAY":
            return f"ARRAY({t['nr_elems']} {self.text(t['type_id'])})"
        if kind == "FUNC_PROTO":
            params = "".join(f", {plain(p['name'])} {self.text(p['type_id'])}" for p in t["params"])
            return f"FUNC_PROTO({self.text(t['ret_type_id'])}{params})"
        if kind == "FWD":
            return f"FWD({t['fwd_kind']} {name})"
        if kind in ("ENUM", "ENUM64", "FLOAT"):
            return f"{kind}({name} {t['size']})"
        return f"{kind}({name})"

    def size(self, i):
        t = self.types[i]
        if t["kind"] in QUALS or t["kind"] == "TYPEDEF":
            return self.size(t["type_id"])
        if t["kind"] == "PTR":
            return self.pointer
        if t["kind"] == "ARRAY":
            return self.size(t["type_id"]) * t["nr_elems"]
        return t.get("size", 0)

    def past(self, i, kinds):
        while self.types[i]["kind"] in kinds:
            i = self.types[i]["type_id"]
        return self.types[i]

    def members(self, t, base=0, depth=0):
        for m in t["members"]:
            name, bits, at = plain(m["name"]), m.get("bitfield_size", 0), m["bits_offset"] + base
            inner = self.past(m["type_id"], QUALS + (("ARRAY",) if name else ("TYPEDEF",)))
            opens = inner["kind"] in ("STRUCT", "UNION") and not (name and plain(inner["name"]))
            under = self.past(m["type_id"], QUALS + ("TYPEDEF",))
            # A width that an INT of its own holds, as pahole and LLVM once did.
            if not bits and under["kind"] == "INT" and (under["bits_offset"] or under["nr_bits"] != under["size"] * 8):
                at, bits = at + under["bits_offset"], under["nr_bits"]
            scope = 0 if not opens else 1 if inner["kind"] == "STRUCT" else 2
            yield (name, self.text(m["type_id"]), at, self.size(m["type_id"]), bits, depth, scope)
            if opens:
                yield from self.members(inner, at, depth + 1)

    def values(self, t):
        """Values, and the flags. Where nobody says whether an enum is signed, small numbers below 0 make it so."""
        # bpftool writes unsigned values of 32 bits with their sign extended to 64.
        mask = (1 << 32) - 1 if t["kind"] == "ENUM" and t["encoding"] == "UNSIGNED" else -1
        vals = [(v["name"], v["val"] & mask) for v in t["values"]]
        if not self.told:
            high = [v - (1 << 32) if v >= 1 << 31 else v for _, v in vals]
            self.guessed += sum(v < 0 for v in high)
            if any(-4096 <= v < 0 for v in high):
                return [(n, h) for (n, _), h in zip(vals, high)], SIGNED
            return vals, 0
        flags = SIGNED if t["encoding"] == "SIGNED" else 0
        return vals, flags | (UNSIGNED64 if not flags and any(v >= 1 << 63 for _, v in vals) else 0)

    def constructs(self):
        """kind -> (name, shape) in order; shape: size, type, flags, items."""
        out = collections.defaultdict(list)
        unnamed, features = [None] * 3, []
        # Of split BTF: what it adds.
        full = {t["name"] for t in self.own.values() if t["kind"] in ("ENUM", "ENUM64") and t["values"]}
        for t in self.own.values():
            kind, name = t["kind"], plain(t["name"])
            if kind in ("STRUCT", "UNION") and name:
                out[kind.lower()].append((name, (t["size"], "VOID", 0, tuple(self.members(t)))))
            elif kind in ("ENUM", "ENUM64") and (t["values"] or t["name"] not in full):
                vals, f = self.values(t)
                if not name:
                    # 32-bit ones, 64-bit ones, and those with values that need all 64 bits.
                    c = 0 if kind == "ENUM" else 2 if f & UNSIGNED64 else 1
                    size, flags, old = unnamed[c] or (0, 0, ())
                    unnamed[c] = max(size, t["size"]), flags | f, old + tuple(vals)
                    continue
                out["enum"].append((name, (t["size"], "VOID", f, tuple(vals))))
                if name in FEATURES and name not in features:
                    features.append(name)
                    out["feature"] += [(n, (0, "VOID", 0, ((n, v),))) for n, v in vals
                                       if not re.search("^__|^MAX_|_unspec$", n, re.I) and not n.startswith("max_")]
            elif kind == "TYPEDEF":
                out["typedef"].append((name, self.typedef(t)))
        out["enum"] += [("", (size, "VOID", flags, vals)) for size, flags, vals in filter(None, unnamed)]
        return out

    def typedef(self, t):
        inner = self.past(t["type_id"], QUALS + ("ARRAY",))
        if not plain(inner["name"]) and inner["kind"] in ("STRUCT", "UNION"):
            return self.size(t["type_id"]), self.text(t["type_id"]), 0, tuple(self.members(inner))
        if not plain(inner["name"]) and inner["kind"] in ("ENUM", "ENUM64"):
            vals, flags = self.values(inner)
            return inner["size"], self.text(t["type_id"]), flags, tuple(vals)
        return 0, self.text(t["type_id"]), 0, ()


def load(path):
    out = collections.defaultdict(list)
    with open(path) as f:
        for c in map(json.loads, f):
            out[c["kind"]].append(c)
    return out


def item(i):
    if "type" not in i:
        return i["name"], i["value"]
    return i["name"], i["type"], i["value"], i["size"], i["bits"], i["depth"], i["scope"]


def shape(c):
    return c["size"], c["type"], c["flags"], tuple(map(item, c["items"]))


def against_bpftool(ours, btf):
    for kind, all_of_kind in btf.constructs().items():
        groups = {}
        for name, s in all_of_kind:
            variants = groups.setdefault(name, [])
            if s not in variants:
                variants.append(s)
        want = [(n, i, s) for n, v in groups.items() for i, s in enumerate(v)]
        got = [(c["name"], c["variant"], shape(c)) for c in ours[kind]]
        bad = [f"want {w}\n#   got  {g}" for w, g in zip(want, got) if w != g]
        parts = sum(len(s[3]) for _, _, s in want)
        more = sum(len(v) - 1 for v in groups.values())
        say(want == got, f"{kind}: {len(groups)} names, {more} other variants, {parts} items as bpftool reads them",
            *bad)
    if btf.guessed:
        say(True, f"enum: {btf.guessed} values above INT32_MAX in BTF that does not say which enums are signed")


def canon(t):
    kind = t["kind"]
    name = plain(t.get("name") or "")
    if kind == "VOID":
        return "VOID"
    if kind in QUALS or kind == "PTR":
        return f"{kind}({canon(t['type'])})"
    if kind == "ARRAY":
        return f"ARRAY({t['nr_elems']} {canon(t['type'])})"
    if kind == "FUNC_PROTO":
        return f"FUNC_PROTO({canon(t['ret_type'])}{''.join(', ' + plain(p['name']) + ' ' + canon(p['type']) for p in t['params'])})"
    if kind == "FWD":
        return f"FWD({t['fwd_kind']} {name})"
    return f"{kind}({name})"


def sizeless(text):
    return re.sub(r"(ENUM|ENUM64|FLOAT)\((\S*) \d+\)", r"\1(\2)", text)


def recorded_shape(r):
    if r["kind"] == "ENUM":
        return r["size"], [(v["name"], v["val"]) for v in r["values"]]
    return r["size"], [(plain(m["name"]), sizeless(canon(m["type"])), m["bits_offset"], m.get("bitfield_size", 0)) for m in r["members"]]


def our_shape(c):
    if c["kind"] == "enum":
        return c["size"], [(i["name"], i["value"]) for i in c["items"]]
    return c["size"], [(i["name"], sizeless(i["type"]), i["value"], i["bits"]) for i in c["items"] if i["flat"]]


def reference_shape(c):
    """Ours, as the reference would have it: unsigned values as signed ones of 32 bits."""
    size, items = our_shape(c)
    if c["kind"] != "enum":
        return size, items
    return size, [(n, v - (1 << 32) if 1 << 31 <= v < 1 << 32 else v) for n, v in items]


def against_recorded(ours, folder):
    for kind in ("struct", "union", "enum"):
        with lzma.open(f"{folder}/types_{kind}.jsonl.xz") as f:
            rec = {plain(r["name"]): r for r in map(json.loads, f)}
        first = {c["name"]: c for c in sorted(ours[kind], key=lambda c: c["seq"]) if not c["variant"]}
        # The reference knows no 64-bit enums, and its unnamed enums have no size of their own.
        wide = {n for n, c in first.items() if kind == "enum" and n and c["size"] == 8}
        names = [n for n in first if n not in wide]
        say(names == list(rec), f"recorded: the {len(rec)} names of {kind}s in order ({len(wide)} 64-bit enums apart)")
        as_is, classes, bad = 0, collections.Counter(), []
        for n, r in rec.items():
            want, c = recorded_shape(r), first.get(n)
            if c is None:
                continue
            if our_shape(c) == want:
                as_is += 1
            elif reference_shape(c) == want:
                classes["unsigned values recorded as signed"] += 1
            elif any("STRUCT()" in m[1] or "UNION()" in m[1] for m in want[1] if not m[0]):
                classes["const unnamed members recorded unopened"] += 1
            else:
                bad.append(f"{n}: recorded {want} ours {our_shape(c)}")
        say(not bad, f"recorded: {as_is} {kind}s the same{''.join(f', {v} {k}' for k, v in classes.items())}", *bad)


def main():
    ours = load(sys.argv[2])
    if sys.argv[1] == "bpftool":
        against_bpftool(ours, Btf(*sys.argv[3:]))
    else:
        against_recorded(ours, sys.argv[3])


main()
