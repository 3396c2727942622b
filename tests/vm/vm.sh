# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Debian's current cloud kernel, and those of KSURF_KERNELS (tests/lib.sh): booted in QEMU, and held against what the running kernel
# says of itself. The kernel that boots comes from the same build as the vmlinux.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
need python3 bpftool sqlite3

# The package with the machine, by architecture; what else a boot needs.
declare -A machines=([amd64]=qemu-system-x86 [arm64]=qemu-system-arm [ppc64el]=qemu-system-ppc [riscv64]=qemu-system-misc
	[s390x]=qemu-system-misc)
others=(cpio)

# boots RELEASE ARCH: sets `vmlinuz`, the path of the kernel that boots, and `busybox`. Packages are named after the release; those
# without a signature are of the same upload as the vmlinux.
boots() {
	local suite package packages="linux-image-$1 linux-binary-$1" tools=bookworm # one busybox for all; older ones can do less
	case $1 in
	5.10.*) suite=bullseye ;;
	6.1.*) suite=bookworm ;;
	*+deb13-*) suite=trixie ;;
	*) suite=sid ;;
	esac
	[ "$2" != riscv64 ] || tools=trixie
	[[ $2 != a*64 ]] || packages="linux-image-$1-unsigned linux-binary-unsigned-$1"
	for package in $packages; do
		vmlinuz=$(HOME=$home scripts/fetch-kernel $suite "$package" "$2" 2>"$tmp/fetch") &&
			busybox=$(HOME=$home scripts/fetch-kernel $tools busybox-static "$2" 2>"$tmp/fetch") && return
	done
	return 1
}

# The capture as the kernel itself shows it, for `add --running --root`.
tree() { # CAPTURE ROOT
	local f
	for f in proc/{version,kallsyms,config.gz} proc/sys/kernel/{osrelease,arch} sys/kernel/btf/vmlinux sys/kernel/notes \
		sys/kernel/debug/kprobes/blacklist sys/kernel/tracing/available_filter_functions; do
		[ ! -e "$1/${f//\//.}" ] || install -D -m 644 "$1/${f//\//.}" "$2/$f"
	done
}

# What the running kernel tells, against what its vmlinux tells.
running() { # TAG CAPTURE
	tree "$2" "$tmp/one.root"
	exits "$1: add --running" 0 "$ksurf" --db "$tmp/one.live.db" add --running --root "$tmp/one.root"
	python3 tests/vm/running.py "$2" "$tmp/one.db" "$tmp/one.live.db" "$tmp/one" >"$tmp/lines" 2>"$tmp/err" ||
		not_ok "$1: tests/vm/running.py" "$(cat "$tmp/err")"
	sed "s/ - / - $1: running: /" "$tmp/lines" | tap
}

kernel() { # VMLINUX
	local tag arch vmlinuz busybox capture
	add_and_export one "$1" || return
	IFS='|' read -r tag arch < <(sqlite3 "$tmp/one.db" "SELECT release, arch FROM image")
	if [ -z "${machines[$arch]:-}" ]; then
		skip "$tag: boots" "tests/vm/boot knows no machine for $arch"
	elif ! scripts/setup "${machines[$arch]}" "${others[@]}" 2>"$tmp/err"; then
		skip "$tag: boots" "cannot be installed: ${machines[$arch]} ${others[*]}: $(tail -n 1 "$tmp/err")"
	elif ! boots "$tag" "$arch"; then
		skip "$tag: boots" "its package cannot be had: $(tail -n 1 "$tmp/fetch")"
	elif ! capture=$(HOME=$home tests/vm/boot "$vmlinuz" "$arch" "$busybox" 2>"$tmp/err"); then
		not_ok "$tag: boots" "$(cat "$tmp/err")"
	else
		ok "$tag: boots"
		note "$tag: $(basename "$capture")"
		run "$ksurf" --db "$tmp/one.db" btf "$tag" -o "$tmp/one.btf"
		same "$tag: ksurf btf writes /sys/kernel/btf/vmlinux" "$capture/sys.kernel.btf.vmlinux" "$tmp/one.btf"
		"$BUILD/tests/test_kallsyms" dump "$vmlinuz" >"$tmp/letters" 2>"$tmp/err"
		python3 tests/vm/kallsyms.py "$tmp/letters" "$capture/proc.kallsyms" | sed "s/ - / - $tag: /" | tap
		bpftool -j btf dump file "$capture/sys.kernel.btf.vmlinux" >"$tmp/btf.json"
		python3 tests/vm/compare.py "$capture" "$tmp/one.db" "$tmp/one" "$tmp/btf.json" >"$tmp/lines" 2>"$tmp/err" ||
			not_ok "$tag: tests/vm/compare.py" "$(cat "$tmp/err")"
		sed "s/ - / - $tag: /" "$tmp/lines" | tap
		running "$tag" "$capture"
	fi
	rm -rf "$tmp"/one*
}

each_kernel kernel
finish
