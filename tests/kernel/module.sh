# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Modules of Debian's debug kernel: their debug sections byte by byte as libdwfl relocates them, their functions as libdw reads them, and
# what their tables say against their symbols and relocations (module.py). KSURF_PACKAGES names more -dbg packages, as files.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
need python3 bpftool dpkg-deb
test_module=$BUILD/tests/test_module

# some N: of the names on stdin, N spread over all
some() {
	sort | awk -v n="$1" '{a[NR] = $0} END {s = NR / n; if (s < 1) s = 1; for (i = 1; i <= NR; i += s) print a[int(i)]}'
}

relocated() { # NAME MODULES
	local f n=0 bad=
	while read -r f; do
		if ! "$BUILD/tests/ko_bytes" "$f" >"$tmp/bytes" 2>"$tmp/log"; then
			skip "$1: bytes as libdwfl relocates them" "$(head -n 1 "$tmp/log")"
			return
		fi
		n=$((n + 1))
		"$test_module" same "$f" "$tmp/bytes" >>"$tmp/differ" || bad=1
	done <"$2"
	if [ -z "$bad" ] && [ $n -gt 0 ]; then ok "$1: bytes of $n modules as libdwfl relocates them"; else
		not_ok "$1: bytes of $n modules as libdwfl relocates them" "$(cat "$tmp/differ")"
	fi
}

# Paths below the kernel's tree: what libdw makes of them names the folders of the build.
paths() {
	sed -E 's,/[^ :]*/linux-[0-9.]+/,,g; s,debian/build/build_[a-z0-9_-]*/,,g'
}

functions() { # NAME MODULES
	local f n=0
	: >"$tmp/want" && : >"$tmp/got"
	while read -r f; do
		if ! "$BUILD/tests/dw_facts" -m "$f" >"$tmp/groups" 2>"$tmp/log"; then
			skip "$1: functions as libdw reads them" "$(head -n 1 "$tmp/log")"
			return
		fi
		python3 tests/kernel/module.py groups "$f" <"$tmp/groups" | paths | sort >>"$tmp/want"
		"$test_module" groups "$f" | grep -E ' at .* external | symbol ' | paths | sort >>"$tmp/got"
		n=$((n + 1))
	done <"$2"
	same "$1: $(grep -c ' at ' "$tmp/want") instances of functions in $n modules as libdw reads them" "$tmp/want" "$tmp/got"
}

package() { # FILE
	local name=${1##*/} dir=$tmp/modules vmlinux
	name=${name%%_*}
	rm -rf "$dir" && mkdir "$dir"
	dpkg-deb --fsys-tarfile "$1" | tar -x -C "$dir" --wildcards '*/vmlinux*' '*/net/*.ko' '*/fs/*.ko' '*/kvm*.ko' 2>/dev/null
	vmlinux=$(find "$dir" -type f -name 'vmlinux*' | head -n 1)
	find "$dir" -name '*.ko' | sort >"$tmp/all"
	[ -s "$tmp/all" ] && [ -n "$vmlinux" ] || {
		not_ok "$name: has a kernel and modules"
		return
	}
	some 60 <"$tmp/all" >"$tmp/few"
	relocated "$name" "$tmp/few"
	some 10 <"$tmp/all" >"$tmp/few"
	functions "$name" "$tmp/few"
	mapfile -t files <"$tmp/all"
	"$test_module" dump "$vmlinux" "${files[@]}" >"$tmp/facts" 2>"$tmp/log"
	python3 tests/kernel/module.py "$vmlinux" "$tmp/facts" "${files[@]}" >"$tmp/said" 2>&1
	code=$?
	if [ $code -eq 0 ]; then ok "$name: tables: $(head -n 1 "$tmp/said")"; else
		not_ok "$name: tables" "$(cut -c1-400 "$tmp/said")" "$(cat "$tmp/log")"
	fi
	rm -rf "$dir"
}

packages=${KSURF_PACKAGES:-}
if p=$(HOME=$home scripts/fetch-kernel --package 2>"$tmp/fetch"); then
	packages="$p $packages"
elif [ -z "$packages" ]; then
	skip "modules of the current cloud kernel of Debian" "the package cannot be had: $(tail -n 1 "$tmp/fetch")"
fi
for p in $packages; do
	package "$p"
done
finish
