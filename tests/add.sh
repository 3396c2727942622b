# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# `ksurf add` on a small kernel that gcc and clang compile in every way that is to be read, and on hand-written DWARF in forms that
# they do not make. Held against lists written by hand, against libdw (tests/tools/dw_facts.c), and against each other.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need python3 sqlite3
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

# ---- folders and many at once ----
# said: the words of the last run, without progress
said() { cat "$tmp/out" "$tmp/err"; }
says() { # NAME TEXT
	if said | grep -qF -- "$2"; then ok "$1"; else not_ok "$1" "no '$2' in:" "$(said | head -n 30)"; fi
}
nimages() { "$ksurf" --db "$1" images --format json 2>/dev/null | python3 -c 'import json, sys; print(len(json.load(sys.stdin)["images"]))'; }
farm=$tmp/farm
mkdir -p "$farm"/{a,b/c,d/boot}
cp "$fix/gcc-5.vmlinux" "$farm/a/vmlinux"
cp "$fix/gcc-5-m32.vmlinux" "$farm/b/c/vmlinux-6.9.0-fix-686"
cp "$fix/clang-5-arm64.vmlinux" "$farm/b/vmlinux"
cp "$tmp/form-v5.vmlinux" "$farm/d/boot/vmlinux-6.9.0-gen-amd64"
printf 'CONFIG_GEN=y\n' >"$farm/d/boot/config-6.9.0-gen-amd64"
echo "no kernel" >"$farm/README"
head -c 3000 /dev/urandom >"$farm/b/noise"
exits "a folder" 0 "$ksurf" --db "$tmp/folder.db" -j 1 add "$farm"
grep '^added' "$tmp/err" >"$tmp/order"
equal "a folder: each kernel is an image" 4 "$(nimages "$tmp/folder.db")"
says "a folder: what is no kernel is counted" "2 files that are no kernel"
says "a folder: what became of all" "4 images added, 0 replaced, 0 there already, 0 failed"
says "a folder: the config beside a kernel" "1 config option"
if said | grep -q $'[\r\033]'; then not_ok "no progress but on a terminal" "$(said | cat -v)"; else ok "no progress but on a terminal"; fi
"$ksurf" --db "$tmp/folder.db" export "$tmp/folder" >/dev/null 2>&1
for n in 2 4 9; do
	exits "a folder, -j $n" 0 "$ksurf" --db "$tmp/folder-$n.db" -j "$n" add "$farm"
	grep '^added' "$tmp/err" >"$tmp/order-$n"
	same "a folder, -j $n: said in the same order" "$tmp/order" "$tmp/order-$n"
	"$ksurf" --db "$tmp/folder-$n.db" export "$tmp/folder-$n" >/dev/null 2>&1
	check "a folder, -j $n: the same facts" diff -r "$tmp/folder" "$tmp/folder-$n"
done
exits "the folder again" 0 "$ksurf" --db "$tmp/folder.db" add "$farm"
says "the folder again: all are there" "0 images added, 0 replaced, 4 there already, 0 failed"
# Two builds of one release: which one has the plain name does not depend on timing.
for n in 1 4; do
	"$ksurf" --db "$tmp/two-$n.db" -j $n add "$fix/gcc-4.vmlinux" "$fix/gcc-5.vmlinux" >/dev/null 2>&1
	"$ksurf" --db "$tmp/two-$n.db" export "$tmp/two-$n" >/dev/null 2>&1
done
check "two builds of one release: -j does not matter" diff -r "$tmp/two-1" "$tmp/two-4"
mkdir "$tmp/nothing"
echo "no kernel" >"$tmp/nothing/text"
exits "a folder without a kernel" 3 "$ksurf" --db "$tmp/nothing.db" add "$tmp/nothing"
[ ! -e "$tmp/nothing.db" ] && ok "a folder without a kernel makes no store" || not_ok "a folder without a kernel makes no store"

# ---- failures ----
head -c 5000 "$fix/gcc-5.vmlinux" >"$farm/a/vmlinux-cut"
exits "failures: 3" 3 "$ksurf" --db "$tmp/some.db" add "$tmp/is-not-there" "$farm/README" "$farm"
equal "failures: the others are in" 4 "$(nimages "$tmp/some.db")"
says "failures: counted" "3 images could not be added:"
for f in is-not-there README vmlinux-cut; do
	equal "failures: $f is told when it happens, and at the end" 2 "$(grep -c "$f.*: " "$tmp/err")"
