# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Input that is not what it should be, and a system that fails: a message with file, place and reason, exit 3, the store as it was.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need sqlite3
fix=$BUILD/fixtures
tests/fixtures/build.sh "$fix"
good=$fix/gcc-5.vmlinux
gen=$BUILD/tests/gen_dwarf
db=$tmp/store.db
run "$ksurf" --db "$db" add "$fix/gcc-5-m32.vmlinux"
[ "$code" -eq 0 ] || not_ok "a good image first" "$(cat "$tmp/err")"
dump() { "$ksurf" --db "$1" images 2>&1 && sqlite3 "$1" .dump; }
dump "$db" >"$tmp/before"

# refused NAME FILE PATTERN: adding FILE exits 3, says FILE and PATTERN, and leaves the store alone.
refused() {
	run "$ksurf" --db "$db" add "$2"
	if [ "$code" -ne 3 ]; then
		not_ok "$1: exit 3" "exit $code" "$(head -c 2000 "$tmp/err")"
	elif ! grep -qF "$(basename "$2")" "$tmp/err"; then
		not_ok "$1: says which file" "$(head -c 2000 "$tmp/err")"
	elif ! grep -qiE "$3" "$tmp/err"; then
		not_ok "$1: says why ($3)" "$(head -c 2000 "$tmp/err")"
	else
		ok "$1: $(grep -m 1 -F "$(basename "$2")" "$tmp/err" | sed "s|$tmp/||; s|^ksurf: ||" | head -c 150)"
	fi
}
unchanged() {
	dump "$db" >"$tmp/now"
	same "the store is as it was after $1" "$tmp/before" "$tmp/now"
}

# ---- files ----
: >"$tmp/empty"
mkdir "$tmp/folder"
echo "#!/bin/sh" >"$tmp/script"
head -c 5000 /dev/urandom >"$tmp/noise"
printf '\177ELF' >"$tmp/four-bytes"
cp "$good" "$tmp/machine"
printf '\377\376' | dd of="$tmp/machine" bs=1 seek=18 conv=notrunc status=none
cp "$good" "$tmp/class"
printf '\7' | dd of="$tmp/class" bs=1 seek=4 conv=notrunc status=none
refused "no such file" "$tmp/absent" 'no such'
refused "empty" "$tmp/empty" 'empty|ELF|truncated'
refused "a folder" "$tmp/folder" 'director|folder'
refused "a script" "$tmp/script" 'ELF'
refused "noise" "$tmp/noise" 'ELF'
refused "four bytes" "$tmp/four-bytes" 'ELF|truncated|cut'
refused "unknown machine" "$tmp/machine" 'machine|arch'
refused "unknown class" "$tmp/class" 'ELF|class'
objcopy --strip-all "$fix/gcc-5-stripped.vmlinux" "$tmp/stripped"
refused "stripped" "$tmp/stripped" 'DWARF|debug'
if grep -qiE 'dbg|debug ?(info|package|symbols)' "$tmp/err"; then ok "stripped: says where to get it"; else not_ok "stripped: says where to get it" "$(cat "$tmp/err")"; fi
refused "an object file" "$(ls /usr/lib/*/crt1.o /usr/lib/crt1.o 2>/dev/null | head -n 1)" 'kernel|executable|relocatable|DWARF|debug'
refused "a program that is no kernel" "$BUILD/tests/dw_facts" 'kernel|banner|release|version'
cp "$good" "$tmp/unreadable"
chmod 0 "$tmp/unreadable"
if [ "$(id -u)" -ne 0 ]; then
	refused "unreadable" "$tmp/unreadable" 'permission'
elif command -v setpriv >/dev/null && chmod 755 "$tmp" && mkdir -m 777 "$tmp/nobody" &&
	setpriv --reuid 65534 --regid 65534 --clear-groups test -x "$ksurf"; then
	run setpriv --reuid 65534 --regid 65534 --clear-groups "$ksurf" --db "$tmp/nobody/store.db" add "$tmp/unreadable"
	if [ "$code" -eq 3 ] && grep -qi 'unreadable.*permission' "$tmp/err"; then ok "unreadable"; else
		not_ok "unreadable" "exit $code" "$(cat "$tmp/err")"
	fi
else
	skip "unreadable" "root reads everything"
