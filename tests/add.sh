# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# `ksurf add` on a small kernel that gcc and clang compile in every way that is to be read, and on hand-written DWARF in forms that
# they do not make. Held against lists written by hand, against libdw (tests/tools/dw_facts.c), and against each other.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need python3
facts=tests/fixtures/facts.py
fix=$BUILD/fixtures
tests/fixtures/build.sh "$fix"
while IFS=: read -r name why; do skip "fixture $name" "cannot be made here:$why"; done <"$fix/skipped"

# ---- each compiled variant is what libdw says, byte for byte, and what the list by hand says ----
for f in "$fix"/*.vmlinux; do
	v=$(basename "$f" .vmlinux)
	case $v in *-stripped | *-split) continue ;; esac # tests/bad_input.sh has these
	add_and_export "$v" "$f" || continue
	python3 $facts "$tmp/$v.jsonl" >"$tmp/$v.txt"
	case $v in
	*-zstd) continue ;; # which Debian 12's libdw does not read; it must equal the plain one, below
	*-mapped) oracle "$f" debian/build/b/ ;;
	*) oracle "$f" "$top/tests/fixtures/kernel/" ;;
	esac
	same "$v: groups as libdw gives them" "$tmp/oracle.jsonl" "$tmp/$v.jsonl"
done
for cc in gcc:12 clang:14; do
	for v in 4 5; do
		[ -e "$tmp/${cc%:*}-$v.txt" ] || continue
		if [ "$(major "${cc%:*}")" != "${cc#*:}" ]; then
			skip "${cc%:*} DWARF $v: the list by hand" "written for ${cc%:*} ${cc#*:}"
			continue
		fi
		python3 $facts - "${cc%:*}" <tests/fixtures/expected.txt >"$tmp/want"
		same "${cc%:*} DWARF $v: the list by hand" "$tmp/want" "$tmp/${cc%:*}-$v.txt"
	done
done
# ---- what must not matter does not ----
for pair in gcc-5:gcc-5-zlib gcc-5:gcc-5-zstd gcc-4:gcc-4-gnu gcc-5:gcc-5-otree gcc-5:gcc-5-mapped gcc-5:gcc-5-types gcc-5:gcc-5-dwarf64 gcc-5:gcc-4 clang-5:clang-4; do
	a=${pair%:*} b=${pair#*:}
	[ -e "$tmp/$a.txt" ] && [ -e "$tmp/$b.txt" ] || continue
	same "groups: $a = $b" "$tmp/$a.jsonl" "$tmp/$b.jsonl"
	same_sorted "declarations: $a = $b" "$tmp/$a.types" "$tmp/$b.types"
done
for v in 4 5; do
	[ -e "$tmp/gcc-$v-dwz.txt" ] || continue
	same "groups: gcc-$v = gcc-$v-dwz, up to order" "$tmp/gcc-$v.txt" "$tmp/gcc-$v-dwz.txt"
	same_sorted "declarations: gcc-$v = gcc-$v-dwz, up to order" "$tmp/gcc-$v.types" "$tmp/gcc-$v-dwz.types"
done
for n in 1 2 7; do
	add_and_export "lanes-$n" "$fix/gcc-5.vmlinux" -j "$n" || continue
	same "-j $n gives the same groups" "$tmp/gcc-5.jsonl" "$tmp/lanes-$n.jsonl"
	same "-j $n gives the same declarations" "$tmp/gcc-5.types" "$tmp/lanes-$n.types"
done

# ---- forms ----
gen=$BUILD/tests/gen_dwarf
python3 $facts - any <tests/fixtures/generated.txt >"$tmp/want"
while read -r words; do
	name=form-${words// /-}
	# shellcheck disable=SC2086 # words
	"$gen" "$tmp/$name.vmlinux" $words
	add_and_export "$name" "$tmp/$name.vmlinux" || continue
	oracle "$tmp/$name.vmlinux" /src/linux/
	same "form $words: as libdw" "$tmp/oracle.jsonl" "$tmp/$name.jsonl"
	python3 $facts "$tmp/$name.jsonl" >"$tmp/$name.txt"
	same "form $words: as described" "$tmp/want" "$tmp/$name.txt"
	[ -e "$tmp/form.types" ] || cp "$tmp/$name.types" "$tmp/form.types"
done <<'FORMS'
v5
v5 be
v5 32
v5 32 be
v4
v4 32 be
v3
v2 32
v2
v5 strp
v4 strp be
v5 strx
v5 addrx
v5 refs
v5 consts
v5 indirect
v5 partial
v4 partial be
v5 types
v4 types
v5 rust
v5 d64 strx addrx rnglistx
v4 d64 be refs consts strp partial indirect
v5 strx addrx rnglistx refs consts partial types rust
v5 strx addrx rnglistx refs consts partial types rust be 32
FORMS
run "$ksurf" --db "$tmp/rust.db" add "$tmp/form-v5-rust.vmlinux"
if grep -qi rust "$tmp/out" "$tmp/err"; then ok "a Rust unit is counted and said"; else not_ok "a Rust unit is counted and said" "$(cat "$tmp/out" "$tmp/err")"; fi

# ---- a store of several, and the same again ----
db=$tmp/many.db
exits "three kernels at once" 0 "$ksurf" --db "$db" add "$fix/gcc-5.vmlinux" "$tmp/form-v5.vmlinux" "$fix/gcc-5-m32.vmlinux"
run "$ksurf" --db "$db" images
for i in 6.9.0-fix-amd64 6.9.0-gen-amd64; do
	if grep -q "$i" "$tmp/out"; then ok "images lists $i"; else not_ok "images lists $i" "$(cat "$tmp/out")"; fi
done
"$ksurf" --db "$db" export "$tmp/before" >/dev/null 2>&1
exits "the same build again" 0 "$ksurf" --db "$db" add "$fix/gcc-5.vmlinux"
if grep -qi already "$tmp/out" "$tmp/err"; then ok "the same build again: says already"; else not_ok "the same build again: says already" "$(cat "$tmp/out" "$tmp/err")"; fi
"$ksurf" --db "$db" export "$tmp/after" >/dev/null 2>&1
check "the same build again changes nothing" diff -r "$tmp/before" "$tmp/after"
exits "remove" 0 "$ksurf" --db "$db" remove 6.9.0-gen-amd64
run "$ksurf" --db "$db" images
if grep -q 6.9.0-gen "$tmp/out"; then not_ok "removed" "$(cat "$tmp/out")"; else ok "removed"; fi
exits "added again after removal" 0 "$ksurf" --db "$db" add "$tmp/form-v5.vmlinux"
"$ksurf" --db "$db" export "$tmp/again" >/dev/null 2>&1
check "as before it was removed" diff -r "$tmp/before" "$tmp/again"
finish
