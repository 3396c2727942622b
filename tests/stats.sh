# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# ksurf stats: its four forms as they were looked over, and its numbers against those that tests/stats_facts.py counts from the
# dataset itself, as the literature counts; the recorded images too, where they are.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need python3
db=$tmp/stats.db
want=tests/corpus/numbers
exits "import" 0 "$ksurf" --db "$db" import tests/corpus/dataset
for f in term md json csv; do
	exits "stats --format $f" 0 "$ksurf" --db "$db" stats --format $f
	same "stats --format $f is as it was looked over" "$want/stats.${f/term/txt}" "$tmp/out"
done
check "the numbers are those of the dataset" python3 tests/stats_facts.py tests/corpus/dataset "$tmp/out"
sed 's/^\(change,regular,.*,func,changed\),[0-9]*/\1,77/' "$tmp/out" >"$tmp/wrong.csv"
exits "and the comparison sees a wrong one" 1 python3 tests/stats_facts.py tests/corpus/dataset "$tmp/wrong.csv"

# ---- CSV and JSON carry the same numbers ----
"$ksurf" --db "$db" stats --format csv >"$tmp/csv"
"$ksurf" --db "$db" stats --format json >"$tmp/json"
check "CSV and JSON agree" python3 - "$tmp/csv" "$tmp/json" <<'PY'
import csv, json, sys
with open(sys.argv[1]) as f:
    rows = list(csv.DictReader(f))
with open(sys.argv[2]) as f:
    tree = json.load(f)
want = {}
for i in tree["images"]:
    n = i["name"]
    want.update({("image", "", n, "", k): v for k, v in i["kinds"].items()})
    want["image", "", n, "", "prototype"], want["image", "", n, "", "symbol"] = i["prototypes"], i["symbols"]
    for key, table in ("collision", "collision"), ("inline", "inline"), ("suffixes", "suffix"), ("attach", "attach"):
        want.update({(table, "", n, "", k): v for k, v in i[key].items()})
for p in tree["pairs"]:
    for r in p["rows"]:
        where = p["old"], p["new"], r["row"]
        want.update({("change", *where, k): r[k] for k in ("old", "new", "added", "removed", "changed")})
        want.update({("breakdown", *where, k): v for k, v in r["changes"].items()})
        want.update({("breakdown", *where, k): 0 for k in r["own"]["changes"] if k not in r["changes"]})
got = {(r["table"], r["old"], r["new"], r["kind"], r["measure"]): int(r["value"]) for r in rows}
assert got == want, (sorted(got.items() - want.items()), sorted(want.items() - got.items()))
for r in rows:
    assert not r["share"] or r["table"] == "change" or 0 <= float(r["share"]) <= 1, r
PY

# ---- some images; a base ----
exits "images named" 0 "$ksurf" --db "$db" stats 6.1 6.5 --format csv
equal "images named: one pair" "6.1.0-7-generic-amd64,6.5.0-3-generic-amd64" "$(sed -n 's/^change,[a-z]*,\([^,]*,[^,]*\),.*/\1/p' "$tmp/out" | sort -u)"
exits "--base" 0 "$ksurf" --db "$db" stats --base aws --format csv
grep -q "^change,regular" "$tmp/out" && not_ok "--base: the groups are around it" "$(cat "$tmp/out")" || ok "--base: the groups are around it"
exits "an image that is not there" 2 "$ksurf" --db "$db" stats nothing
exits "a base that is not among those named" 2 "$ksurf" --db "$db" stats 6.1 6.5 --base aws
exits "no CSV of what is no table" 2 "$ksurf" --db "$db" images --format csv
exits "no store" 3 "$ksurf" --db "$tmp/none.db" stats

# ---- the recorded images ----
if [ -d "$oracle/dataset" ]; then
	exits "import of the recorded images" 0 "$ksurf" -q --db "$tmp/rec.db" import "$oracle/dataset"
	exits "stats of the recorded images" 0 "$ksurf" --db "$tmp/rec.db" stats --format csv
	check "the recorded images' numbers are those of the dataset" python3 tests/stats_facts.py "$oracle/dataset" "$tmp/out"
else
	skip "the recorded images' numbers are those of the dataset" "no $oracle"
fi
finish
