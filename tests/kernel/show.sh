# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Debian's current cloud kernel, and those of KSURF_KERNELS ("VMLINUX VMLINUX..."): the layout of every struct and union against
# pahole's; and where fields went that are known to have gone, between those of the kernels that are there.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
need python3 pahole readelf

layouts() { # VMLINUX
	local v=$1 tag line=64
	tag=$(basename "$v" .vmlinux)
	case $(readelf -h "$v" | sed -n 's/.*Machine: *//p') in
	*S/390*) line=256 ;;
	PowerPC64) line=128 ;;
	esac
	if ! pahole -F btf -c $line "$v" >"$tmp/pahole" 2>/dev/null || [ ! -s "$tmp/pahole" ]; then
		skip "$tag: layouts" "pahole reads no .BTF in it"
		return
	fi
	rm -f "$tmp"/one.db*
	exits "$tag: add" 0 "$ksurf" --db "$tmp/one.db" add "$v"
	for kind in struct union; do
		sed -nE "s/^$kind (\w+) \{$/\1/p" "$tmp/pahole" | sort -u | xargs "$ksurf" --db "$tmp/one.db" show --kind $kind
	done >"$tmp/ksurf"
	check "$tag: layouts are pahole's" python3 tests/kernel/layout.py "$tmp/ksurf" "$tmp/pahole"
	note "$tag: $(python3 tests/kernel/layout.py "$tmp/ksurf" "$tmp/pahole" | tail -n 1)"
}

# went OLD NEW FIELD WANT: where `show` says it went between two versions, "-" for nowhere; skipped without both.
went() {
	local got name="$3 from $1 to $2"
	if ! grep -q "^$1\." "$tmp/versions" || ! grep -q "^$2\." "$tmp/versions"; then
		skip "$name" "needs a $1 and a $2 in KSURF_KERNELS"
		return
	fi
	got=$("$ksurf" --db "$tmp/all.db" show --base "$base" --format json "$3" | python3 -c '
import json, sys
r = json.load(sys.stdin)
version = {i["name"]: i["version"] for i in r["images"]}
for d in r["groups"][0]["differences"]:
    if version[d["old"]].startswith(sys.argv[1] + ".") and version[d["new"]].startswith(sys.argv[2] + "."):
        print(*[m["path"] for c in d["changes"] for m in c.get("successors", c.get("predecessors", []))] or "-")' "$1" "$2")
	equal "$name" "$4" "$got"
}

kernels=()
if debian=$(HOME=$home scripts/fetch-kernel 2>"$tmp/fetch"); then
	kernels+=("$debian")
else
	skip "Debian's current cloud kernel" "it cannot be had: $(tail -n 1 "$tmp/fetch")"
fi
for v in ${KSURF_KERNELS:-}; do kernels+=("$v"); done
for v in "${kernels[@]}"; do layouts "$v"; done

if [ ${#kernels[@]} -gt 1 ]; then
	"$ksurf" --db "$tmp/all.db" -q add "${kernels[@]}" 2>/dev/null
	"$ksurf" --db "$tmp/all.db" images --format json | python3 -c '
import json, sys
for i in json.load(sys.stdin)["images"]:
    if i["arch"] == "amd64": print(i["version"], i["name"])' >"$tmp/versions"
	base=$(tail -n 1 "$tmp/versions" | cut -d" " -f2)
	# 2f064a59a11f: the type changed as well. f3fa33acca9f: the disk is the queue's. 309dca309fc3; bcf9033e5449.
	went 5.10 6.1 task_struct::state __state
	went 5.10 6.1 task_struct::__state state
	went 5.10 6.1 request::rq_disk 'q->disk'
	went 5.10 6.1 bio::bi_disk bi_bdev
	went 5.10 6.1 bio::bi_partno -
	went 5.10 6.1 task_struct::cpu 'thread_info.cpu vtime.cpu'
	went 5.10 6.1 zone::pageset per_cpu_pageset
	went 5.10 6.1 block_device::bd_bdi 'bd_disk->bdi'
	# 3aa63a569c64: what was __i_ctime for a year (13bc24457850) became two numbers.
	went 6.1 6.12 inode::i_ctime 'i_ctime_sec i_ctime_nsec'
	went 6.1 6.12 sk_buff::scm_io_uring -
	went 6.1 6.12 page::pp_frag_count pp_ref_count
	went 6.1 6.12 request_queue::kobj 'disk->queue_kobj'
fi
finish
