# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The constructs of Debian's current cloud kernel, and of those in KSURF_KERNELS ("VMLINUX VMLINUX..."), as ksurf reads them from
# .BTF: against bpftool's reading, all of them, and, for the recorded build, against the recorded types.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
need python3 bpftool
recorded=$oracle/debian-6.1.0-56-cloud-amd64
tap() { # PREFIX: counts the TAP lines of a command's output, which come without our numbers
	local line
	while IFS= read -r line; do
		case $line in
		ok*) checks=$((checks + 1)) && echo "ok $checks - $1:${line#*-}" ;;
		"not ok"*) checks=$((checks + 1)) && echo "not ok $checks - $1:${line#*-}" ;;
		*) echo "$line" ;;
		esac
	done
}

kernel() { # VMLINUX
	local v=$1 tag
	tag=$(basename "$v" .vmlinux)
	if ! bpftool -j btf dump file "$v" >"$tmp/btf.json" 2>/dev/null; then
		skip "$tag: constructs" "it has no .BTF that bpftool reads"
		return
	fi
	exits "$tag: its BTF is read" 0 "$BUILD/tests/test_btf" dump "$v"
	note "$tag: $(head -n 1 "$tmp/err")"
	equal "$tag: without a finding" 1 "$(wc -l <"$tmp/err")"
	python3 tests/kernel/btf.py bpftool "$tmp/out" "$tmp/btf.json" | tap "$tag"

	# The reference had pahole make the BTF anew, in pahole's order, and kept the first of a name.
	grep -qaF 6.1.192-2 "$v" || return 0
	if [ ! -e "$recorded" ]; then
		skip "$tag: the recorded types" "no ../shared/oracle here"
	elif [ "$(pahole --version 2>/dev/null)" != v1.24 ]; then
		skip "$tag: the recorded types" "they are in the order of pahole 1.24"
	else
		pahole --btf_encode_detached "$tmp/pahole.btf" "$v"
		exits "$tag: pahole's BTF is read" 0 "$BUILD/tests/test_btf" dump "$tmp/pahole.btf"
		python3 tests/kernel/btf.py recorded "$tmp/out" "$recorded" | tap "$tag"
	fi
}

if debian=$(HOME=$home scripts/fetch-kernel 2>"$tmp/fetch"); then
	kernel "$debian"
else
	skip "Debian's current cloud kernel" "it cannot be had: $(tail -n 1 "$tmp/fetch")"
fi
for v in ${KSURF_KERNELS:-}; do kernel "$v"; done
finish
