# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# `ksurf add --running` on a tree made here: what a kernel like the small one of tests/fixtures would show of itself in /proc and
# /sys. What it tells is what its vmlinux tells, as far as it can be seen, and what cannot be seen is said.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need python3 nm objcopy
fix=$BUILD/fixtures
tests/fixtures/build.sh "$fix"
# A kernel with DWARF and BTF, as distributions build it.
vmlinux=$tmp/vmlinux
"$ksurf" btf --types dwarf -o "$tmp/btf" "$fix/gcc-5.vmlinux"
objcopy --add-section .BTF="$tmp/btf" "$fix/gcc-5.vmlinux" "$vmlinux"
root=$tmp/root
has() { # NAME TEXT FILE: the text stands in the file
	if grep -qF -- "$2" "$3"; then ok "$1"; else not_ok "$1" "no '$2' in:" "$(head -c 1500 "$3")"; fi
}
hasnt() {
	if grep -qF -- "$2" "$3"; then not_ok "$1" "'$2' in:" "$(head -c 1500 "$3")"; else ok "$1"; fi
}
# tree ROOT: all that such a kernel shows, two modules among it, of which one has types.
tree() {
	mkdir -p "$1"/proc/sys/kernel "$1"/sys/kernel/{btf,tracing,debug/kprobes} "$1"/sys/module/zoo/notes "$1"/boot
	# What a linker script adds to a kernel's symbols, and what is made at run time.
	{
		nm -n "$vmlinux"
		echo "0000000000401000 T _stext"
		echo "0000000000402000 T _etext"
	} | sort >"$1/proc/kallsyms"
	{
		printf 'ffffffffa0000000 t bpf_prog_0123456789abcdef\t[bpf]\n'
		printf 'ffffffffa0001000 t ftrace_trampoline\t[__builtin__ftrace]\n'
		printf 'ffffffffc0000000 t zoo_open\t[zoo]\nffffffffc0000040 T zoo_close\t[zoo]\nffffffffc0001000 d zoo_data\t[zoo]\n'
		printf 'ffffffffc0100000 t ark_open\t[ark]\n'
	} >>"$1/proc/kallsyms"
	strings "$vmlinux" | grep '^Linux version' >"$1/proc/version"
	echo 6.9.0-fix-amd64 >"$1/proc/sys/kernel/osrelease"
	echo x86_64 >"$1/proc/sys/kernel/arch"
	cp "$tmp/btf" "$1/sys/kernel/btf/vmlinux"
	# Split BTF without a type of its own: the header, no types, one empty string.
	printf '\237\353\1\0\30\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\0' | tee "$1/sys/kernel/btf/zoo" >"$1/sys/kernel/btf/ark"
	objcopy -O binary --only-section=.note.gnu.build-id "$vmlinux" "$1/sys/kernel/notes"
	cp "$1/sys/kernel/notes" "$1/sys/module/zoo/notes/.note.gnu.build-id"
	printf 'CONFIG_X86_64=y\n# CONFIG_SOUP is not set\n' >"$1/boot/config-6.9.0-fix-amd64"
	printf 'both\ntail\nzoo_open [zoo]\n' >"$1/sys/kernel/tracing/available_filter_functions"
	printf '0x0000000000401180-0x0000000000401190\ttail\n' >"$1/sys/kernel/debug/kprobes/blacklist"
}
tree "$root"
facts() { # DB: what both can know, as lines: names, symbols, types
	local out
	out=$(mktemp -d "$tmp/facts.XXXX")
	"$ksurf" --db "$1" export "$out" >/dev/null 2>&1
	python3 - "$out" <<-'PY'
		import glob, json, sys
		for path in sorted(glob.glob(sys.argv[1] + "/*/*.jsonl")):
		    kind = path.split("/")[-2]
		    for line in open(path):
		        d = json.loads(line)
		        if kind == "func_groups":
		            for s in d["symbols"]:
		                print(kind, d["name"], s["name"], hex(s["addr"]), s["section"], s["bind"])
		        else:
		            print(kind, json.dumps(d, sort_keys=True))
	PY
}

exits "the vmlinux" 0 "$ksurf" --db "$tmp/file.db" add "$vmlinux"
facts "$tmp/file.db" | sort >"$tmp/file.facts"
exits "the running kernel" 0 "$ksurf" --db "$tmp/live.db" add --running --root "$root"
cp "$tmp/err" "$tmp/said"
has "it is named by its release" "added 6.9.0-fix-amd64: " "$tmp/said"
has "what cannot be known is said" "no DWARF" "$tmp/said"
hasnt "nothing is unseen" "not seen" "$tmp/said"
facts "$tmp/live.db" | sort >"$tmp/live.facts"
grep -v ' \[[a-z]*\] ' "$tmp/live.facts" >"$tmp/kernel.facts"
grep -v -e '_stext' -e '_etext' "$tmp/kernel.facts" >"$tmp/live.kernel"
# DWARF tells prototypes of functions that BTF has not.
comm -23 "$tmp/file.facts" "$tmp/live.kernel" | grep -v '^types_func' >"$tmp/more"
comm -13 "$tmp/file.facts" "$tmp/live.kernel" >>"$tmp/more"
same "functions, symbols and types are the vmlinux's" /dev/null "$tmp/more"
equal "there are some" 1 "$(grep -c '^func_groups with_types' "$tmp/live.kernel")"
grep -o ' [a-z_]* [0-9a-fx]* \[[a-z]*\] .*' "$tmp/live.facts" | sort >"$tmp/modules"
printf '%s\n' ' ark_open 0xffffffffc0100000 [ark] STB_LOCAL' ' zoo_close 0xffffffffc0000040 [zoo] STB_GLOBAL' \
	' zoo_open 0xffffffffc0000000 [zoo] STB_LOCAL' >"$tmp/want"
