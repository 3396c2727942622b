# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The modules of real kernels: of Debian's current one, and of KSURF_MODULES="VMLINUX=FOLDER...", a kernel's debug image and a folder
# with its modules, with debug information. Symbols and owners against readelf; split BTF against bpftool, of every 40th module and nf_conntrack; what is known
# of nf_conntrack; one lane and several the same; types from DWARF the same as from split BTF.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
need python3 bpftool readelf dpkg-deb
dump() { # LANES OUT KERNEL FILE...
	local lanes=$1 out=$2
	shift 2
	"$BUILD/tests/test_extract" dump "$lanes" "$@" >"$out" 2>"$tmp/err"
}

symbols_of() { # FILE...: NAME OWNER, of function symbols that are no padding
	local f m
	for f; do
		m=$(basename "${f%%.ko*}")
		readelf -sW "$f" 2>/dev/null | awk -v m="${m//-/_}" '$4 == "FUNC" && $7 != "UND" && $8 !~ /^__pfx/ {print $8 "\t" m}'
	done
}

# A symbol that ksurf leaves out belongs to a function that no unit has: assembly.
without_dwarf() { # FOLDER, of lines NAME OWNER on stdin
	local name owner f
	sort -k2 | while read -r name owner; do
		if [ "$owner" != "${last:-}" ]; then
			f=$(find "$1" -name "${owner//_/[-_]}.ko" -print -quit)
			readelf --debug-dump=info "$f" 2>/dev/null | sed -n 's/.*DW_AT_name .*: //p' | sort -u >"$tmp/names"
			last=$owner
		fi
		grep -qxF "${name%%.*}" "$tmp/names" && echo "$name $owner"
	done
}

types_of_module() { # VMLINUX FILE
	local tag
	tag=$(basename "$2")
	objcopy -O binary --only-section=.BTF --set-section-flags .BTF=alloc "$2" "$tmp/split"
	if ! bpftool -j -B "$tmp/base.btf" btf dump file "$tmp/split" >"$tmp/split.json" 2>/dev/null; then
		not_ok "$tag: bpftool reads its BTF"
		return
	fi
	exits "$tag: its split BTF is read" 0 "$BUILD/tests/test_btf" dump "$tmp/split" "$tmp/base.btf"
	equal "$tag: without a finding" 1 "$(wc -l <"$tmp/err")"
	python3 tests/kernel/btf.py bpftool "$tmp/out" "$tmp/split.json" "$tmp/base.json" >"$tmp/tap"
	if grep -q '^not ok' "$tmp/tap"; then not_ok "$tag: as bpftool reads it" "$(grep -A2 '^not ok' "$tmp/tap")"; else
		ok "$tag: as bpftool reads it"
	fi
}

constructs() { # DUMP OUT: types of modules, without their order and that of unnamed enumerators; arrays of arrays flat, as pahole has them
	grep -P '^(struct|union|enum|typedef) ' "$1" | awk -F'\t' '$3 != "-"' | python3 -c '
import math, re, sys
def flat(m):
    return "[%d]" % math.prod(map(int, re.findall(r"\d+", m[0])))
for line in sys.stdin:
    line = re.sub(r"(\[\d+\]){2,}", flat, line)
    head = line.rstrip("\n").split("\t")
    print(head[0], *head[2:5], *(sorted(head[5:]) if line.startswith("enum -") else head[5:]), sep="\t")' | sort >"$2"
}

kernel() { # VMLINUX FOLDER
	local v=$1 folder=$2 files n
	find "$folder" -name '*.ko' | sort >"$tmp/list"
	mapfile -t files <"$tmp/list"
	dump 2 "$tmp/two" "$v" "${files[@]}" || not_ok "modules of $v" "$(cat "$tmp/err")"
	note "$(grep -E '^# (modules|join)' "$tmp/err")"
	equal "all modules are there" "${#files[@]}" "$(grep -c ^module "$tmp/two")"
	equal "no finding on modules" "" "$(grep -P '^finding (module|btf)' "$tmp/two")"
	dump 1 "$tmp/one" "$v" "${files[@]}"
	same "one lane: the same" "$tmp/one" "$tmp/two"

	symbols_of "${files[@]}" | sort >"$tmp/want"
	grep ^symbol "$tmp/two" | cut -f1,2 | sed 's/^symbol //' | awk -F'\t' '$2 != "-"' | sort >"$tmp/got"
	equal "no symbol that readelf does not have" "" "$(comm -13 "$tmp/want" "$tmp/got" | head -n 3)"
	n=$(comm -23 "$tmp/want" "$tmp/got" | wc -l)
	note "$(wc -l <"$tmp/want") symbols of functions, $n of them of assembly without debug information"
	equal "symbols left out are of no function in DWARF" "" "$(comm -23 "$tmp/want" "$tmp/got" | without_dwarf "$folder")"

	if grep -q '^module nf_conntrack' "$tmp/two"; then
		check "nf_conntrack_in is nf_conntrack's" grep -qP '^instance nf_conntrack_in\tnf_conntrack\tnet/netfilter/nf_conntrack_core\.c\t' "$tmp/two"
		check "struct nf_conntrack_l4proto is nf_conntrack's" grep -qP '^struct nf_conntrack_l4proto\t0\t(\S+,)?nf_conntrack(,|\t)' "$tmp/two"
		check "struct sk_buff is the kernel's" grep -qP '^struct sk_buff\t0\t-\t' "$tmp/two"
		equal "struct sk_buff is there once" 1 "$(grep -cP '^struct sk_buff\t' "$tmp/two")"
		check "nft_do_chain calls functions of the kernel" grep -qP '^call \S+\t-\t\S+\tnft_do_chain$' "$tmp/two"
	fi
	if bpftool -j btf dump file "$v" >"$tmp/base.json" 2>/dev/null; then
		"$ksurf" btf "$v" >"$tmp/base.btf"
		for f in "${files[@]}"; do
			n=$((n + 1))
			case $f in */nf_conntrack.ko) ;; *) [ $((n % 40)) -eq 0 ] || continue ;; esac
			types_of_module "$v" "$f"
		done
	fi
	dump 2d "$tmp/dwarf" "$v" "${files[@]}"
	constructs "$tmp/two" "$tmp/want"
	constructs "$tmp/dwarf" "$tmp/got"
	same "types of modules from DWARF: those of split BTF" "$tmp/want" "$tmp/got"
	note "$(wc -l <"$tmp/want") types of modules"
}

# Debian's current kernel, and those named.
if ! { vmlinux=$(HOME=$home scripts/fetch-kernel) && package=$(HOME=$home scripts/fetch-kernel --package); } 2>"$tmp/fetch"; then
	skip "modules of Debian's current kernel" "it cannot be had: $(tail -n 1 "$tmp/fetch")"
elif [ "$(df --output=avail -B 1M "$tmp" | tail -n 1)" -lt 4000 ]; then
	skip "modules of Debian's current kernel" "no room for them in $tmp"
else
	mkdir "$tmp/tree"
	dpkg-deb --fsys-tarfile "$package" | tar -x -C "$tmp/tree" --wildcards '*.ko'
	kernel "$vmlinux" "$tmp/tree"
fi
for pair in ${KSURF_MODULES:-}; do kernel "${pair%%=*}" "${pair#*=}"; done
finish
