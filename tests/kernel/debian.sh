# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Debian's current cloud kernel, and those of KSURF_KERNELS (tests/lib.sh): held against libdw, against
# bpftool's reading of .BTF, against a C compiler, against itself with another number of lanes, and, for the recorded build,
# against the recorded results.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
need python3 bpftool clang
recorded=$oracle/debian-6.1.0-56-cloud-amd64/func_groups.jsonl.xz

kernel() { # VMLINUX
	local v=$1 tag prefixes=() d n
	tag=$(basename "$v" .vmlinux)
	add_and_export one "$v" -j 1 || return
	add_and_export two "$v" -j 2 || return
	for n in one two; do mv "$tmp/$n" "$tmp/$n.d"; done
	check "$tag: -j 1 and -j 2 export the same bytes" diff -rq "$tmp/one.d" "$tmp/two.d"
	note "$tag: $(wc -l <"$tmp/one.jsonl") functions, database $(($(stat -c %s "$tmp/one.db") / 1024)) KiB"

	# The compilation directories are build trees; Debian's lie in the source tree, below debian/build.
	while IFS= read -r d; do
		prefixes+=("$d/" "${d%%/debian/build/*}/")
	done < <("$BUILD/tests/dw_facts" -d "$v" | awk '{print length($0), $0}' | sort -rn | cut -d' ' -f2-)
	if oracle "$v" "${prefixes[@]}" 2>"$tmp/err"; then
		if cmp -s "$tmp/oracle.jsonl" "$tmp/one.jsonl"; then
			ok "$tag: all groups as libdw gives them ($(wc -l <"$tmp/oracle.jsonl"))"
		else
			not_ok "$tag: all groups as libdw gives them" "$(diff "$tmp/oracle.jsonl" "$tmp/one.jsonl" | grep -c '^>') lines differ" \
				"$(diff "$tmp/oracle.jsonl" "$tmp/one.jsonl" | cut -c1-600 | head -n 8)"
		fi
	else
		skip "$tag: all groups as libdw gives them" "libdw cannot read it: $(head -c 200 "$tmp/err")"
	fi

	if ! "$ksurf" --db "$tmp/one.db" images | grep -q 6.1.0-56-cloud-amd64 || ! grep -qaF 6.1.192-2 "$v"; then
		skip "$tag: the recorded results" "they are of 6.1.0-56-cloud-amd64 (6.1.192-2), another build has other addresses"
	elif [ ! -e "$recorded" ]; then
		skip "$tag: the recorded results" "no ../shared/oracle here"
	else
		args=()
		for d in "${prefixes[@]}"; do args+=(-p "$d"); done
		"$BUILD/tests/dw_facts" -o "${args[@]}" "$v" >"$tmp/facts"
		python3 tests/kernel/compare.py "$tmp/one.jsonl" "$recorded" "$tmp/facts" | sed "s/ - / - recorded: /" | tap
	fi

	if bpftool -j btf dump file "$v" >"$tmp/btf.json" 2>/dev/null; then
		python3 tests/kernel/declarations.py btf "$tmp/one.types" "$tmp/btf.json" | sed "s/ - / - $tag: /" | tap
	else
		skip "$tag: declarations are what BTF says" "it has no .BTF that bpftool reads"
	fi
	python3 tests/kernel/declarations.py pick "$tmp/one.types" 1000 | xargs "$ksurf" --db "$tmp/one.db" show --format md >"$tmp/pages"
	python3 tests/kernel/declarations.py c "$tmp/one.types" "$tmp/pages" >"$tmp/decl.c"
	n=$(sed -n 's/^int compiled = \([0-9]*\);/\1/p' "$tmp/decl.c")
	if [ "${n:-0}" -gt 0 ] && clang -std=gnu17 -fsyntax-only -ffreestanding -fno-builtin -w "$tmp/decl.c" 2>"$tmp/err"; then
		ok "$tag: $n declarations compile"
	else
		not_ok "$tag: ${n:-0} declarations compile" "$(grep -c error "$tmp/err") errors" "$(head -n 30 "$tmp/err")"
	fi
	rm -rf "$tmp"/one* "$tmp"/two* "$tmp/pages" "$tmp/oracle.jsonl"
}

each_kernel kernel
finish
