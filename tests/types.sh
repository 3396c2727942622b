# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Types from DWARF: a fixture compiled in every way that DWARF is written here, held against facts written by hand
# (tests/fixtures/types/expected.txt); `ksurf btf` itself; damage.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need gcc
src=$top/tests/fixtures/types

# build NAME COMPILER LINKER-FLAGS FLAGS...: into $tmp/NAME.vmlinux
build() {
	local name=$1 cc=$2 ld=$3 f order=
	shift 3
	# Per-CPU variables lie in the order of the source; clang does that by itself.
	[ "$cc" != gcc ] || order=-fno-toplevel-reorder
	for f in alpha beta; do
		$cc -std=gnu17 -O2 $order -ffreestanding -fno-pic -fno-stack-protector -fno-asynchronous-unwind-tables -w "$@" \
			-c "$src/$f.c" -o "$tmp/$name-$f.o" || return 1
	done
	# shellcheck disable=SC2086 # words
	$cc -nostdlib -static -no-pie -Wl,-e,_start $ld -w -o "$tmp/$name.vmlinux" "$tmp/$name-alpha.o" "$tmp/$name-beta.o"
}

# facts NAME: what ksurf makes of it, without what compilers are free to say: names of base types, [3][4]int for [3]row.
facts() {
	"$BUILD/tests/btf_facts" "$tmp/$1.btf" | grep -v '^int	\|^float	' | sed -E \
		-e 's/\bunsigned long long\b|\blong long unsigned int\b/u64_t/g; s/\bshort unsigned int\b|\bunsigned short\b/u16_t/g' \
		-e 's/\blong int\b/long/g; s/\[3\]row/[3][4]int/' | sort
}

# made NAME COMPILER LINKER-FLAGS FLAGS...: its facts in $tmp/NAME.facts; false when this machine's tools cannot build it.
made() {
	if ! build "$@" >"$tmp/log" 2>&1; then
		skip "$1" "$(head -n 1 "$tmp/log")"
		return 1
	fi
	exits "$1: btf" 0 "$ksurf" btf --types dwarf "$tmp/$1.vmlinux" -o "$tmp/$1.btf"
	facts "$1" >"$tmp/$1.facts"
}

# variant LINES NAME COMPILER ...: held against what is expected; LINES are left out of both (- for none).
variant() {
	local but=$1
	shift
	made "$@" || return
	grep -vE "$but" "$src/expected.txt" >"$tmp/want"
	grep -vE "$but" "$tmp/$1.facts" >"$tmp/got"
	same "$1: the facts written by hand" "$tmp/want" "$tmp/got"
}

# `restrict` and the sign of an enum of 8 bytes cannot be said in DWARF 2. lld keeps no section of per-CPU variables by itself.
# gcc's LTO states a function's code apart from its name: which of a weak and a strong one has the symbol is not told.
none='^$' percpu='^var	' gnu=-Wl,--unique=.data..percpu
be='--target=aarch64_be-linux-gnu'
variant "$none" gcc-5 gcc $gnu -gdwarf-5
variant "$none" gcc-4 gcc $gnu -gdwarf-4
variant "$none" gcc-3 gcc $gnu -gdwarf-3 -gstrict-dwarf
variant 'restricted|huge_negative' gcc-2 gcc $gnu -gdwarf-2 -gstrict-dwarf
variant "$none" gcc-5-dwarf64 gcc $gnu -gdwarf-5 -gdwarf64
variant "$none" gcc-5-types gcc $gnu -gdwarf-5 -fdebug-types-section
variant "$percpu|replaced" gcc-5-lto gcc '-flto -O2 -gdwarf-5' -gdwarf-5 -flto
variant "$none" clang-5 clang $gnu -gdwarf-5
variant "$none" clang-4 clang $gnu -gdwarf-4
variant "$none" clang-3 clang $gnu -gdwarf-3 -gstrict-dwarf
variant "$percpu" clang-5-lto clang '-flto -fuse-ld=lld' -gdwarf-5 -flto
variant "$percpu" clang-5-be clang "$be -fuse-ld=lld -Wl,-EB" $be -gdwarf-5
variant "$percpu" clang-3-be clang "$be -fuse-ld=lld -Wl,-EB" $be -gdwarf-3 -gstrict-dwarf