fi
size=$(stat -c %s "$good")
for n in 1 16 63 64 500 $((size / 4)) $((size / 2)) $((size - 2000)) $((size - 1)); do
	head -c "$n" "$good" >"$tmp/cut-$n"
	refused "cut off after $n bytes" "$tmp/cut-$n" 'truncated|cut|outside|past|ELF|runs'
done
unchanged "files that are no kernels"
run "$ksurf" --db "$tmp/mixed.db" add "$tmp/script" "$good" "$tmp/absent"
equal "a bad file among good ones: exit 3" 3 "$code"
run "$ksurf" --db "$tmp/mixed.db" images
if grep -q 6.9.0-fix-amd64 "$tmp/out"; then ok "a bad file among good ones: the good one is kept"; else not_ok "a bad file among good ones: the good one is kept" "$(cat "$tmp/out")"; fi

# ---- damaged DWARF: one unit of 203 is wrong; the rest is kept, unless it cannot be found any more ----
for d in $("$gen" list); do
	f=$tmp/damage-$d.vmlinux
	"$gen" "$f" v5 good=200 "damage=$d"
	run timeout 20 "$ksurf" --db "$tmp/d-$d.db" add "$f"
	case $d in
	zero-length | unit-length*)
		if [ "$code" -eq 3 ] && grep -qE "damage-${d}[^ ]*:\.debug_info\+0x[0-9a-f]+: ." "$tmp/err"; then
			ok "damage $d: refused: $(grep -m 1 -o ':\.debug_.*' "$tmp/err" | head -c 120)"
		else
			not_ok "damage $d: refused with its place" "exit $code" "$(cat "$tmp/err")"
		fi
		exits "damage $d: --force keeps what is there" 0 timeout 20 "$ksurf" --db "$tmp/d-$d.db" add --force "$f"
		continue
		;;
	esac
	if [ "$code" -ne 0 ]; then
		not_ok "damage $d" "exit $code" "$(head -c 3000 "$tmp/err")"
		continue
	fi
	cat "$tmp/out" "$tmp/err" >"$tmp/said"
	run "$ksurf" --db "$tmp/d-$d.db" export "$tmp/d-$d"
	n=$(cat "$tmp/d-$d"/func_groups/*.jsonl | grep -cE '"name": "(good_[0-9]+|outer|target|caller_b)", "coll')
	equal "damage $d: the other units are whole" 203 "$n"
	case $d in
	deep | nulls | children-open | sibling-out) ;; # nothing of use is lost
	*) if grep -qE '\+0x[0-9a-f]+: ' "$tmp/said"; then ok "damage $d: $(grep -m 1 -oE ':?\.debug_.*' "$tmp/said" | head -c 120)"; else
		not_ok "damage $d: is said, with its place" "$(cat "$tmp/said")"
	fi ;;
	esac
done
if [ -e "$fix/gcc-5-split.vmlinux" ]; then
	run "$ksurf" --db "$tmp/split.db" add "$fix/gcc-5-split.vmlinux"
	if [ "$code" -eq 3 ] && grep -qE 'split|\.dwo' "$tmp/err"; then ok "DWARF that lies in .dwo files: refused, says so"; else
		not_ok "DWARF that lies in .dwo files: refused, says so" "exit $code" "$(cat "$tmp/out" "$tmp/err")"
	fi
fi
"$gen" "$tmp/unknown.vmlinux" v5 good=20 damage=version
refused "one unit of 23 of an unknown version is too much" "$tmp/unknown.vmlinux" 'debug_info\+0x[0-9a-f]+: a unit of an unknown DWARF version'
exits "one unit of an unknown version with --force" 0 "$ksurf" --db "$tmp/unknown.db" add --force "$tmp/unknown.vmlinux"
"$gen" "$tmp/small.vmlinux" v5 good=20 damage=abbrev-code
refused "one unit of 23 is too much" "$tmp/small.vmlinux" 'too much'
exits "one unit of 23 with --force" 0 "$ksurf" --db "$tmp/small.db" add --force "$tmp/small.vmlinux"

# ---- bit flips: any outcome but a crash, a hang or another exit ----
cat >"$tmp/flip.py" <<'PY'
import random, sys
src, dst, seed = sys.argv[1], sys.argv[2], int(sys.argv[3])
r = random.Random(seed)
b = bytearray(open(src, "rb").read())
for _ in range(r.choice((1, 3, 20))):
    b[r.randrange(len(b))] ^= 1 << r.randrange(8)
open(dst, "wb").write(b)
PY
bad=
for seed in $(seq 1 50); do
	v=$(ls "$fix"/*.vmlinux | sed -n "$((seed % $(ls "$fix"/*.vmlinux | wc -l) + 1))p")
	python3 "$tmp/flip.py" "$v" "$tmp/flipped" "$seed"
	rm -f "$tmp/flip.db"*
	run timeout 20 "$ksurf" --db "$tmp/flip.db" add "$tmp/flipped"
	case $code in
	0) ;;
	3) grep -q flipped "$tmp/err" || bad+="seed $seed: no message"$'\n' ;;
	*) bad+="seed $seed of $(basename "$v"): exit $code: $(tail -n 3 "$tmp/err")"$'\n' ;;
	esac
done
if [ -z "$bad" ]; then ok "50 files with flipped bits: exit 0 or 3"; else not_ok "50 files with flipped bits: exit 0 or 3" "$bad"; fi

# ---- datasets ----
"$ksurf" --db "$db" export "$tmp/set" >/dev/null 2>&1
image=$(basename "$(ls "$tmp"/set/func_groups/*.jsonl)" .jsonl)
break_line() { # NAME FILE SED-SCRIPT PATTERN
	rm -rf "$tmp/broken" "$tmp/import.db"*
	cp -r "$tmp/set" "$tmp/broken"
	sed -i "$3" "$tmp/broken/$2/$image.jsonl"
	run "$ksurf" --db "$tmp/import.db" import "$tmp/broken"
	if [ "$code" -eq 3 ] && grep -qE "$2/$image.jsonl:$4" "$tmp/err"; then
		ok "import, $1: $(grep -m 1 -oE "$image.jsonl:[0-9]+.*" "$tmp/err" | head -c 100)"
	else
		not_ok "import, $1: exit 3, file and line" "exit $code" "$(cat "$tmp/err")"
	fi
	run "$ksurf" --db "$tmp/import.db" images
	if grep -q "$image" "$tmp/out"; then not_ok "import, $1: nothing of the image is kept" "$(cat "$tmp/out")"; else ok "import, $1: nothing of the image is kept"; fi
}
break_line "cut line" func_groups '7s/.\{20\}$//' 7:
break_line "no JSON" func_groups '3s/.*/what/' 3:
break_line "unknown word" func_groups '2s/"inline_type": "[A-Za-z]*"/"inline_type": "Perhaps"/' 2:
break_line "number out of range" func_groups '4s/"addr": [0-9]*/"addr": 99999999999999999999999/' 4:
break_line "twice the same name" func_groups '5{p}' 6:
break_line "missing field" types_func '2s/"kind": "FUNC", //' 2:
exits "import of a folder without a dataset" 3 "$ksurf" --db "$tmp/import.db" import "$tmp/folder"
exits "import of no folder" 3 "$ksurf" --db "$tmp/import.db" import "$tmp/absent"
exits "export into a file" 3 "$ksurf" --db "$db" export "$tmp/script"

# ---- the store ----
cp "$db" "$tmp/newer.db"
sqlite3 "$tmp/newer.db" 'pragma user_version = 999'
run "$ksurf" --db "$tmp/newer.db" images
if [ "$code" -eq 3 ] && grep -q 999 "$tmp/err"; then ok "a newer store: refused, says so"; else not_ok "a newer store: refused, says so" "exit $code" "$(cat "$tmp/err")"; fi
exits "a newer store is not written to" 3 "$ksurf" --db "$tmp/newer.db" add "$good"
exits "a store that is no database" 3 "$ksurf" --db "$tmp/noise" images
head -c 3000 "$db" >"$tmp/half.db"
exits "a store that is cut off" 3 "$ksurf" --db "$tmp/half.db" images
exits "no store yet" 3 "$ksurf" --db "$tmp/none.db" images
[ ! -e "$tmp/none.db" ] && ok "reading makes no store" || not_ok "reading makes no store"
exits "a store in a folder that cannot be made" 3 "$ksurf" --db /proc/nowhere/k.db add "$good"

# A full disk: no file may grow beyond what the store needs for one image, so that the second does not fit.
cp "$db" "$tmp/full.db"
dump "$tmp/full.db" >"$tmp/full.before"
limit=$(($(stat -c %s "$tmp/full.db") / 1024 + 8))
(
	trap '' XFSZ
	ulimit -f "$limit"
	exec "$ksurf" --db "$tmp/full.db" add "$fix/gcc-5.vmlinux" "$fix/clang-5.vmlinux" "$tmp/damage-nulls.vmlinux"
) >"$tmp/out" 2>"$tmp/err" </dev/null
code=$?
if [ "$code" -eq 3 ] && grep -qiE 'full|disk|large|I/O|write' "$tmp/err"; then ok "full disk: exit 3 and says so"; else not_ok "full disk: exit 3 and says so" "exit $code" "$(cat "$tmp/err")"; fi
equal "full disk: the store is sound" ok "$(sqlite3 "$tmp/full.db" 'pragma integrity_check' 2>&1)"
exits "full disk: works again with room" 0 "$ksurf" --db "$tmp/full.db" add "$good"

# kill -9 at random moments: whole or not at all, and always a store that opens.
"$gen" "$tmp/big.vmlinux" v5 good=400
"$ksurf" --db "$tmp/whole.db" add "$tmp/big.vmlinux" "$good" >/dev/null 2>&1
"$ksurf" --db "$tmp/whole.db" export "$tmp/whole" >/dev/null 2>&1
start=$EPOCHREALTIME
"$ksurf" --db "$tmp/time.db" add "$tmp/big.vmlinux" "$good" >/dev/null 2>&1
took=$(awk -v a="$start" -v b="$EPOCHREALTIME" 'BEGIN {print b - a}')
bad= there=0 killed=0
for i in $(seq 1 30); do
	rm -rf "$tmp/kill.db"* "$tmp/kill"
	"$ksurf" --db "$tmp/kill.db" add "$tmp/big.vmlinux" "$good" >/dev/null 2>&1 &
	pid=$!
	sleep "$(awk -v t="$took" -v i="$i" 'BEGIN {print t * i / 30}')"
	kill -9 $pid 2>/dev/null && killed=$((killed + 1))
	wait $pid 2>/dev/null
	[ -e "$tmp/kill.db" ] || continue
	[ "$(sqlite3 "$tmp/kill.db" 'pragma integrity_check' 2>&1)" = ok ] || bad+="$i: integrity"$'\n'
	# What is there is there wholly; and what is not can be added.
	run "$ksurf" --db "$tmp/kill.db" export "$tmp/kill"
	[ "$code" -eq 0 ] || [ ! -s "$tmp/kill.db" ] || [ -z "$(sqlite3 "$tmp/kill.db" .tables)" ] || bad+="$i: export: $(cat "$tmp/err")"$'\n'
	for f in "$tmp"/kill/func_groups/*.jsonl; do
		[ -e "$f" ] || continue
		there=$((there + 1))
		cmp -s "$f" "$tmp/whole/func_groups/$(basename "$f")" || bad+="$i: $(basename "$f") is not whole"$'\n'
	done
	run "$ksurf" --db "$tmp/kill.db" add "$tmp/big.vmlinux" "$good"
	[ "$code" -eq 0 ] || bad+="$i: cannot add after the kill: $(cat "$tmp/err")"$'\n'
done
note "killed $killed of 30, $there images were already there"
if [ -z "$bad" ]; then ok "kill -9 at 30 moments: whole or not at all"; else not_ok "kill -9 at 30 moments: whole or not at all" "$bad"; fi

# Two at once, into a store that does not exist yet.
"$ksurf" --db "$tmp/two.db" add "$good" >"$tmp/out1" 2>&1 &
one=$!
"$ksurf" --db "$tmp/two.db" add "$tmp/big.vmlinux" >"$tmp/out2" 2>&1 &
two=$!
wait $one
equal "two adds at once: the first" 0 $?
wait $two
equal "two adds at once: the second" 0 $?
"$ksurf" --db "$tmp/two.db" export "$tmp/two" >/dev/null 2>&1
check "two adds at once: both are there" diff -r "$tmp/whole" "$tmp/two"
unchanged "all of this"
finish
