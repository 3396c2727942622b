#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""types_compare.py OWN MADE OWN-FLAT MADE-FLAT DEFINITIONS SYMBOLS: types that ksurf made from DWARF, held against the image's own .BTF,
which pahole made of the same DWARF.

The first four are `btf_facts` and `btf_facts -f` of both. DEFINITIONS is `dw_facts -s`, SYMBOLS the names of all function symbols. Names
are compared with all their shapes. A difference is of a class that is named here, and then counted, or it fails. TAP on stdout.
"""
import collections
import re
import sys

KINDS = ("struct", "union", "enum", "typedef", "int", "float", "fwd", "func", "var")
classes = collections.Counter()
unexplained = collections.defaultdict(list)


def read(path):
    """kind -> name -> shapes"""
    ret = {k: collections.defaultdict(set) for k in KINDS}
    tags = collections.defaultdict(set)
    repeated = 0
    for line in open(path, encoding="utf-8"):
        kind, name, shape = line.rstrip("\n").split("\t", 2)
        if kind == "tag":
            tags[name].add(shape)
            continue
        shapes = ret["enum" if kind == "enum64" else kind][name]
        if kind in ("struct", "union", "typedef") and shape in shapes:
            repeated += 1
        shapes.add(shape)
    return {k: dict(v) for k, v in ret.items()}, tags, repeated


def values(shape):
    """Size, and enumerators with the low 32 bits of their values."""
    size, body = re.match(r"(\d+)[us]\{(.*)\}", shape).groups()
    return size, [(n, int(v) & 0xFFFFFFFF) for n, v in (e.rsplit("=", 1) for e in body.split(", ") if e)]


def wide(shape):
    size, body = re.match(r"(\d+)[us]\{(.*)\}", shape).groups()
    return size, [(n, int(v) % (1 << 64)) for n, v in (e.rsplit("=", 1) for e in body.split(", ") if e)]


own_exact, _, own_repeated = read(sys.argv[1])
made_exact, _, made_repeated = read(sys.argv[2])
own, own_tags, _ = read(sys.argv[3])
made, _, _ = read(sys.argv[4])
places = collections.defaultdict(set)
for line in open(sys.argv[5], encoding="utf-8"):
    name, place = line.rstrip("\n").split("\t")
    places[name].add(place)
symbols = set(open(sys.argv[6], encoding="utf-8").read().split())
suffixed = {s.split(".", 1)[0] for s in symbols if "." in s}
signed_enums = any(s.split("{")[0].endswith("s") for shapes in own["enum"].values() for s in shapes)
has_wide_enums = any("\nenum64\t" in "\n" + line for line in open(sys.argv[1], encoding="utf-8"))
old_pahole = not own["float"] and not own["var"]


def explain_enum(name, a, b):
    """What pahole could not always say: that values are signed, and their upper halves."""
    if not signed_enums and {str(wide(s)) for s in a} == {str(wide(s)) for s in b}:
        return "enum-sign: pahole did not write whether values are signed"
    if not has_wide_enums and {str(values(s)) for s in a} == {str(values(s)) for s in b}:
        narrow = all("-" not in s and all(v < 1 << 32 for _, v in wide(s)[1]) for s in b)
        return "enum-sign: pahole did not write whether values are signed" if narrow else \
            "enum64: pahole cut values to 32 bits (sign not written either)"
    return None


def explain_int(name, a, b):
    if old_pahole and {s.replace(" signed", "") for s in a} == {s.replace(" signed", "") for s in b}:
        return "char-sign: the pahole of that time wrote char without sign"
    return None


def without_linkage(shapes):
    return {s.split(" ", 1)[1] for s in shapes}


def arguments(shape):
    m = re.match(r"fn\((.*)\) (.*)$", shape)
    return (m[1].split("; ") if m[1] else []), m[2]


def explain_func(name, a, b):
    made_shape = next(iter(b))
    if made_shape in a:
        return "function-several: .BTF has several prototypes of the name, ksurf the one of them that has the symbol"
    if len(places[name]) > 1:
        return "function-other: several functions have the name, pahole took another one"
    args, ret = arguments(made_shape)
    for shape in a:
        own_args, own_ret = arguments(shape)
        if "bpf_kfunc" in own_tags[name] and own_ret == ret and args[: len(own_args)] == own_args and len(own_args) < len(args):
            return "kfunc-implicit: the build took the arguments that the verifier fills in off the prototype"
    return None


def only_own(kind, name):
    if kind == "fwd" and (name in own["struct"] or name in own["union"]):
        return "forward: pahole left a forward declaration beside the definition"
    base = name[: -len("_impl")]
    if kind == "func" and name.endswith("_impl") and "bpf_kfunc" in own_tags[base] and base in made["func"]:
        if without_linkage(made["func"][base]) == without_linkage(own["func"][name]):
            return "kfunc-impl: the build added it, with all arguments, beside the kfunc of the source"
    if kind == "func" and name not in symbols and name in suffixed:
        return "function-suffix: only symbols with a suffix (.isra.0) have the name, it cannot be attached to"
    return None


def only_made(kind, name):
    if kind == "int" and name == "__ARRAY_SIZE_TYPE__":
        return "array-index: a type to count array elements in, where the image has no int"
    if kind == "var" and old_pahole:
        return "variables: the pahole of that time wrote none"
    if kind == "var" and all("+0 " in s for s in made["var"][name]):
        return "variable-at-0: pahole leaves out what lies at address 0"
    if kind == "float" and name in own["int"]:
        return "float: the pahole of that time wrote floats as integers"
    if kind == "func" and len(places[name]) > 1:
        return "function-inconsistent: several functions have the name, pahole left all out"
    if kind == "func" and old_pahole:
        return "function-ftrace: the pahole of that time left out what ftrace cannot patch"
    if kind == "func":
        return "function-optimised: pahole left it out, as parameters are not where the calling convention has them"
    return None


print(f"# repeated types: {own_repeated} in .BTF, {made_repeated} in what ksurf made")
for kind in KINDS:
    a, b = own[kind], made[kind]
    none = set()
    equal = 0
    for name in sorted(a.keys() | b.keys()):
        why = None
        if name not in b:
            if kind == "int" and name in made["float"]:
                continue
            why = only_own(kind, name)
        elif name not in a:
            why = only_made(kind, name)
        elif a[name] == b[name]:
            equal += 1
            if own_exact[kind][name] != made_exact[kind][name]:
                classes["array-dimensions: pahole writes the product of an array's dimensions"] += 1
            continue
        elif kind == "func":
            x, y = without_linkage(a[name]), without_linkage(b[name])
            if x == y:
                equal += 1
                classes["linkage: pahole wrote every function as static"] += 1
                continue
            why = explain_func(name, x, y)
        elif kind == "enum":
            why = explain_enum(name, a[name], b[name])
        elif kind == "int":
            why = explain_int(name, a[name], b[name])
        if why:
            classes[why] += 1
        else:
            unexplained[kind].append(f"{name}: .BTF {sorted(a.get(name, none))[:2]}, made {sorted(b.get(name, none))[:2]}"[:900])
    print(f"# {kind}: {len(a)} names in .BTF, {len(b)} made, {equal} equal in all shapes")
    if not a and not b:
        continue
    print(f"{'not ok' if unexplained[kind] else 'ok'} - {kind}: all alike or of a named class")
    for text in unexplained[kind][:12]:
        print(f"#   {text}")
    if unexplained[kind]:
        print(f"#   {len(unexplained[kind])} differ")
for why, n in sorted(classes.items()):
    print(f"# {n} {why}")
# What no class may hide: nearly everything is equal, not merely explained.
for kind, share in (("struct", 1), ("union", 1), ("typedef", 1), ("fwd", 1), ("enum", 0.99), ("func", 0.98)):
    both = own[kind].keys() & made[kind].keys()
    same = sum((without_linkage(own[kind][n]) == without_linkage(made[kind][n])) if kind == "func" else own[kind][n] == made[kind][n]
               or (kind == "enum" and not signed_enums) for n in both)
    print(f"{'ok' if both and same >= share * len(both) else 'not ok'} - {kind}: {same} of {len(both)} that both have are equal")
