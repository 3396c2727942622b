# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Modules of Debian's current cloud kernel, loaded in QEMU, and held against what the running kernel says of them.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
need python3 dpkg-deb
modules="irqbypass kvm libcrc32c nf_defrag_ipv4 nf_defrag_ipv6 nf_conntrack nf_nat nfnetlink nf_tables xfs overlay" # in this order

leave() { # NAME WHY
	skip "$1" "$2"
	finish
}
scripts/setup qemu-system-x86 cpio 2>"$tmp/err" || leave "modules, booted" "cannot be installed: $(tail -n 1 "$tmp/err")"
package=$(HOME=$home scripts/fetch-kernel --package 2>"$tmp/err") || leave "modules, booted" "$(tail -n 1 "$tmp/err")"
dpkg-deb --fsys-tarfile "$package" | tar -x -C "$tmp" --wildcards '*/vmlinux*' '*.ko'
vmlinux=$(find "$tmp" -type f -name 'vmlinux*' | head -n 1)
mkdir "$tmp/m"
for m in $modules; do
	f=$(find "$tmp/usr" -name "$m.ko" | head -n 1)
	[ -n "$f" ] || continue # built in, or gone
	echo "$m" >>"$tmp/m/order"
	objcopy --strip-debug "$f" "$tmp/m/$m.ko"
done
release=$(basename "$(find "$tmp/usr/lib/debug/lib/modules" -mindepth 1 -maxdepth 1 | head -n 1)")
rm -rf "$tmp/keep" && mkdir "$tmp/keep" && mv "$vmlinux" "$tmp/keep/vmlinux" && rm -rf "$tmp/usr"
vmlinuz=$(HOME=$home scripts/fetch-kernel "" "linux-image-$release-unsigned" 2>"$tmp/err") &&
	busybox=$(HOME=$home scripts/fetch-kernel bookworm busybox-static 2>"$tmp/err") || leave "modules, booted" "$(tail -n 1 "$tmp/err")"
if ! capture=$(HOME=$home tests/vm/boot "$vmlinuz" amd64 "$busybox" tests/vm/init-modules "$tmp/m" 2>"$tmp/err"); then
	not_ok "$release: boots with modules" "$(cat "$tmp/err")"
	finish
fi
equal "$release: modules are loaded" "$(sort "$tmp/m/order")" "$(cut -d' ' -f1 "$capture/modules" | sort)"
"$BUILD/tests/test_module" dump "$tmp/keep/vmlinux" "$tmp"/m/*.ko >"$tmp/facts" 2>"$tmp/err" || not_ok "$release: facts" "$(cat "$tmp/err")"
python3 tests/vm/module.py "$capture" "$tmp/facts" >"$tmp/lines" 2>"$tmp/err" || not_ok "$release: module.py" "$(cat "$tmp/err")"
sed "s/ - / - $release: /" "$tmp/lines" | tap
finish