same "functions of modules, and of nothing else" "$tmp/want" "$tmp/modules"
run "$ksurf" --db "$tmp/live.db" show --kind config CONFIG_SOUP
has "the config is that of /boot" "CONFIG_SOUP" "$tmp/out"
exits "the same kernel again" 0 "$ksurf" --db "$tmp/live.db" add --running --root "$root/"
has "the same kernel again: says already" already "$tmp/err"
exits "the vmlinux of a running kernel" 0 "$ksurf" --db "$tmp/live.db" add "$vmlinux"

# ---- what cannot be seen ----
# unseen NAME TEXT: the kernel is added all the same, and TEXT is said.
unseen() {
	rm -f "$tmp/part.db"
	exits "$1: added" 0 "$ksurf" --db "$tmp/part.db" add --running --root "$part"
	has "$1: said" "$2" "$tmp/err"
}
part=$tmp/part
each() { # a tree anew
	rm -rf "$part"
	tree "$part"
}
each && sed -i 's/^[0-9a-f]*/0000000000000000/' "$part/proc/kallsyms"
unseen "hidden addresses" "/proc/kallsyms: addresses"
facts "$tmp/part.db" | awk '/^func_groups/ {print $3}' | sort -u >"$tmp/names"
awk '/^func_groups/ {print $3}' "$tmp/live.facts" | sort -u >"$tmp/want"
same "hidden addresses: the same functions" "$tmp/want" "$tmp/names"
each && rm -r "$part/sys/kernel/btf"
unseen "no BTF" "/sys/kernel/btf/vmlinux"
each && rm "$part/sys/kernel/btf/ark"
unseen "a module without BTF" "/sys/kernel/btf: types of 1 of 2 modules"
each && rm -r "$part/sys/kernel/tracing"
unseen "no tracefs" "/sys/kernel/tracing/available_filter_functions"
each && mkdir "$part/sys/kernel/debug/tracing" && mv "$part/sys/kernel/tracing"/* "$part/sys/kernel/debug/tracing/"
rm -f "$tmp/part.db"
run "$ksurf" --db "$tmp/part.db" add --running --root "$part"
hasnt "tracefs in debugfs" "not seen" "$tmp/err"
each && rm -r "$part/sys/kernel/debug"
unseen "no debugfs" "/sys/kernel/debug/kprobes/blacklist"
each && rm -r "$part/boot"
unseen "no config" "config:"
each && rm "$part/sys/kernel/notes"
unseen "no build id" "/sys/kernel/notes"
each && rm "$part/proc/kallsyms"
unseen "no kallsyms" "/proc/kallsyms"
each && echo "what is this" >>"$part/proc/kallsyms"
unseen "kallsyms that make no sense" "/proc/kallsyms: 1 lines"
each && rm "$part/proc/version"
rm -f "$tmp/part.db"
run "$ksurf" --db "$tmp/part.db" add --running --root "$part"
has "no /proc/version: the release is known" "added 6.9.0-fix-amd64: " "$tmp/err"
each && rm "$part/proc/sys/kernel/arch"
rm -f "$tmp/part.db"
exits "the architecture from the config" 0 "$ksurf" --db "$tmp/part.db" add --running --root "$part"
each && rm -r "$part/proc/sys/kernel/arch" "$part/boot"
exits "no architecture" 3 "$ksurf" --db "$tmp/none.db" add --running --root "$part"
has "no architecture: said" "architecture" "$tmp/err"
each && rm "$part/proc/kallsyms" "$part/sys/kernel/btf/vmlinux"
exits "neither types nor symbols" 3 "$ksurf" --db "$tmp/none.db" add --running --root "$part"
each && rm "$part/proc/kallsyms" && mkfifo "$part/proc/kallsyms"
unseen "a pipe is not waited for" "/proc/kallsyms: not a file"
each && gzip -c "$part/boot/config-6.9.0-fix-amd64" >"$part/proc/config.gz" && rm -r "$part/boot"
rm -f "$tmp/part.db"
run "$ksurf" --db "$tmp/part.db" add --running --root "$part"
hasnt "/proc/config.gz" "not seen" "$tmp/err"
each && head -c 40 /dev/urandom >"$part/proc/config.gz"
rm -f "$tmp/part.db"
exits "/proc/config.gz that is none: the next is read" 0 "$ksurf" --db "$tmp/part.db" add --running --root "$part"
hasnt "/proc/config.gz that is none: nothing is missing" "not seen" "$tmp/err"

# ---- bytes that are not what they should be ----
for f in proc/kallsyms sys/kernel/btf/vmlinux sys/kernel/btf/zoo sys/kernel/notes proc/version proc/sys/kernel/arch \
	sys/kernel/tracing/available_filter_functions sys/kernel/debug/kprobes/blacklist; do
	each && head -c 100000 /dev/urandom >"$part/$f"
	rm -f "$tmp/part.db"
	run "$ksurf" --db "$tmp/part.db" add --running --root "$part"
	if [ "$code" -eq 0 ] || [ "$code" -eq 3 ]; then ok "noise in $f"; else not_ok "noise in $f" "exit $code" "$(head -c 1000 "$tmp/err")"; fi
done

# ---- misuse ----
exits "--running takes no PATH" 2 "$ksurf" --db "$tmp/none.db" add --running "$vmlinux"
exits "--root without --running" 2 "$ksurf" --db "$tmp/none.db" add --root "$root" "$vmlinux"
exits "a root that is not there" 3 "$ksurf" --db "$tmp/none.db" add --running --root "$tmp/nowhere"
finish