done
run "$ksurf" --db "$tmp/quiet.db" --quiet add "$farm/README" "$fix/gcc-5.vmlinux"
equal "failures are said in spite of --quiet" 3 "$(wc -l <"$tmp/err")"
rm "$farm/a/vmlinux-cut"

# ---- on a terminal ----
python3 - "$tmp/tty" "$ksurf" --db "$tmp/tty.db" add "$farm" <<'PY'
import os, pty, sys
pid, fd = pty.fork()
if not pid:
    os.execv(sys.argv[2], sys.argv[2:])
data = b""
while True:
    try:
        part = os.read(fd, 65536)
    except OSError:
        break
    if not part:
        break
    data += part
os.waitpid(pid, 0)
open(sys.argv[1], "wb").write(data)
PY
if grep -q $'\r\033\[K[0-9]* done, [0-9]* running, [0-9]* left' "$tmp/tty"; then ok "progress on a terminal"; else not_ok "progress on a terminal" "$(cat -v "$tmp/tty")"; fi
equal "progress: an image's line stands alone" 4 "$(tr -d '\r' <"$tmp/tty" | sed 's/^.*\x1b\[K//' | grep -c '^added')"

# ---- stopped ----
for i in 1 2 3 4 5 6; do
	"$gen" "$tmp/stop-$i.vmlinux" v5 good=20000
	sed -i "s/6\.9\.0-gen/6.9.$i-gen/" "$tmp/stop-$i.vmlinux"
