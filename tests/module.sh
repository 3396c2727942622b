# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Modules: one compiled for many machines, relocated as libdwfl and readelf do it, with the facts of the same module linked; the
# tables of a module, held against facts written by hand (tests/fixtures/module/expected.txt).
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need gcc readelf
src=$top/tests/fixtures/module
test_module=$BUILD/tests/test_module
c="-std=gnu17 -O2 -ffreestanding -fno-pic -fno-stack-protector -fno-asynchronous-unwind-tables -w"
cd "$src" || exit 2 # so that paths in DWARF are the same from wherever it is compiled

# compile NAME COMPILER FLAGS...: into $tmp/NAME.ko; false when this machine's tools cannot do it
compile() {
	local name=$1 cc=$2
	shift 2
	# shellcheck disable=SC2086 # words
	$cc $c "$@" -c module.c -o "$tmp/$name.ko" >"$tmp/log" 2>&1 && return
	skip "$name" "$(head -n 1 "$tmp/log")"
	return 1
}

# shown FILE: what readelf says of all debug sections
shown() {
	local what
	for what in info decodedline Ranges loc aranges frames; do
		readelf --debug-dump=$what "$1" 2>/dev/null
	done | grep -vE '^File:|^ *$|This section has relocations'
}

# bytes NAME: each debug section as libdwfl relocates it, and what readelf shows of it
bytes() {
	if "$BUILD/tests/ko_bytes" "$tmp/$1.ko" >"$tmp/bytes" 2>"$tmp/log"; then
		check "$1: bytes as libdwfl relocates them" "$test_module" same "$tmp/$1.ko" "$tmp/bytes"
	else
		skip "$1: bytes as libdwfl relocates them" "$(head -n 1 "$tmp/log")"
	fi
	check "$1: can be written" "$test_module" relocated "$tmp/$1.ko" "$tmp/relocated"
	shown "$tmp/$1.ko" >"$tmp/want"
	shown "$tmp/relocated" >"$tmp/got"
	same "$1: what readelf shows" "$tmp/want" "$tmp/got"
	[ "$(grep -c DW_TAG_subprogram "$tmp/want")" -gt 10 ] || not_ok "$1: readelf sees functions"
}

# linked NAME LINKER...: the same functions at the same places of the same sections
linked() {
	local name=$1
	shift
	if ! "$@" -static --unique --unresolved-symbols=ignore-all -e mini_exported -o "$tmp/$name.elf" "$tmp/$name.ko" >"$tmp/log" 2>&1; then
		skip "$name: linked" "$(head -n 1 "$tmp/log")"
		return
	fi
	"$test_module" groups "$tmp/$name.elf" >"$tmp/want"
	"$test_module" groups "$tmp/$name.ko" >"$tmp/got"
	same "$name: the facts of the linked file" "$tmp/want" "$tmp/got"
	equal "$name: functions with a place" 11 "$(grep -cE '^(mini_|bpf_|helper|trace_).* at module.c:.*\+0x' "$tmp/got")"
}

for v in 5 4 3 2; do
	compile gcc-$v gcc -gdwarf-$v && bytes gcc-$v && linked gcc-$v ld
done
compile gcc-sections gcc -gdwarf-5 -ffunction-sections && bytes gcc-sections
compile gcc-dwarf64 gcc -gdwarf-5 -gdwarf64 && bytes gcc-dwarf64 && linked gcc-dwarf64 ld
# Compressed sections are relocated when they are decompressed; both are of gcc-5.
for z in zlib zstd; do
	if compile gcc-$z gcc -gdwarf-5 -gz=$z; then
		"$test_module" groups "$tmp/gcc-5.ko" >"$tmp/want"
		"$test_module" groups "$tmp/gcc-$z.ko" >"$tmp/got"
		same "gcc-$z: the facts of what is not compressed" "$tmp/want" "$tmp/got"
		readelf -SW "$tmp/gcc-$z.ko" | grep -q ' C  *[0-9]' || not_ok "gcc-$z: something is compressed"
	fi
