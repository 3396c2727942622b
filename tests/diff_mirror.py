#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""diff_mirror.py KSURF DB [OPTION...]: `diff` of every two images of a store, both ways: what one adds the other removes, in counts, names and
changes of every kind; counts add up; names are in order; an image has no difference to itself. Exit 1 at the first that is not so.
"""
import itertools, json, subprocess, sys
ksurf, db, *options = sys.argv[1:]
def run(*args):
    r = subprocess.run([ksurf, "--db", db, *args, "--format", "json"], capture_output=True, text=True)
    assert r.returncode in (0, 1), r.stderr
    return json.loads(r.stdout), r.returncode
def diff(a, b):
    d, code = run("diff", a, b, *options)
    assert (code == 1) == (d["differences"] > 0), (a, b)
    assert d["differences"] == sum(len(k.get("names", [])) for k in d["kinds"]), (a, b)
    return d
back = {"param-added": "param-removed", "field-added": "field-removed", "value-added": "value-removed"}
back.update({v: k for k, v in back.items()})
def mirror(code):
    return back.get(code, code)
images = [i["name"] for i in run("images")[0]["images"]]
n = 0
for a in images:
    assert diff(a, a)["differences"] == 0, a
for a, b in itertools.combinations(images, 2):
    there, here = diff(a, b)["kinds"], diff(b, a)["kinds"]
    for x, y in zip(there, here):
        where = a, b, x["kind"]
        assert (x["known_of_old"], x["known_of_new"]) == (y["known_of_new"], y["known_of_old"]), where
        if "old" not in x:
            continue
        assert [x[k] for k in ("old", "new", "added", "removed", "changed")] == \
               [y[k] for k in ("new", "old", "removed", "added", "changed")], where
        assert x["old"] + x["added"] - x["removed"] == x["new"], where
        assert {mirror(c): k for c, k in x["changes"].items()} == y["changes"], (where, x["changes"], y["changes"])
        assert [d["name"] for d in x["names"]] == sorted((d["name"] for d in x["names"]), key=lambda s: s or ""), where
        for d, e in zip(x["names"], y["names"]):
            codes = sorted(mirror(c["change"]) for c in d.get("changes", []))
            assert (d["name"], codes) == (e["name"], sorted(c["change"] for c in e.get("changes", []))), (where, d, e)
            n += 1
print(n, "names mirrored")
assert n
