# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The kallsyms tables of Debian's current cloud kernel, and of those in KSURF_KERNELS, found without a look at the symbol table:
# against nm's and readelf's reading of the symbol table, all of them.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
need python3 nm readelf

kernel() { # VMLINUX
	local v=$1 tag
	tag=$(basename "$v" .vmlinux)
	exits "$tag: kallsyms are found" 0 "$BUILD/tests/test_kallsyms" dump "$v"
	mv "$tmp/out" "$tmp/letters"
	exits "$tag: they become symbols" 0 "$BUILD/tests/test_kallsyms" symbols "$v"
	nm "$v" >"$tmp/nm" 2>/dev/null
	readelf -SsW "$v" >"$tmp/readelf" 2>/dev/null
	python3 tests/kernel/kallsyms.py "$tmp/letters" "$tmp/out" "$tmp/nm" "$tmp/readelf" | sed "s/ - / - $tag: /" | tap
}

each_kernel kernel
finish
