# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Kernels as they boot, against the debug image of the same build: .BTF, banner, build id, each byte of memory and each pointer, and
# what the readers of kernel data make of it. Debian's current cloud kernel, and of KSURF_KERNELS each word SUITE:META:ARCH of a debug
# package, and each "BOOT,DEBUG" of two files. The archive may have the two of different builds: then the pair is skipped.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
need python3

pair() { # BOOT DEBUG
	local tag
	tag=$(basename "$1" .vmlinuz)
	if ! "$BUILD/tests/test_boot" tell "$1" >"$tmp/boot" 2>"$tmp/err"; then
		not_ok "$tag: opens" "$(cat "$tmp/err")"
		return
	fi
	"$BUILD/tests/test_boot" tell "$2" >"$tmp/debug" 2>/dev/null
	if [ "$(grep ^build-id "$tmp/boot")" != "$(grep ^build-id "$tmp/debug")" ] && [ "$(grep ^release "$tmp/boot")" != "$(grep ^release "$tmp/debug")" ]; then
		skip "$tag" "the archive has another build with debug information: $(sed -n 's/^release //p' "$tmp/debug")"
		return
	fi
	"$BUILD/tests/test_boot" same "$1" "$2" >"$tmp/tap" 2>"$tmp/err"
	equal "$tag: test_boot same ends $(cat "$tmp/err")" 0 $?
	sed "s/ - / - $tag: /" "$tmp/tap" | tap
	"$BUILD/tests/test_kallsyms" dump "$1" >"$tmp/boot.letters" 2>"$tmp/err"
	"$BUILD/tests/test_kallsyms" dump "$2" >"$tmp/debug.letters" 2>>"$tmp/err"
	equal "$tag: kallsyms are found in both" "" "$(cat "$tmp/err")"
	same "$tag: $(wc -l <"$tmp/boot.letters") symbols of kallsyms, the same in both" "$tmp/debug.letters" "$tmp/boot.letters"
	for f in boot debug; do
		exits "$tag: data of the $f image is read" 0 "$BUILD/tests/test_kernel" dump "$([ $f = boot ] && echo "$1" || echo "$2")"
		mv "$tmp/out" "$tmp/$f.dump"
	done
	python3 tests/kernel/boot.py "$tmp/boot.dump" "$tmp/debug.dump" "$(sed -n 's/^data-symbols //p' "$tmp/boot")" >"$tmp/tap" 2>&1
	equal "$tag: boot.py ends" 0 $?
	sed "s/ - / - $tag: /" "$tmp/tap" | tap
}

fetch() { HOME=$home scripts/fetch-kernel "$@" 2>"$tmp/fetch"; }

# The kernel that boots is of the package whose name lacks -dbg, or of one that this depends on.
fetched() { # SUITE META ARCH
	local boot debug package
	debug=$(fetch "$1" "$2" "$3") || {
		skip "$*" "it cannot be had: $(tail -n 1 "$tmp/fetch")"
		return
	}
	package=$(basename "$debug")
	package=${package%%-dbg_*}
	for package in "$package-unsigned" "$package" "${package/linux-image-/linux-binary-}"; do
		boot=$(fetch "$1" "$package" "$3") && break
	done
	if [ -n "$boot" ]; then pair "$boot" "$debug"; else skip "$*" "no kernel that boots: $(tail -n 1 "$tmp/fetch")"; fi
}

suite=$(. /etc/os-release && echo "${VERSION_CODENAME:-sid}")
fetched "$suite" linux-image-cloud-amd64-dbg amd64
for word in ${KSURF_KERNELS:-}; do
	case $word in
	*,*) pair "${word%%,*}" "${word#*,}" ;;
	/* | ./*) [ -e "$word" ] || skip "$word" "no such file" ;; # a vmlinux: other tests' food
	*)
		IFS=: read -r s m a <<<"$word"
		fetched "$s" "${m:-linux-image-cloud-amd64-dbg}" "${a:-amd64}"
		;;
	esac
done
finish
