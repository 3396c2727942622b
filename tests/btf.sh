# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# An image's .BTF, sound and damaged, from end to end: what is found, what is said, and where types come from then.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need objcopy sqlite3
fix=$BUILD/fixtures
tests/fixtures/build.sh "$fix"
plain=$fix/gcc-5.vmlinux
[ -e "$plain" ] || {
	skip "btf.sh" "no gcc fixture here"
	finish
}

with_btf() { # BTF OUT
	objcopy --add-section .BTF="$1" "$plain" "$2"
}

# added NAME VMLINUX CODE [OPTION...]: adds to a store of its own; output in $tmp/out and $tmp/err.
added() {
	local name=$1 file=$2 want=$3
	shift 3
	rm -f "$tmp/db"
	exits "$name" "$want" "$ksurf" --db "$tmp/db" add "$@" "$file"
	cat "$tmp/out" "$tmp/err" >"$tmp/said"
}
says() { # PATTERN
	if grep -qE -- "$1" "$tmp/said"; then ok "it says $1"; else not_ok "it says $1" "$(cat "$tmp/said")"; fi
}
types_from() { # WORD
	equal "types are from $1" "$1" "$(sqlite3 "$tmp/db" 'SELECT types_from FROM image')"
}

exits "BTF of an image that has none" 0 "$ksurf" btf "$plain" -o "$tmp/raw.btf"
with_btf "$tmp/raw.btf" "$tmp/sound"
added "an image with .BTF" "$tmp/sound" 0
types_from btf
if grep -q btf- "$tmp/said"; then not_ok "nothing is wrong with it" "$(cat "$tmp/said")"; else ok "nothing is wrong with it"; fi
added "the same, types from DWARF" "$tmp/sound" 0 --types dwarf
types_from dwarf

# The first type is an integer (16 bytes), so the second is at 40: of a kind that is not known, and nothing tells its length.
cp "$tmp/raw.btf" "$tmp/cut.btf"
printf '\0\0\0\77' | dd of="$tmp/cut.btf" bs=1 seek=44 conv=notrunc status=none
with_btf "$tmp/cut.btf" "$tmp/cut"
added "BTF of which little can be read" "$tmp/cut" 0
says 'btf-unreadable .*cut:\.BTF\+0x28: type 2 is of kind 63'
types_from dwarf
added "the same, BTF and nothing else" "$tmp/cut" 0 --types btf
says 'btf-cut-off .*cut:\.BTF\+0x28: type 2 is of kind 63'
types_from btf

echo "no BTF, this" >"$tmp/junk.btf"
with_btf "$tmp/junk.btf" "$tmp/junk"
added "no BTF in .BTF" "$tmp/junk" 0
says 'btf-unreadable .*junk:\.BTF\+0x0: is not BTF'
types_from dwarf
added "the same, BTF and nothing else" "$tmp/junk" 3 --types btf
says 'is not BTF'
added "BTF asked for where there is none" "$plain" 3 --types btf
says 'has no \.BTF'
finish
