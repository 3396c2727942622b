# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Packages that other programs made: the same image as from the file; damage, bombs, names that lead elsewhere, and no room.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need python3 ar tar xz zstd gzip sqlite3
fix=$BUILD/fixtures
tests/fixtures/build.sh "$fix"
rel=6.1.0-9-test
kernel=$fix/gcc-5.vmlinux
run "$ksurf" --db "$tmp/file.db" add "$kernel"
[ "$code" -eq 0 ] || not_ok "the file itself" "$(cat "$tmp/err")"
"$ksurf" --db "$tmp/file.db" export "$tmp/file" >/dev/null 2>&1

# A tree as Debian's -dbg packages have it: something large, the kernel, a link to it.
root=$tmp/root
mkdir -p "$root/usr/lib/debug/boot" "$root/usr/lib/debug/lib/modules/$rel/kernel"
cp "$kernel" "$root/usr/lib/debug/boot/vmlinux-$rel"
ln -s "../../../boot/vmlinux-$rel" "$root/usr/lib/debug/lib/modules/$rel/vmlinux"
echo "not a module" >"$root/usr/lib/debug/lib/modules/$rel/kernel/one.ko"
head -c 300000 /dev/urandom >"$root/usr/lib/debug/a-noise"
pack() { tar -C "$root" --sort=name --owner=0 --group=0 -cf - ./usr; }
deb() { # FILE DATA
	rm -f "$1"
	echo 2.0 >"$tmp/debian-binary"
	ar qc "$1" "$tmp/debian-binary" "$2"
}
pack | xz -1 --block-size=65536 >"$tmp/data.tar.xz"
deb "$tmp/linux-image-$rel-dbg_1_amd64.deb" "$tmp/data.tar.xz"
pack | zstd -q -3 >"$tmp/data.tar.zst"
deb "$tmp/linux-image-$rel-dbgsym_1_amd64.ddeb" "$tmp/data.tar.zst"
cp "$tmp/data.tar.zst" "$tmp/linux-1-x86_64.pkg.tar.zst"
cp "$tmp/data.tar.xz" "$tmp/k.tar.xz"
pack | gzip -1 >"$tmp/k.tar.gz"
pack >"$tmp/k.tar"
cat >"$tmp/rpm.py" <<'PY'
# rpm.py ROOT: an rpm of the files below ROOT on stdout: lead, signature, header, cpio ("newc") in xz; the order is by name.
import lzma, os, stat, struct, sys
root, out = sys.argv[1], b""
def entry(name, mode, data, ino):
    global out
    n = name.encode() + b"\0"
    out += b"070701" + b"".join(b"%08X" % v for v in (ino, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(n), 0)) + n
    out += b"\0" * (-len(out) % 4) + data
    out += b"\0" * (-len(out) % 4)
for i, path in enumerate(sorted(os.path.join(d, f) for d, _, fs in os.walk(root) for f in fs)):
    data = os.readlink(path).encode() if os.path.islink(path) else open(path, "rb").read()
    entry("./" + os.path.relpath(path, root), (stat.S_IFLNK if os.path.islink(path) else stat.S_IFREG) | 0o644, data, i + 1)
entry("TRAILER!!!", 0, b"", 0)
index = struct.pack(">IIII", 1000, 6, 0, 1)
def header(store):
    return b"\x8e\xad\xe8\x01\0\0\0\0" + struct.pack(">II", 1, len(store)) + index + store
sig = header(b"signed\0")
sys.stdout.buffer.write(b"\xed\xab\xee\xdb\3\0".ljust(96, b"\0") + sig + b"\0" * (-len(sig) % 8) + header(b"name\0") +
                        lzma.compress(out, preset=1))
PY
python3 "$tmp/rpm.py" "$root" >"$tmp/kernel-debuginfo-1.x86_64.rpm"