done
python3 - "$ksurf" "$tmp/stop.db" "$tmp/stop.err" "$tmp"/stop-?.vmlinux <<'PY' >"$tmp/stop.code"
import signal, subprocess, sys
ksurf, db, err, *files = sys.argv[1:]
p = subprocess.Popen([ksurf, "--db", db, "-j", "1", "add", *files], stderr=subprocess.PIPE,
                     preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
first = p.stderr.readline()
p.send_signal(signal.SIGINT)
open(err, "wb").write(first + p.stderr.read())
print(p.wait())
PY
equal "stopped: by the signal" "-2" "$(cat "$tmp/stop.code")"
in_store=$(nimages "$tmp/stop.db")
if [ "$in_store" -ge 1 ] && [ "$in_store" -lt 6 ]; then ok "stopped: some images are in"; else not_ok "stopped: some images are in" "$in_store of 6"; fi
grep -q "^ksurf: stopped: $in_store are in the store, $((6 - in_store)) are not" "$tmp/stop.err" && ok "stopped: it says how many" || not_ok "stopped: it says how many" "$(cat "$tmp/stop.err")"
exits "stopped: the rest afterwards" 0 "$ksurf" --db "$tmp/stop.db" add "$tmp"/stop-?.vmlinux
equal "stopped: then all are in" 6 "$(nimages "$tmp/stop.db")"

# ---- limits ----
tar -C "$farm/d" -czf "$tmp/kernel.tar.gz" boot
exits "a package" 0 "$ksurf" --db "$tmp/tar.db" add "$tmp/kernel.tar.gz"
exits "--unpack-max: too little" 3 "$ksurf" --db "$tmp/max.db" add --unpack-max 1K "$tmp/kernel.tar.gz"
says "--unpack-max: says so" "--unpack-max"
exits "--unpack-max: enough" 0 "$ksurf" --db "$tmp/max.db" add --unpack-max 1m "$tmp/kernel.tar.gz"
exits "btf of a package" 0 "$ksurf" btf "$tmp/kernel.tar.gz" -o "$tmp/tar.btf"
"$ksurf" btf "$farm/d/boot/vmlinux-6.9.0-gen-amd64" -o "$tmp/file.btf"
same "btf of a package is that of its kernel" "$tmp/file.btf" "$tmp/tar.btf"
exits "btf of a folder with several kernels" 3 "$ksurf" btf "$farm" -o "$tmp/none.btf"

# ---- a config stays with its build ----
printf 'CONFIG_GEN=y\n# CONFIG_OTHER is not set\nCONFIG_TEXT="a b"\n' >"$tmp/config"
objcopy -g "$fix/gcc-5.vmlinux" "$tmp/vmlinux-plain"
exits "a config: with an image without debug information" 0 "$ksurf" --db "$tmp/config.db" add --config "$tmp/config" "$tmp/vmlinux-plain"
exits "a config: the debug image of the same build, without one" 0 "$ksurf" --db "$tmp/config.db" add "$fix/gcc-5.vmlinux"
says "a config: the debug image takes its place" "replaced 6.9.0-fix-amd64"
equal "a config: it is there still" 'CONFIG_GEN y CONFIG_OTHER n CONFIG_TEXT "a b" ' \
	"$(sqlite3 "$tmp/config.db" "SELECT name || ' ' || value FROM config ORDER BY name" | tr '\n' ' ')"
exits "a config: that of a lesser image" 0 "$ksurf" --db "$tmp/config.db" add "$fix/gcc-5.vmlinux"
says "a config: nothing is changed by the same again" "already"

# ---- modules ----
module() { # NAME FUNCTION: a module of the small kernel, in its folder
	mkdir -p "$tmp/mods/lib/modules/6.9.0-fix-amd64/kernel"
	gcc -g -O2 -ffreestanding -fno-pic -mcmodel=kernel -fno-asynchronous-unwind-tables -xc -c -o \
		"$tmp/mods/lib/modules/6.9.0-fix-amd64/kernel/$1.ko" - <<-C
		__attribute__((section(".modinfo"), used)) static const char name[] = "name=${1//-/_}";
		__attribute__((section(".modinfo"), used)) static const char magic[] = "vermagic=6.9.0-fix-amd64 SMP ";
		int $2(int x);
		int $2(int x) { return x + 1; }
	C
}
if module big-zoo zoo_open && module ark ark_open; then
	mkdir -p "$tmp/mods/boot"
	cp "$fix/gcc-5.vmlinux" "$tmp/mods/boot/vmlinux-6.9.0-fix-amd64"
	owners() { # DB: the functions of modules
		sqlite3 "$1" "SELECT owner || ' ' || name FROM function WHERE owner IS NOT NULL AND owner <> '' ORDER BY 1" | tr '\n' ' '
	}
	mods=$tmp/mods.db
	exits "modules: none are read unasked" 0 "$ksurf" --db "$mods" add "$tmp/mods"
	says "modules: it says how many were left out" "modules left out: 2; --modules"
	equal "modules: none" "" "$(owners "$mods")"
	exits "modules: one" 0 "$ksurf" --db "$mods" add --modules big_zoo "$tmp/mods"
	equal "modules: its functions" "big_zoo zoo_open " "$(owners "$mods")"
	says "modules: an image that told less is replaced" "replaced 6.9.0-fix-amd64"
	says "modules: one is left out" "modules left out: 1;"
	exits "modules: another" 0 "$ksurf" --db "$mods" add --modules ark "$tmp/mods"
	says "modules: it says which are there" "--modules big_zoo,..."
	exits "modules: all" 0 "$ksurf" --db "$mods" add --modules all "$tmp/mods"
	equal "modules: all of them" "ark ark_open big_zoo zoo_open " "$(owners "$mods")"
	exits "modules: fewer again" 0 "$ksurf" --db "$mods" add "$tmp/mods"
	says "modules: fewer again change nothing" "already"
	equal "modules: fewer again: all are there" "ark ark_open big_zoo zoo_open " "$(owners "$mods")"
	exits "modules: a name that is none" 0 "$ksurf" --db "$tmp/mods2.db" add --modules nothing,ark "$tmp/mods"
	says "modules: a name that is none is said" "no module nothing"
	exits "modules: --modules none" 0 "$ksurf" --db "$tmp/mods3.db" add --modules none "$tmp/mods"
	equal "modules: --modules none reads none" "" "$(owners "$tmp/mods3.db")"
	exits "modules: a module alone is no kernel" 3 "$ksurf" --db "$tmp/mods4.db" add "$tmp/mods/lib/modules/6.9.0-fix-amd64/kernel/ark.ko"
else
	skip "modules" "no gcc here makes one"
fi
finish
