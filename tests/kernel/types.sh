# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Types that ksurf makes from DWARF, on Debian's current cloud kernel and those of KSURF_KERNELS: held against the image's own .BTF,
# each difference of a named class (types_compare.py), and against themselves with another number of lanes.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
need python3 bpftool readelf clang

kernel() { # VMLINUX
	local v=$1 tag
	tag=$(basename "$v" .vmlinux)
	exits "$tag: types from DWARF" 0 "$ksurf" btf -j 1 --types dwarf "$v" -o "$tmp/made"
	[ "$code" -eq 0 ] || return
	"$ksurf" btf -j 3 --types dwarf "$v" -o "$tmp/made3"
	same "$tag: -j 1 and -j 3 make the same bytes" "$tmp/made" "$tmp/made3"
	if bpftool btf dump file "$tmp/made" format c >"$tmp/made.h" 2>"$tmp/err"; then
		check "$tag: bpftool prints them as C, which compiles" clang -target bpf -fsyntax-only -w "$tmp/made.h"
	else
		not_ok "$tag: bpftool prints them as C" "$(head "$tmp/err")"
	fi
	note "$tag: $(stat -c %s "$tmp/made") bytes"
	if ! "$ksurf" btf --types btf "$v" -o "$tmp/own" 2>/dev/null || ! "$BUILD/tests/btf_facts" "$tmp/own" >"$tmp/own.facts" 2>/dev/null; then
		skip "$tag: types from DWARF are those of .BTF" "it has no .BTF that libbpf reads"
		return
	fi
	"$BUILD/tests/btf_facts" -f "$tmp/own" >"$tmp/own.flat"
	"$BUILD/tests/btf_facts" "$tmp/made" >"$tmp/made.facts"
	"$BUILD/tests/btf_facts" -f "$tmp/made" >"$tmp/made.flat"
	"$BUILD/tests/dw_facts" -s "$v" | sort -u >"$tmp/definitions"
	readelf -sW "$v" | awk '$4 == "FUNC" {print $NF}' | sort -u >"$tmp/symbols"
	python3 tests/kernel/types_compare.py "$tmp/own.facts" "$tmp/made.facts" "$tmp/own.flat" "$tmp/made.flat" "$tmp/definitions" \
		"$tmp/symbols" | sed "s/ - / - $tag: /; s/^# /# $tag: /" | tap
}

each_kernel kernel
finish