done
if [ -e "$tmp/gcc-5.ko" ]; then
	objcopy --only-keep-debug "$tmp/gcc-5.ko" "$tmp/alone.ko"
	"$test_module" groups "$tmp/gcc-5.ko" >"$tmp/want"
	"$test_module" groups "$tmp/alone.ko" >"$tmp/got"
	same "debug information alone: the same functions" "$tmp/want" "$tmp/got"
fi
for t in x86_64 i386 aarch64 powerpc64le riscv64 s390x loongarch64; do
	for v in 5 4; do
		compile $t-$v clang --target=$t-linux-gnu -gdwarf-$v || continue
		bytes $t-$v
		[ $t = s390x ] || linked $t-$v ld.lld # of s390x lld 14 knows nothing
	done
done
for v in 5 4; do
	compile arm-$v clang --target=arm-linux-gnueabihf -march=armv7-a -marm -gdwarf-$v || continue
	bytes arm-$v
	linked arm-$v ld.lld
done

# ---- tables ----

command -v pahole >/dev/null && command -v bpftool >/dev/null && command -v python3 >/dev/null || {
	skip "tables of a module" "needs pahole, bpftool and python3"
	finish
}
# tables: NAME.ko with BTF and ids, on a kernel of its own; its facts in $tmp/NAME.facts
tables() {
	local name=$1 cc=$2
	shift 2
	# shellcheck disable=SC2086 # words
	$cc $c "$@" -static -nostdlib -Wl,-e,_start kernel.c -o "$tmp/vmlinux" && pahole -J "$tmp/vmlinux" && compile "$name" "$cc" "$@" &&
		pahole -J --btf_base "$tmp/vmlinux" "$tmp/$name.ko" || return
	# What resolve_btfids does.
	bpftool -B "$tmp/vmlinux" btf dump file "$tmp/$name.ko" | python3 -c '
import re, struct, sys
ids = {m[2]: int(m[1]) for m in re.finditer(r"\[(\d+)\] FUNC .(bpf_mini_\w+).", sys.stdin.read())}
sys.stdout.buffer.write(struct.pack("=6I", 2, 1, ids["bpf_mini_get"], 1, ids["bpf_mini_put"], 6))' >"$tmp/ids"
	objcopy --update-section ".BTF_ids=$tmp/ids" "$tmp/$name.ko"
	"$test_module" dump "$tmp/vmlinux" "$tmp/$name.ko" >"$tmp/$name.facts" 2>"$tmp/log"
}
[ "$(getconf LONG_BIT)" = 64 ] || {
	skip "tables of a module" "what is expected has pointers of 8 bytes"
	finish
}
for cc in gcc clang; do
	if ! tables tables-$cc $cc -gdwarf-5; then
		skip "$cc: tables of a module" "$(head -n 1 "$tmp/log")"
		continue
	fi
	sed 's/long unsigned int/unsigned long/' "$tmp/tables-$cc.facts" >"$tmp/got" # as clang writes it
	same_sorted "$cc: tables of a module: the facts written by hand" expected.txt "$tmp/got"
	# Debug information alone has sections without bytes: nothing is known of tables, and nothing is said.
	objcopy --only-keep-debug "$tmp/tables-$cc.ko" "$tmp/alone.ko"
	"$test_module" dump "$tmp/vmlinux" "$tmp/alone.ko" >"$tmp/got" 2>&1
	equal "$cc: debug information alone: no tables" "alone module  0" "$(grep -v ' attach .* 0$' "$tmp/got")"
	# As a distribution's package has it, without debug information.
	objcopy --strip-debug "$tmp/tables-$cc.ko" "$tmp/stripped.ko"
	"$test_module" dump "$tmp/vmlinux" "$tmp/stripped.ko" >"$tmp/got" 2>&1
	same_sorted "$cc: stripped: the same tables" "$tmp/tables-$cc.facts" "$tmp/got"
done
finish
