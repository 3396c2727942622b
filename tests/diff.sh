# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# ksurf diff: its three forms as they were looked over, exit codes, nothing against itself, both directions mirrored, kinds that an
# image cannot tell, functions that become inlined, ambiguous or get a suffix.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need python3
db=$tmp/diff.db
want=tests/corpus/numbers
exits "import" 0 "$ksurf" --db "$db" import tests/corpus/dataset
diff=("$ksurf" --db "$db" diff)

for f in term md json; do
	exits "diff --format $f: differences are exit 1" 1 "${diff[@]}" 6.1 6.5 --layout --format $f
	same "diff --format $f is as it was looked over" "$want/diff.${f/term/txt}" "$tmp/out"
done
exits "several forms at once" 1 "${diff[@]}" 6.1 6.5 --layout --format md --output "$tmp/o.md" --format json --output "$tmp/o.json"
same "several forms at once: Markdown" "$want/diff.md" "$tmp/o.md"
same "several forms at once: JSON" "$want/diff.json" "$tmp/o.json"

# ---- nothing; kinds ----
exits "an image against itself is exit 0" 0 "${diff[@]}" 6.5 6.5 --layout
grep -qx "no differences" "$tmp/out" && ok "and says so" || not_ok "and says so" "$(cat "$tmp/out")"
exits "an image against itself, as JSON" 0 "${diff[@]}" 6.5 6.5 --layout --format json
equal "and counts nothing" 0 "$(python3 -c 'import json, sys; print(json.load(sys.stdin)["differences"])' <"$tmp/out")"
exits "--kind" 1 "${diff[@]}" 6.1 6.5 --kind config,enum
equal "--kind: these alone" "Enums Config options" "$(grep -E '^[A-Z]' "$tmp/out" | paste -sd ' ')"
exits "--kind without a difference" 0 "${diff[@]}" 6.2.0-9-generic-amd64 6.2.0-31 --kind struct
exits "a kind that one image cannot tell is no difference" 0 "${diff[@]}" 6.1 arm64 --kind config
grep -q "not known of 6.2.0-9-generic-arm64: config options" "$tmp/out" && ok "and is said" || not_ok "and is said" "$(cat "$tmp/out")"
"${diff[@]}" 6.1 6.5 --kind struct >"$tmp/plain"
grep -qE 'Size|moved|CO-RE|\[' "$tmp/plain" && not_ok "no layout unless asked for" "$(cat "$tmp/plain")" || ok "no layout unless asked for"

# ---- misuse ----
for args in "" "6.1" "6.1 6.5 6.1" "6.1 nothing" "nothing 6.1" "6.1 6.2" "6.1 6.5 --kind soup" "6.1 6.5 --kind field" "6.1 6.5 --format csv"; do
	# shellcheck disable=SC2086 # words
	exits "misuse: diff $args" 2 "${diff[@]}" $args
	[ ! -s "$tmp/out" ] && [ -s "$tmp/err" ] && ok "misuse: diff $args: words on stderr only" || not_ok "misuse: diff $args: words on stderr only"
done
exits "no store" 3 "$ksurf" --db "$tmp/none.db" diff a b
exits "an output that cannot be written" 3 "${diff[@]}" 6.1 6.5 --format md --output "$tmp/no/such/folder"

# ---- mirrored: every pair of the small images, and of the recorded ones where they are ----
check "diff A B mirrors diff B A" python3 tests/diff_mirror.py "$ksurf" "$db"
check "diff A B mirrors diff B A, with layout" python3 tests/diff_mirror.py "$ksurf" "$db" --layout
if [ -d "$oracle/dataset" ]; then
	# Six of the recorded images: three versions, an arch and two flavors.
	for i in 4.4.0-21-generic-amd64 5.4.0-26-generic-amd64 6.8.0-31-generic-amd64 5.4.0-26-generic-arm64 5.4.0-1009-aws-amd64 5.4.0-26-lowlatency-amd64; do
		for f in "$oracle"/dataset/*/"$i".*; do
			d=$(basename "$(dirname "$f")")
			mkdir -p "$tmp/six/$d"
			cp "$f" "$tmp/six/$d"
		done
	done
	exits "import of recorded images" 0 "$ksurf" -q --db "$tmp/six.db" import "$tmp/six"
	check "recorded images are mirrored" python3 tests/diff_mirror.py "$ksurf" "$tmp/six.db" --layout
else
	skip "recorded images are mirrored" "no $oracle"
fi

# ---- status, of real code: a kernel in small, built by two compilers ----
tests/fixtures/build.sh "$BUILD/fixtures"
exits "add two builds" 0 "$ksurf" -q --db "$tmp/k.db" add "$BUILD/fixtures/gcc-5.vmlinux" "$BUILD/fixtures/clang-5-arm64.vmlinux"
mapfile -t names < <("$ksurf" --db "$tmp/k.db" images --format json | python3 -c 'import json, sys; print(*(i["name"] for i in json.load(sys.stdin)["images"]), sep="\n")')
exits "two builds differ" 1 "$ksurf" --db "$tmp/k.db" diff "${names[@]}" --kind func --format json
cp "$tmp/out" "$tmp/k.json"
for n in "${names[@]}"; do "$ksurf" --db "$tmp/k.db" export "$tmp/k" "$n" 2>/dev/null; done
cat >"$tmp/status.py" <<'PY'
# The status changes of a diff against those that follow from two exports.
import json, os, sys
diff, root, old, new = sys.argv[1:]
def groups(image):
    with open(os.path.join(root, "func_groups", image + ".jsonl")) as f:
        return {g["name"]: g for g in map(json.loads, f)}
def code(words):
    return words.lower().replace(" ", "-")
def suffixes(g):
    return {s["name"]: tuple(w for w in s["name"].split(".")[1:] if not w.isdigit()) for s in g["symbols"]}
a, b = groups(old), groups(new)
want = {}
for name in a.keys() & b.keys():
    c = []
    if a[name]["inline_type"] != b[name]["inline_type"]:
        c.append(("inline-changed", code(a[name]["inline_type"]), code(b[name]["inline_type"])))
    if a[name]["collision_type"] != b[name]["collision_type"]:
        c.append(("collision-changed", code(a[name]["collision_type"]), code(b[name]["collision_type"])))
    x, y = suffixes(a[name]), suffixes(b[name])
    c += [("transformation-changed", s, None) for s, w in x.items() if w and w not in y.values()]
    c += [("transformation-changed", None, s) for s, w in y.items() if w and w not in x.values()]
    if c:
        want[name] = sorted(c, key=str)
got = {}
with open(diff) as f:
    d = json.load(f)
for n in d["kinds"][0]["names"]:
    c = [(c["change"], c["old"], c["new"]) for c in n.get("changes", [])
         if c["change"] in ("inline-changed", "collision-changed", "transformation-changed")]
    if c:
        got[n["name"]] = sorted(c, key=str)
assert got == want, (got, want)
kinds = {c[0] for l in got.values() for c in l}
print(len(got), "functions of another status:", *sorted(kinds))
assert got
PY
check "status changes follow from the groups" python3 "$tmp/status.py" "$tmp/k.json" "$tmp/k" "${names[@]}"
finish
