# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Kernels in their wrappings, from the command line: what comes out is what the kernel itself gives, whatever it is compressed with;
# damaged ones say so, and leave the store alone. Shapes and bits are tests/unit/test_boot.c's; real ones tests/kernel/boot.sh's.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need python3 gzip xz
tests/fixtures/build.sh "$BUILD/fixtures" >/dev/null 2>&1
kernel=$BUILD/fixtures/gcc-5.vmlinux
[ -e "$kernel" ] || {
	skip "boot images" "no gcc to make a kernel with"
	finish
}

# bzimage PAYLOAD SIZE: the x86 boot protocol's header, four sectors of setup, the payload.
bzimage() {
	python3 - "$1" "$2" <<'PY'
import struct, sys
payload = open(sys.argv[1], "rb").read()
if payload[:2] != b"\x1f\x8b":
    payload += struct.pack("<I", int(sys.argv[2]))
head = bytearray(5 * 512)
head[0x1f1] = 4
struct.pack_into("<H", head, 0x1fe, 0xaa55)
head[0x202:0x206] = b"HdrS"
struct.pack_into("<H", head, 0x206, 0x20f)
struct.pack_into("<II", head, 0x248, 0, len(payload))
sys.stdout.buffer.write(head + payload + b"signature")
PY
}

# The export, but for the hash of the file, which is another one.
facts() { # NAME
	(cd "$tmp/$1" && grep -rhv sha256 . | sort) >"$tmp/$1.facts"
}

cp "$kernel" "$tmp/vmlinux-6.9.0-boot"
add_and_export plain "$tmp/vmlinux-6.9.0-boot" || finish
facts plain
size=$(stat -c %s "$kernel")
for c in "gzip -9n" "xz --check=crc32" "xz --format=lzma" "zstd -19 --ultra" "lz4 -l -9" "lz4 -9" "bzip2 -9"; do
	# shellcheck disable=SC2086 # words
	set -- $c
	command -v "$1" >/dev/null || {
		skip "$c" "no $1"
		continue
	}
	"$@" -c <"$kernel" >"$tmp/vmlinux-6.9.0-boot.z"
	bzimage "$tmp/vmlinux-6.9.0-boot.z" "$size" >"$tmp/vmlinuz-6.9.0-boot"
	for f in vmlinux-6.9.0-boot.z vmlinuz-6.9.0-boot; do
		rm -rf "$tmp/packed" "$tmp/packed.db"
		if add_and_export packed "$tmp/$f"; then
			facts packed
			same "$c, ${f%%-*}: the export is the kernel's own" "$tmp/plain.facts" "$tmp/packed.facts"
		fi
	done
	head -c 3000 "$tmp/vmlinuz-6.9.0-boot" >"$tmp/cut"
	exits "$c: cut off" 3 "$ksurf" --db "$tmp/none.db" add "$tmp/cut"
	check "$c: ... says what" grep -q 'past the end of the file' "$tmp/err"
	head -c $(($(stat -c %s "$tmp/vmlinux-6.9.0-boot.z") / 2)) "$tmp/vmlinux-6.9.0-boot.z" >"$tmp/cut"
	exits "$c: half of it" 3 "$ksurf" --db "$tmp/none.db" add "$tmp/cut"
	check "$c: ... says that it is damaged" grep -qE 'damaged|cut off|cannot be read|past the end' "$tmp/err"
done
check "nothing of these is in a store" test ! -s "$tmp/none.db" -o -z "$("$ksurf" --db "$tmp/none.db" images --format csv 2>/dev/null | tail -n +2)"
finish
