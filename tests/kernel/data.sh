# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Kernel data of Debian's current cloud kernel, and of those in KSURF_KERNELS ("VMLINUX VMLINUX..."): tracepoints, syscalls, LSM hooks,
# kfuncs and attach points, against what the image says elsewhere (tests/kernel/data.py), and, for the recorded build, against the
# recorded results.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
need python3
recorded=$oracle/debian-6.1.0-56-cloud-amd64

kernel() { # VMLINUX
	local v=$1 tag btf=()
	tag=$(basename "$v" .vmlinux)
	exits "$tag: its data is read" 0 "$BUILD/tests/test_kernel" dump "$v"
	mv "$tmp/out" "$tmp/dump"
	note "$tag: $(cat "$tmp/err")"
	bpftool -j btf dump file "$v" >"$tmp/btf.json" 2>/dev/null && btf=("$tmp/btf.json")
	python3 tests/kernel/data.py "$tmp/dump" "$v" "${btf[@]}" >"$tmp/tap" 2>&1
	equal "$tag: data.py ends" 0 $?
	sed "s/ - / - $tag: /" "$tmp/tap" | tap
	grep -qaF 6.1.192-2 "$v" || return 0
	if [ ! -e "$recorded" ]; then
		skip "$tag: the recorded results" "no ../shared/oracle here"
	else
		python3 tests/kernel/data.py recorded "$tmp/dump" "$recorded" >"$tmp/tap" 2>&1
		equal "$tag: data.py recorded ends" 0 $?
		sed "s/ - / - $tag: /" "$tmp/tap" | tap
	fi
}

each_kernel kernel
finish
