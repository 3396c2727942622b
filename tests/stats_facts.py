#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""stats_facts.py DATASET CSV: counts a dataset anew, in the plainest way, as the literature counts, and compares with the CSV of
`ksurf stats`: each pair's old, new, added, removed, changed and kinds of change, each image's collisions, inlining and suffixes.

Names are compared as JSON trees (oracle, rules 7 and 8): what C text does not show counts. Prints what differs; exit 1 if anything does.
"""
import csv
import json
import os
import sys

root, path = sys.argv[1:]
FOLDERS = {"func": "types_func", "struct": "types_struct", "union": "types_union", "enum": "types_enum",
           "tracepoint": "tracepoints", "syscall": "syscalls"}


def load(folder, image):
    """{name: tree} of an image, or None where the dataset does not speak of it."""
    stem = os.path.join(root, folder, image)
    if folder == "syscalls":
        if not os.path.exists(stem + ".json"):
            return None
        with open(stem + ".json") as f:
            return {name: {} for name in json.load(f).values()}
    if not os.path.exists(stem + ".jsonl"):
        return None
    with open(stem + ".jsonl") as f:
        lines = [json.loads(line) for line in f]
    return {x["event_name" if folder == "tracepoints" else "name"]: x for x in lines}


def by_name(params):
    """Parameters or members by name; those without one by their number. Of a doubled name the last counts, at the first place."""
    ret, unnamed = {}, 0
    for p in params:
        key = p["name"]
        if not key or key.startswith("(anon"):
            key = unnamed
            unnamed += 1
        ret[key] = p["type"]
    return ret


def func(old, new):
    a, b = by_name(old["params"]), by_name(new["params"])
    common = [n for n in a if n in b]
    order = [list(a).index(n) for n in common] != [list(b).index(n) for n in common]
    return {k for k, v in {
        "param-added": set(b) - set(a), "param-removed": set(a) - set(b), "param-reordered": order,
        "param-type-changed": any(a[n] != b[n] for n in common),
        "return-type-changed": old["ret_type"] != new["ret_type"]}.items() if v}


def struct(old, new):
    a = {m["name"]: m["type"] for m in old["members"]}
    b = {m["name"]: m["type"] for m in new["members"]}
    return {k for k, v in {
        "field-added": set(b) - set(a), "field-removed": set(a) - set(b),
        "field-type-changed": any(a[n] != b[n] for n in a if n in b)}.items() if v}


def enum(old, new):
    a = {v["name"]: v["val"] for v in old["values"]}
    b = {v["name"]: v["val"] for v in new["values"]}
    return {k for k, v in {
        "value-added": set(b) - set(a), "value-removed": set(a) - set(b),
        "value-changed": any(a[n] != b[n] for n in a if n in b)}.items() if v}


def tracepoint(old, new):
    record = struct(old["struct"], new["struct"])
    probe = func(old["func"]["type"], new["func"]["type"])
    return record | probe | ({"event-changed"} if record else set()) | ({"function-changed"} if probe else set())


DIFFERS = {"func": lambda a, b: func(a["type"], b["type"]), "struct": struct, "union": struct, "enum": enum,
           "tracepoint": tracepoint, "syscall": lambda a, b: set()}
cache = {}


def facts(kind, image):
    key = kind, image
    if key not in cache:
        cache[key] = load(FOLDERS[kind], image)
        if cache[key] and kind == "enum":
            cache[key].pop("(anon)", None)
            cache[key].pop("", None)
    return cache[key]


def pair(kind, old, new):
    a, b = facts(kind, old), facts(kind, new)
    if a is None or b is None:
        return None
    ret = {("change", "old"): len(a), ("change", "new"): len(b), ("change", "added"): len(set(b) - set(a)),
           ("change", "removed"): len(set(a) - set(b)), ("change", "changed"): 0}
    for name in set(a) & set(b):
        changes = DIFFERS[kind](a[name], b[name])
        ret["change", "changed"] += bool(changes)
        for c in changes:
            ret["breakdown", c] = ret.get(("breakdown", c), 0) + 1
    return ret


def suffix(name):
    words = {w for w in name.split(".")[1:] if not w.isdigit()}
    return "multiple" if len(words) > 1 else next(iter(words), None)


def image(name):
    ret = {}
    with open(os.path.join(root, "func_groups", name + ".jsonl")) as f:
        for line in f:
            group = json.loads(line)
            words = [("collision", group["collision_type"]), ("inline", group["inline_type"])]
            words += [("suffix", suffix(s["name"])) for s in group["symbols"]]
            for w in words + [("image", "func")] + [("image", "symbol")] * len(group["symbols"]):
                ret[w] = ret.get(w, 0) + 1
    return {k: n for k, n in ret.items() if k[1]}


got, bad, compared = {}, 0, 0
with open(path) as f:
    for row in csv.DictReader(f):
        got.setdefault((row["kind"], row["old"], row["new"]), {})[row["table"], row["measure"]] = int(row["value"])
for (kind, old, new), numbers in sorted(got.items()):
    if old and kind not in FOLDERS:
        continue
    want = pair(kind, old, new) if old else image(new)
    tables = ("change", "breakdown") if old else ("collision", "inline", "suffix")
    keys = {k for k in numbers if k[0] in tables} | set(want or {})
    for k in sorted(keys):
        compared += 1
        if (want or {}).get(k, 0) != numbers.get(k, 0):
            bad += 1
            print(f"{kind} {old} {new} {k[0]} {k[1]}: {numbers.get(k, 0)}, counted {(want or {}).get(k, 0)}")
print(f"{compared} numbers compared, {bad} differ")
sys.exit(1 if bad or not compared else 0)
