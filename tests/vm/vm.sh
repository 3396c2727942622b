# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Debian's current cloud kernel, and those of KSURF_KERNELS (each a vmlinux or a suite of Debian): booted in QEMU, and held against
# what the running kernel says of itself. The kernel that boots comes from the same build as the vmlinux.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
packages="qemu-system-x86 busybox-static cpio"
# shellcheck disable=SC2086 # words
if ! { command -v qemu-system-x86_64 && command -v cpio && [ -x /bin/busybox ]; } >/dev/null && ! scripts/setup $packages 2>"$tmp/err"; then
	skip "a booted kernel" "$packages cannot be installed: $(tail -n 1 "$tmp/err")"
	finish
fi
need python3 bpftool sqlite3

# vmlinuz RELEASE: the path of the kernel that boots. Packages are named after the release, so the first suite that has it is right.
vmlinuz() {
	local suite package
	for suite in "" bookworm trixie bullseye sid; do
		for package in "linux-image-$1-unsigned" "linux-binary-unsigned-$1"; do
			HOME=$home scripts/fetch-kernel $suite "$package" 2>>"$tmp/fetch" && return
		done
	done
	return 1
}

kernel() { # VMLINUX
	local v=$1 tag release boots capture
	add_and_export one "$v" || return
	release=$(sqlite3 "$tmp/one.db" "SELECT release FROM image")
	tag=$release
	if ! boots=$(vmlinuz "$release"); then
		skip "$tag: boots" "its package cannot be had: $(tail -n 1 "$tmp/fetch")"
	elif ! capture=$(HOME=$home tests/vm/boot "$boots" 2>"$tmp/err"); then
		not_ok "$tag: boots" "$(cat "$tmp/err")"
	else
		ok "$tag: boots"
		note "$tag: $(basename "$capture")"
		run "$ksurf" --db "$tmp/one.db" btf "$release" -o "$tmp/one.btf"
		same "$tag: ksurf btf writes /sys/kernel/btf/vmlinux" "$capture/sys.kernel.btf.vmlinux" "$tmp/one.btf"
		bpftool -j btf dump file "$capture/sys.kernel.btf.vmlinux" >"$tmp/btf.json"
		python3 tests/vm/compare.py "$capture" "$tmp/one.db" "$tmp/one" "$tmp/btf.json" >"$tmp/lines" 2>"$tmp/err" ||
			not_ok "$tag: tests/vm/compare.py" "$(cat "$tmp/err")"
		sed "s/ - / - $tag: /" "$tmp/lines" | tap
	fi
	rm -rf "$tmp"/one*
}

each_kernel kernel
finish