# Of 32 bits, little and big: places differ from those above, but not with the version of DWARF.
if made gcc-5-m32 gcc "$gnu -m32" -gdwarf-5 -m32 && made gcc-3-m32 gcc "$gnu -m32" -gdwarf-3 -gstrict-dwarf -m32; then
	same "32 bits: DWARF 3 is DWARF 5" "$tmp/gcc-5-m32.facts" "$tmp/gcc-3-m32.facts"
	check "32 bits: pointers of 4 bytes" grep -q '^struct	holder	4{p@0 \*struct variant}$' "$tmp/gcc-5-m32.facts"
fi
be='--target=mips-linux-gnu -mno-abicalls'
if made clang-4-be32 clang '--target=mips-linux-gnu -fuse-ld=lld' $be -gdwarf-4 &&
	made clang-3-be32 clang '--target=mips-linux-gnu -fuse-ld=lld' $be -gdwarf-3 -gstrict-dwarf; then
	same "32 bits, big endian: DWARF 3 is DWARF 4" "$tmp/clang-4-be32.facts" "$tmp/clang-3-be32.facts"
fi
if dwz --no-odr -o "$tmp/gcc-5-dwz.vmlinux" "$tmp/gcc-5.vmlinux" 2>"$tmp/log"; then
	exits "gcc-5-dwz: btf" 0 "$ksurf" btf --types dwarf "$tmp/gcc-5-dwz.vmlinux" -o "$tmp/gcc-5-dwz.btf"
	facts gcc-5-dwz >"$tmp/gcc-5-dwz.facts"
	same "gcc-5-dwz: the facts written by hand" "$src/expected.txt" "$tmp/gcc-5-dwz.facts"
else
	skip gcc-5-dwz "$(head -n 1 "$tmp/log")"
fi

# A use by name means the type of the unit that uses it, where that unit has one.
if command -v bpftool >/dev/null; then
	bpftool btf dump file "$tmp/gcc-5.btf" >"$tmp/raw"
	check "each function's variant is its own unit's" python3 - "$tmp/raw" <<'PY'
import re, sys
text = open(sys.argv[1]).read()
types = {int(m[1]): m[0] for m in re.finditer(r"\[(\d+)\] (?:.|\n\t)*", text)}
def ref(i, key="type_id"):
	return int(re.search(rf"\b{key}=(\d+)", types[i])[1])
for func, size in (("takes_variant", 4), ("only_in_beta", 16)):
	f = next(i for i, t in types.items() if f"FUNC '{func}'" in t)
	pointer = int(re.search(r"\n\t'v' type_id=(\d+)", types[ref(f)])[1])
	assert f"STRUCT 'variant' size={size} " in types[ref(pointer)], (func, types[ref(pointer)])
PY
	check "bpftool prints it as C" bpftool btf dump file "$tmp/gcc-5.btf" format c
fi

# ---- the command ----

v=$tmp/gcc-5.vmlinux
for j in 1 2 7; do
	"$ksurf" btf -j $j --types dwarf "$v" >"$tmp/j$j"
done
same "-j 1 and -j 2: the same bytes" "$tmp/j1" "$tmp/j2"
same "-j 1 and -j 7: the same bytes" "$tmp/j1" "$tmp/j7"
same "stdout is the file" "$tmp/gcc-5.btf" "$tmp/j1"
exits "no .BTF in it: --types btf" 3 "$ksurf" btf --types btf "$v" -o "$tmp/none"
check "... says so" grep -q 'has no .BTF' "$tmp/err"
check "... and writes nothing" test ! -e "$tmp/none"
exits "auto: from DWARF where there is no .BTF" 0 "$ksurf" btf "$v" -o "$tmp/auto"
same "... the same" "$tmp/j1" "$tmp/auto"
if objcopy --add-section .BTF="$tmp/clang-5.btf" "$v" "$tmp/both" 2>/dev/null; then
	exits "auto: the image's own .BTF" 0 "$ksurf" btf "$tmp/both" -o "$tmp/own"
	same "... verbatim" "$tmp/clang-5.btf" "$tmp/own"
	exits "dwarf: made although it has .BTF" 0 "$ksurf" btf --types dwarf "$tmp/both" -o "$tmp/made"
	same "... the same" "$tmp/j1" "$tmp/made"
	head -c 100 "$tmp/clang-5.btf" >"$tmp/cut"
	objcopy --add-section .BTF="$tmp/cut" "$v" "$tmp/cutoff"
	exits "auto: a .BTF that cannot be read" 0 "$ksurf" btf "$tmp/cutoff" -o "$tmp/remade"
	check "... is said" grep -q btf-unreadable "$tmp/err"
	same "... is made anew" "$tmp/j1" "$tmp/remade"
