#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Holds our function groups against those that the reference program recorded of the same build.

compare.py OURS.jsonl THEIRS.jsonl[.xz] FACTS: TAP lines on stdout. FACTS is what tests/tools/dw_facts -o found without ksurf:
each body that names itself by abstract origin (the only callers that we may have and they not), and each instance whose
address comes from ranges. Instances are matched by (location, file). Every difference is of a named class, which is counted, or
is a failure.
"""
import collections
import json
import lzma
import sys


def load(path):
    with (lzma.open if path.endswith(".xz") else open)(path, "rt") as f:
        return {g["name"]: g for g in map(json.loads, f)}


class Check:
    def __init__(self):
        self.bad = collections.defaultdict(list)
        self.n = 0

    def eq(self, what, name, ours, theirs):
        if ours != theirs:
            self.bad[what].append(f"{name}: ours {ours!r} theirs {theirs!r}")

    def report(self, what, figure=""):
        self.n += 1
        bad = self.bad.get(what, [])
        print(("not ok" if bad else "ok"), self.n, "-", what, figure and f"({figure})")
        for line in bad[:10]:
            print("#  ", line[:300])
        if len(bad) > 10:
            print(f"#   and {len(bad) - 10} more")


def main():
    ours, theirs = load(sys.argv[1]), load(sys.argv[2])
    with open(sys.argv[3]) as f:
        facts = {tuple(line.rstrip("\n").split(" ", 1)) for line in f}
    c = Check()
    c.eq("names", "set", sorted(ours.keys() - theirs.keys()), sorted(theirs.keys() - ours.keys()))
    ninst = ncallers = nsyms = 0
    extra = collections.Counter()
    addr = collections.Counter()
    same_order = 0
    for name, t in theirs.items():
        o = ours.get(name)
        if not o:
            continue
        c.eq("collision type", name, o["collision_type"], t["collision_type"])
        c.eq("inline type", name, o["inline_type"], t["inline_type"])
        c.eq("symbols", name, o["symbols"], t["symbols"])
        nsyms += len(t["symbols"])
        key = lambda f: (f["loc"] or "", f["file"] or "")
        of, tf = ({}, {})
        for into, group in ((of, o), (tf, t)):
            for f in group["funcs"]:
                into.setdefault(key(f), []).append(f)
        c.eq("instances", name, sorted((k, len(v)) for k, v in of.items()), sorted((k, len(v)) for k, v in tf.items()))
        same_order += [key(f) for f in o["funcs"]] == [key(f) for f in t["funcs"]]
        code = [(s["addr"], s["addr"] + s["size"]) for s in o["symbols"]]
        for k, fs in tf.items():
            for x, y in zip(of.get(k, []), fs):
                ninst += 1
                who = f"{name} {k}"
                c.eq("external", who, x["external"], y["external"])
                c.eq("inline word", who, x["inline"], y["inline"])
                for kind in ("caller_inline", "caller_func"):
                    a, b = collections.Counter(x[kind]), collections.Counter(y[kind])
                    ncallers += len(y[kind])
                    if b - a:
                        c.bad["our callers contain theirs"].append(f"{who} {kind}: lacks {dict(b - a)}")
                    for caller, n in (a - b).items():
                        extra[kind] += n
                        if ("origin", caller) not in facts:
                            c.bad["extra callers have an abstract origin"].append(f"{who} {kind}: {caller}")
                if x["addr"] != y["addr"]:
                    if y["addr"] == 0:
                        addr["theirs 0"] += 1
                    elif ("ranges", f"{k[1]}:{name}") in facts:
                        addr["ranges"] += 1
                    elif any(lo <= x["addr"] < max(hi, lo + 1) for lo, hi in code) and y["inline"].endswith(" inlined"):
                        addr["theirs an inlined copy's, ours a symbol's"] += 1
                    else:
                        c.bad["addresses"].append(f"{who}: ours {x['addr']:x} theirs {y['addr']:x}")
    c.report("names", len(theirs))
    c.report("collision type")
    c.report("inline type")
    c.report("symbols", nsyms)
    c.report("instances", f"{ninst}; {same_order} of {len(theirs)} groups in the same order")
    c.report("external")
    c.report("inline word")
    c.report("our callers contain theirs", ncallers)
    c.report("extra callers have an abstract origin", f"inline {extra['caller_inline']}, direct {extra['caller_func']}")
    c.report("addresses", "; ".join(f"{k}: {v}" for k, v in sorted(addr.items())))
    print(f"1..{c.n}")


main()
