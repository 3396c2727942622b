# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# ksurf diff, stats and search on Debian's current cloud kernel and those of KSURF_KERNELS: both directions of every pair mirrored; structs and
# unions against bpftool's reading of both kernels' BTF; the tables' counts against the images'; time.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
need python3 bpftool
db=$tmp/kernels.db
files=()
add() { # VMLINUX
	exits "add $(basename "$1")" 0 "$ksurf" -q --db "$db" add "$1"
	files+=("$1")
}
each_kernel add
if [ "${#files[@]}" -eq 1 ]; then # one kernel has a small one beside it
	tests/fixtures/build.sh "$BUILD/fixtures"
	add "$BUILD/fixtures/gcc-5.vmlinux"
fi
check "every pair is mirrored" python3 tests/diff_mirror.py "$ksurf" "$db"
check "every pair is mirrored, with layout" python3 tests/diff_mirror.py "$ksurf" "$db" --layout

# ---- structs and unions of neighbours, by bpftool ----
mapfile -t names < <("$ksurf" --db "$db" images --format json | python3 -c 'import json, sys
print(*(i["name"] for i in sorted(json.load(sys.stdin)["images"], key=lambda i: i["added"]) if i["types_from"] == "btf"), sep="\n")')
for f in "${files[@]}"; do
	n=$("$ksurf" --db "$tmp/one.db" add "$f" 2>&1 >/dev/null | sed -n 's/^added \([^:]*\):.*/\1/p')
	rm -f "$tmp/one.db"*
	bpftool -j btf dump file "$f" >"$tmp/$n.btf" 2>/dev/null || rm -f "$tmp/$n.btf"
done
last=
for n in "${names[@]}"; do
	[ -e "$tmp/$n.btf" ] || continue
	if [ -n "$last" ]; then
		"$ksurf" --db "$db" diff "$last" "$n" --layout --format json --kind struct,union >"$tmp/diff.json"
		run python3 tests/kernel/diff.py "$tmp/diff.json" "$tmp/$last.btf" "$tmp/$n.btf"
		[ "$code" -eq 0 ] && ok "$last to $n: structs and unions as bpftool reads them" || not_ok "$last to $n: structs and unions as bpftool reads them" "$(head -n 20 "$tmp/out")"
		note "$last to $n" "$(tail -n 2 "$tmp/out")"
		# Processor time: what else runs on the machine does not count.
		{ TIMEFORMAT='%U %S' && time "$ksurf" --db "$db" diff "$last" "$n" >/dev/null; } 2>"$tmp/time"
		ms=$(awk '{print int(1000 * ($1 + $2))}' "$tmp/time")
		[ "$ms" -lt 1000 ] && ok "all kinds in less than a second" || not_ok "all kinds in less than a second" "$ms ms"
		note "diff of all kinds: $ms ms of processor time"
	fi
	last=$n
done

# ---- tables and search ----
"$ksurf" --db "$db" stats --format csv >"$tmp/csv"
check "the tables' old and new are the images' counts" python3 - "$tmp/csv" <<'PY'
import csv, sys
with open(sys.argv[1]) as f:
    rows = list(csv.DictReader(f))
have = {(r["new"], r["measure"]): int(r["value"]) for r in rows if r["table"] == "image"}
bad = [r for r in rows if r["table"] == "change" and r["measure"] in ("old", "new") and r["kind"] not in ("func", "func-status", "config")
       and have[r[r["measure"]], r["kind"]] != int(r["value"])]
print(bad[:3])
sys.exit(bool(bad))
PY
exits "search" 0 "$ksurf" --db "$db" search 'task_struct::*state*'
finish