fi
objcopy --strip-debug "$v" "$tmp/stripped"
exits "neither DWARF nor .BTF" 3 "$ksurf" btf "$tmp/stripped" -o "$tmp/none"
exits "a file that is not there" 3 "$ksurf" btf "$tmp/nowhere/vmlinux" -o "$tmp/none"
exits "an image that the store does not have" 3 "$ksurf" --db "$tmp/no.db" btf nosuch -o "$tmp/none"
exits "a folder that is not there" 3 "$ksurf" btf "$v" -o "$tmp/nowhere/btf"
echo old >"$tmp/kept"
exits "damage leaves what was there" 3 "$ksurf" btf "$tmp/stripped" -o "$tmp/kept"
equal "... as it was" old "$(cat "$tmp/kept")"
equal "no temporary file is left" "" "$(find "$tmp" -name '*.tmp')"

# ---- forms that no compiler here makes, and damage ----

for words in 'v5 be' 'v4 32' 'v5 strx addrx rnglistx refs consts partial types' 'v4 d64 be refs consts strp indirect' 'v3' 'v2 32'; do
	# shellcheck disable=SC2086 # words
	"$BUILD/tests/gen_dwarf" "$tmp/gen" good=3 $words
	exits "generated, $words" 0 "$ksurf" btf --types dwarf "$tmp/gen" -o "$tmp/gen.btf"
	check "... libbpf reads it" "$BUILD/tests/btf_facts" "$tmp/gen.btf"
done
# Types that make no sense, in a unit that can be walked: each is counted, and what is sound is there.
for words in v5 'v4 be' 'v3 32'; do
	# shellcheck disable=SC2086 # words
	"$BUILD/tests/gen_dwarf" "$tmp/bad" good=3 badtypes $words
	exits "bad types, $words" 0 timeout 20 "$ksurf" btf -j 1 --types dwarf "$tmp/bad" -o "$tmp/bad.btf"
	# Two refer to themselves, one holds itself, 2 refer nowhere, one chain is too long, 4 sizes are too large, 4,465 enumerators too many.
	check "... are counted" grep -qF 'die-type (4475)' "$tmp/err"
	check "... with the place of the first" grep -qE '\.debug_info\+0x[0-9a-f]+: ' "$tmp/err"
	"$BUILD/tests/btf_facts" "$tmp/bad.btf" >"$tmp/bad.facts"
	check "... the sound one is there" grep -qxF "struct	still_good	4{a@0 int}" "$tmp/bad.facts"
	check "... a clone's \"...\" is not the function's before it" grep -qxF "func	fixed	global fn(a int) int" "$tmp/bad.facts"
	check "... the chain is cut" grep -qE '^typedef	deep	(volatile ){64}<deep>$' "$tmp/bad.facts"
	check "... the enum is cut" grep -q '^enum	many	4u{e=0, .* e=65534}$' "$tmp/bad.facts"
	"$ksurf" -q btf -j 3 --types dwarf "$tmp/bad" >"$tmp/bad3.btf"
	same "... -j 3 makes the same" "$tmp/bad.btf" "$tmp/bad3.btf"
done
for d in $("$BUILD/tests/gen_dwarf" list); do
	"$BUILD/tests/gen_dwarf" "$tmp/gen" good=3 v5 "damage=$d"
	run timeout 20 "$ksurf" btf --force --types dwarf "$tmp/gen" -o "$tmp/gen.btf"
	if [ "$code" -eq 3 ]; then ok "damage=$d: refused" && continue; fi
	equal "damage=$d: made" 0 "$code"
	check "... libbpf reads it" "$BUILD/tests/btf_facts" "$tmp/gen.btf"
done
finish
