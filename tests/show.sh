# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# `ksurf show` of types and fields, on kernels that gcc makes of tests/fixtures/show/kernel.c: what a terminal gets, looked over by
# hand (term.txt), and the same facts in the other forms.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need gcc python3
db=$tmp/show.db
here=tests/fixtures/show

build() { # RELEASE FLAGS...: adds the kernel
	local release=$1
	shift
	gcc -std=gnu17 -O1 -gdwarf-5 -ffreestanding -fno-pic -fno-stack-protector -fno-asynchronous-unwind-tables -nostdlib -static -no-pie \
		-Wl,-e,_start -Wl,--build-id=sha1 "-DRELEASE=\"$release\"" "$@" -o "$tmp/$release" "$here/kernel.c" 2>"$tmp/log" || return 1
	exits "add $release" 0 "$ksurf" --db "$db" add "$tmp/$release"
}
build 6.1.0-1-amd64 || {
	skip "show" "gcc cannot link it: $(head -n 1 "$tmp/log")"
	finish
}
show() { # ARGUMENT...: what `show` prints, behind a line that says what was asked for
	echo "\$ show $*"
	"$ksurf" --db "$db" show "$@" </dev/null 2>&1
	local rc=$?
	[ $rc -eq 0 ] || echo "exit $rc"
	echo
}

# ---- one image: the layout ----
show --kind struct fish >"$tmp/got"
build 6.2.0-1-amd64
build 6.5.0-1-amd64 -DNEW
build 6.5.0-1-cloud-amd64 -DNEW
{
	show --kind struct fish
	show --kind struct reed --base 6.1
	show --kind union water
	show --kind typedef atomic_t stamp_t
	show --kind enum depth
	show fish::state fish::__state fish::birth fish::fins fish::nearest fish::bank_leader
	show fish::side.right reed::mark struct\ reed::wet fish::whole depth::DEPTH_DEEP depth::DEPTH_MIDDLE atomic_t::counter fish::swarm.generation
	show fish::stat
	show depth::DEEP
	show struct\ water::salt
	show fisch::state
} >>"$tmp/got"
same "terminal" $here/term.txt "$tmp/got"

# ---- the same in other forms ----
exits "md" 0 "$ksurf" --db "$db" show --format md fish::state fish::fins depth::DEPTH_DEEP
same "md is as it was looked over" $here/field.md "$tmp/out"
exits "json" 0 "$ksurf" --db "$db" show --format json fish::state
check "json says the same" python3 - "$tmp/out" <<'PY'
import json, sys
r = json.load(open(sys.argv[1]))
assert r["kind"] == "field" and r["name"] == "fish::state", r
assert [i["status"] for i in r["images"]] == ["present", "present", "absent", "absent"], r["images"]
assert r["images"][0]["declaration"] == "volatile long int state" and r["images"][0]["offset_bits"] == 64
regular = r["groups"][0]
changes = [c for d in regular["differences"] for c in d["changes"]]
assert [c["change"] for c in changes] == ["field-removed"], changes
to = changes[0]["successors"]
assert [t["path"] for t in to] == ["__state"] and "related-name" in to[0]["reasons"], to
PY
exits "pages" 0 "$ksurf" --db "$db" pages --kind field "$tmp/pages"
exits "md of one" 0 "$ksurf" --db "$db" show --format md fish::state
same "a page is what show prints" "$tmp/out" "$tmp/pages/f/fish::state.md"
check "a page for each field" test "$(find "$tmp/pages" -type f | wc -l)" -eq \
	"$("$ksurf" --db "$db" search --kind field '*::*' --format json | python3 -c 'import json, sys; print(json.load(sys.stdin)["found"]["field"])')"

# ---- what is no field ----
exits "no such field: findings" 1 "$ksurf" --db "$db" show --kind field fish::stat
exits "no such struct" 1 "$ksurf" --db "$db" show fisch::state
exits "a field without a name" 2 "$ksurf" --db "$db" show --kind field fish::
exits "narrow" 0 "$ksurf" --db "$db" show --kind struct fish
check "no line above 80 columns" awk 'length($0) > 80 {print; bad = 1} END {exit bad}' "$tmp/out"
# ---- colour says nothing that the text does not ----
for what in "--kind struct fish" "--kind enum depth" "fish::state" "--kind struct reed"; do
	# shellcheck disable=SC2086 # words
	NO_COLOR= "$ksurf" --db "$db" --color always show $what | sed 's/\x1b\[[0-9;]*m//g' >"$tmp/plain"
	# shellcheck disable=SC2086 # words
	"$ksurf" --db "$db" --color never show $what >"$tmp/never"
	same "colour: $what" "$tmp/never" "$tmp/plain"
done
finish
