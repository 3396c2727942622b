# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Kernel data of Debian's current cloud kernel, and of those in KSURF_KERNELS ("VMLINUX VMLINUX..."): tracepoints, syscalls, LSM hooks,
# kfuncs and attach points, against what the image says elsewhere (tests/kernel/data.py), and, for the recorded build, against the
# recorded results.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
need python3
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
	local v=$1 tag btf=()
	tag=$(basename "$v" .vmlinux)
	exits "$tag: its data is read" 0 "$BUILD/tests/test_kernel" dump "$v"
	mv "$tmp/out" "$tmp/dump"
	note "$tag: $(cat "$tmp/err")"
	bpftool -j btf dump file "$v" >"$tmp/btf.json" 2>/dev/null && btf=("$tmp/btf.json")
	python3 tests/kernel/data.py "$tmp/dump" "$v" "${btf[@]}" >"$tmp/tap" 2>&1
	equal "$tag: data.py ends" 0 $?
	tap "$tag" <"$tmp/tap"
	grep -qaF 6.1.192-2 "$v" || return 0
	if [ ! -e "$recorded" ]; then
		skip "$tag: the recorded results" "no ../shared/oracle here"
	else
		python3 tests/kernel/data.py recorded "$tmp/dump" "$recorded" >"$tmp/tap" 2>&1
		equal "$tag: data.py recorded ends" 0 $?
		tap "$tag" <"$tmp/tap"
	fi
}

if debian=$(HOME=$home scripts/fetch-kernel 2>"$tmp/fetch"); then
	kernel "$debian"
else
	skip "Debian's current cloud kernel" "it cannot be had: $(tail -n 1 "$tmp/fetch")"
fi
for v in ${KSURF_KERNELS:-}; do kernel "$v"; done
finish