from() { # FILE [OPTION...]: the same image, and only that
	local file=$1
	shift
	rm -rf "$tmp/p.db"* "$tmp/p"
	run "$ksurf" --db "$tmp/p.db" add "$@" "$file"
	[ "$code" -eq 0 ] || not_ok "$(basename "$file"): add" "exit $code" "$(cat "$tmp/err")"
	"$ksurf" --db "$tmp/p.db" export "$tmp/p" >/dev/null 2>&1
	check "$(basename "$file") $*: the same export as of the file" diff -r "$tmp/file" "$tmp/p"
}
for f in "$tmp"/linux-image-*deb "$tmp"/linux-1-*.zst "$tmp"/k.tar* "$tmp"/*.rpm; do from "$f"; done
from "$tmp/linux-image-$rel-dbg_1_amd64.deb" -j 1
objcopy --compress-debug-sections=zlib "$kernel" "$tmp/z.vmlinux" 2>/dev/null && from "$tmp/z.vmlinux"

# ---- cut off: nothing, or all of the kernel ----
dump() { "$ksurf" --db "$1" images 2>&1 && sqlite3 "$1" .dump; }
run "$ksurf" --db "$tmp/cut.db" add "$fix/gcc-5-m32.vmlinux"
dump "$tmp/cut.db" >"$tmp/before"
for f in "$tmp"/linux-image-*.deb "$tmp/k.tar.gz" "$tmp/k.tar" "$tmp"/*.rpm; do
	bad=
	size=$(stat -c %s "$f")
	for i in 0 1 2 3 4 5 6 7 8; do
		head -c $((size * i / 20 + i)) "$f" >"$tmp/cut-$(basename "$f")"
		run "$ksurf" --db "$tmp/cut.db" add "$tmp/cut-$(basename "$f")"
		[ "$code" -eq 3 ] && grep -q "cut-" "$tmp/err" || bad+="at $i of 20: exit $code: $(cat "$tmp/err")"$'\n'
	done
	if [ -z "$bad" ]; then ok "$(basename "$f") cut off at 9 places before the kernel's end: exit 3, named"; else not_ok "$(basename "$f") cut off" "$bad"; fi
done
dump "$tmp/cut.db" >"$tmp/now"
same "the store is as it was" "$tmp/before" "$tmp/now"

# ---- bombs ----
mkdir "$tmp/bomb"
truncate -s 200M "$tmp/bomb/a-zeros"
cp "$kernel" "$tmp/bomb/vmlinux"
tar -C "$tmp/bomb" -cf - a-zeros vmlinux | xz -0 --block-size=1MiB -T1 >"$tmp/bomb.tar.xz"
tar -C "$tmp/bomb" -cf - a-zeros vmlinux | gzip -1 >"$tmp/bomb.tar.gz"
tar -C "$tmp/bomb" --transform 's/a-zeros/vmlinux-1/' --sparse -cf "$tmp/hole.tar" a-zeros
rm -r "$tmp/bomb"
for f in bomb.tar.xz bomb.tar.gz hole.tar; do
	run "$ksurf" --db "$tmp/cut.db" add --unpack-max 50M "$tmp/$f"
	if [ "$code" -eq 3 ] && grep -q -- --unpack-max "$tmp/err" && grep -q 52428800 "$tmp/err"; then ok "$f: the limit and its option are named"; else
		not_ok "$f: the limit and its option are named" "exit $code" "$(cat "$tmp/err")"
	fi
done
from "$tmp/bomb.tar.gz" --unpack-max 300M

# ---- names that lead elsewhere ----
cat >"$tmp/tricks.py" <<'PY'
import io, sys, tarfile
t = tarfile.open(sys.argv[1], "w:gz")
kernel = open(sys.argv[2], "rb").read()
def add(name, kind=tarfile.REGTYPE, link="", data=b""):
    i = tarfile.TarInfo(name)
    i.type, i.linkname, i.size = kind, link, len(data)
    t.addfile(i, io.BytesIO(data))
add("boot/vmlinuz", tarfile.CHRTYPE)
add("boot/vmlinux", tarfile.SYMTYPE, "/etc/passwd")
add("vmlinux", tarfile.SYMTYPE, "vmlinuz")
add("vmlinuz", tarfile.SYMTYPE, "vmlinux")
add("boot", tarfile.SYMTYPE, sys.argv[3])
add("boot/vmlinux-1.0", tarfile.LNKTYPE, "/proc/self/environ")
add("../../../../../../../../../../" + sys.argv[3] + "/vmlinux-6", data=kernel)
add(sys.argv[3] + "/vmlinux-6.1", data=kernel)
add(sys.argv[3] + "/evil.ko", data=b"evil")
PY
mkdir "$tmp/evil"
python3 "$tmp/tricks.py" "$tmp/tricks.tar.gz" "$kernel" "$tmp/evil"
from "$tmp/tricks.tar.gz"
equal "nothing was written where names lead" "" "$(ls -A "$tmp/evil")"

# ---- no room, no folder for a temporary file ----
export KSURF_UNPACK_MEMORY=0
run env TMPDIR="$tmp/absent" "$ksurf" --db "$tmp/cut.db" add "$tmp/k.tar.gz"
if [ "$code" -eq 3 ] && grep -q TMPDIR "$tmp/err"; then ok "no folder for a temporary file: says which it wants"; else not_ok "no folder for a temporary file" "exit $code" "$(cat "$tmp/err")"; fi
mkdir "$tmp/big"
cp "$kernel" "$tmp/big/vmlinux"
truncate -s 4M "$tmp/big/vmlinux"
tar -C "$tmp/big" -czf "$tmp/big.tar.gz" vmlinux
(
	trap '' XFSZ
	ulimit -f 2048
	exec "$ksurf" --db "$tmp/cut.db" add "$tmp/big.tar.gz"
) >"$tmp/out" 2>"$tmp/err" </dev/null
code=$?
if [ "$code" -eq 3 ] && grep -q 'temporary file' "$tmp/err"; then ok "no room for a temporary file: $(sed 's/.*: //' "$tmp/err")"; else not_ok "no room for a temporary file" "exit $code" "$(cat "$tmp/err")"; fi
mkdir "$tmp/dir"
TMPDIR=$tmp/dir "$ksurf" --db "$tmp/dir.db" add "$tmp/k.tar.gz" >/dev/null 2>&1
equal "the temporary file has no name" "" "$(ls -A "$tmp/dir")"
dump "$tmp/cut.db" >"$tmp/now"
same "the store is still as it was" "$tmp/before" "$tmp/now"
KSURF_UNPACK_MEMORY=65536 "$ksurf" --db "$tmp/spill.db" add "$tmp/k.tar.gz" >/dev/null 2>&1
unset KSURF_UNPACK_MEMORY
"$ksurf" --db "$tmp/memory.db" add "$tmp/k.tar.gz" >/dev/null 2>&1
"$ksurf" --db "$tmp/spill.db" export "$tmp/spill" >/dev/null && "$ksurf" --db "$tmp/memory.db" export "$tmp/memory" >/dev/null
equal "from memory into a file half way: the same image" "" "$(diff -r "$tmp/memory" "$tmp/spill" 2>&1 | head -n 20)"

# ---- folders ----
mkdir -p "$tmp/many/x"
cp "$tmp/linux-image-$rel-dbg_1_amd64.deb" "$tmp/many/linux-image-$rel-dbg_1_amd64.deb"
cp "$fix/gcc-5-m32.vmlinux" "$tmp/many/x/vmlinux-32"
head -c 5000 "$tmp/k.tar.gz" >"$tmp/many/broken.tar.gz"
echo readme >"$tmp/many/README"
run "$ksurf" --db "$tmp/many.db" add "$tmp/many"
equal "a folder with a broken package: exit" 3 "$code"
equal "a folder with a broken package: the others are there" 2 "$(sqlite3 "$tmp/many.db" 'SELECT count(*) FROM image')"
if grep -q broken.tar.gz "$tmp/err"; then ok "a folder with a broken package: it is named"; else not_ok "a folder with a broken package: it is named" "$(cat "$tmp/err")"; fi
run "$ksurf" --db "$tmp/cut.db" add "$root/usr/lib/debug/lib/modules/$rel/kernel/one.ko"
if [ "$code" -eq 3 ] && grep -q 'in the same call' "$tmp/err"; then ok "a module alone: says what else to give"; else not_ok "a module alone: says what else to give" "exit $code" "$(cat "$tmp/err")"; fi
finish
