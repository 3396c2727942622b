# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A small kernel and two modules, compiled here, joined: owners, common names, types that are alike or not, with BTF, without,
# stripped and with debug information in a file of its own. And signs that an image is not what it seems.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need gcc objcopy pahole sqlite3
src=$top/tests/fixtures/owners
m=$tmp/m
mkdir "$m"
flags="-std=gnu17 -O2 -g -ffreestanding -fno-pic -fno-stack-protector -fno-asynchronous-unwind-tables -I$src"
module() { # NAME SOURCE RELEASE DIFFERS
	# shellcheck disable=SC2086 # words
	gcc $flags -DRELEASE="\"$3\"" -DDIFFERS="$4" -c "$src/$2" -o "$m/$1"
}
# shellcheck disable=SC2086 # words
gcc $flags -nostdlib -static -no-pie -Wl,-e,_start "$src/kernel.c" -o "$m/vmlinux" || exit 2
module own-a.ko a.c 6.9.0-own-amd64 8
module own_b.ko b.c 6.9.0-own-amd64 8
module other.ko b.c 6.9.1-own-amd64 8
dump() { # LANES FILE...
	run "$BUILD/tests/test_extract" dump "$@"
	[ "$code" -eq 0 ] || not_ok "dump $*" "$(cat "$tmp/err")"
}
has() { # NAME PATTERN [COUNT]
	local n
	n=$(grep -cP -- "$2" "$tmp/out")
	equal "$1" "${3:-1}" "$n"
}

facts_of_both() { # HOW
	has "$1: the kernel's function, called by modules, is one" '^instance kernel_export\t'
	has "$1: and the kernel's" '^instance kernel_export\t-\t'
	has "$1: modules call it" '^call kernel_export\t-\t.*\t(a_export|init_module)$' 2
	has "$1: a module's function that another calls is one" '^instance a_export\t'
	has "$1: and its module's" '^instance a_export\town_a\t'
	has "$1: the other module calls it" '^call a_export\town_a\t.*b\.c\tinit_module$'
	has "$1: each has a helper of its own" '^instance helper\t(-|own_a|own_b)\t' 3
	has "$1: which are a collision across owners" '^func helper\tStatic-Static Collision\tNo\tacross'
	has "$1: two define one name for all" '^func both_define\tGlobal-Global Collision\tNo\tacross'
	has "$1: a copy of an extern inline function is the kernel's" '^instance fortified\t'
	has "$1: symbols have owners" '^symbol init_module\t(own_a|own_b)\t' 2
	has "$1: the kernel's prototype counts" '^proto helper\tint helper\(int n\)$'
	has "$1: a module's prototype, where the kernel has none" '^proto a_export\tint a_export\(int n\)$'
	has "$1: a struct that all have is the kernel's" '^struct shared\t0\t-\t24\t'
	has "$1: and there once" '^struct shared\t'
	has "$1: a struct of both modules" '^struct of_modules\t0\town_a,own_b\t'
	has "$1: a struct of one module" '^struct only_b\t0\town_b\t16\t4\t'
	has "$1: a struct that differs is a variant" '^struct differs\t1\town_a,own_b\t12\t'
	has "$1: the kernel's is the first" '^struct differs\t0\t-\t4\t'
	has "$1: unnamed enums: what is new" '^enum -\t1\town_a\t4\t2\tKERNEL_AGAIN=1\tA_ONE=2$'
	has "$1: both modules" '^module own_[ab]\t' 2
}

# ---- types from DWARF ----
dump 2 "$m/vmlinux" "$m/own_b.ko" "$m/own-a.ko"
facts_of_both DWARF
cp "$tmp/out" "$tmp/two"
dump 1 "$m/vmlinux" "$m/own-a.ko" "$m/own_b.ko"
same "one lane, other order: the same" "$tmp/two" "$tmp/out"

# ---- modules that are not what they seem ----
dump 2 "$m/vmlinux" "$m/other.ko" "$m/own-a.ko" "$m/vmlinux" "$src/a.c"
has "a module of another kernel is left out" '^finding module-of-another-kernel\t1\t.*6\.9\.1-own-amd64'
has "and its functions" '\town_b\t' 0
has "what is no module is a finding" '^finding module-unreadable\t2\t'
has "the one that is right is there" '^module own_a\t'
head -c 1000 "$m/own-a.ko" >"$m/own_cut.ko"
dump 2 "$m/vmlinux" "$m/own_cut.ko" "$m/own_b.ko"
has "a module that is cut off is a finding" '^finding module-unreadable\t1\t.*own_cut'
has "the others are there" '^module own_b\t'

# ---- BTF of the kernel, split BTF of the modules ----
if pahole --help 2>/dev/null | grep -q btf_base && pahole -J "$m/vmlinux" 2>/dev/null &&
	pahole -J --btf_base "$m/vmlinux" "$m/own-a.ko" 2>/dev/null &&
	pahole -J --btf_base "$m/vmlinux" "$m/own_b.ko" 2>/dev/null && objdump -h "$m/own_b.ko" | grep -q '\.BTF'; then
	dump 2 "$m/vmlinux" "$m/own-a.ko" "$m/own_b.ko"
	facts_of_both BTF
	has "BTF: functions of split BTF can be found by fentry" '^func a_export\t.*\tattach 8\t'
	has "BTF: split BTF is kept" '^module own_b\t.*\t[1-9][0-9]*$'
	grep -v '^finding' "$tmp/out" >"$tmp/whole"

	# ---- two files a module: stripped, and its debug information ----
	mkdir "$m/stripped" "$m/debug"
	for f in own-a own_b; do
		objcopy --strip-debug "$m/$f.ko" "$m/stripped/$f.ko"
		objcopy --only-keep-debug "$m/$f.ko" "$m/debug/$f.ko.debug"
	done
	dump 2 "$m/vmlinux" "$m/stripped"/*.ko "$m/debug"/*.debug
	grep -v '^finding' "$tmp/out" >"$tmp/united"
	same "stripped and debug files are united" "$tmp/whole" "$tmp/united"
	dump 2 "$m/vmlinux" "$m/stripped"/*.ko
	has "stripped alone: functions are those with a symbol" '^symbol a_export\town_a\t'
	has "stripped alone: no instances" '^instance .*\town_[ab]\t' 0
	has "stripped alone: types from BTF" '^struct only_b\t0\town_b\t'
	has "stripped alone: says so" '^finding module-no-dwarf\t2\t'

	# ---- a kernel without DWARF ----
	objcopy --strip-debug "$m/vmlinux" "$m/vmlinux-stripped"
	dump 2 "$m/vmlinux-stripped" "$m/own-a.ko" "$m/own_b.ko"
	has "kernel without DWARF: its functions come from symbols" '^func kernel_export\tUnknown\tUnknown\t-\t'
	has "kernel without DWARF: no instances of modules either" '^instance ' 0
	has "kernel without DWARF: three helpers" '^func helper\tSymbol Duplication\tUnknown\tacross\t'
	has "kernel without DWARF: what is known" '^facts [0-9a-f]*[26ae]\t'

	# ---- types alone: raw BTF with raw split BTF beside it ----
	alone=$tmp/alone/amd64/6.9.0-own-amd64
	mkdir -p "$alone"
	"$ksurf" btf "$m/vmlinux" -o "$alone/vmlinux.btf"
	objcopy -O binary --only-section=.BTF --set-section-flags .BTF=alloc "$m/own_b.ko" "$alone/own_b.btf"
	owner_of() { sqlite3 "$1" "SELECT image || ' ' || coalesce(owner, '') FROM struct WHERE name = 'only_b'"; }
	exits "types alone: a folder" 0 "$ksurf" --db "$tmp/alone.db" add --modules all "$tmp/alone"
	equal "types alone: the release is the folder's, the struct is the module's" "6.9.0-own-amd64 own_b" "$(owner_of "$tmp/alone.db")"
	exits "types alone: no module is asked for" 0 "$ksurf" --db "$tmp/alone2.db" add "$tmp/alone"
	equal "types alone: none is read" "" "$(owner_of "$tmp/alone2.db")"
	exits "types alone: beside a whole kernel" 0 "$ksurf" --db "$tmp/alone3.db" add --modules own-b "$m/vmlinux" "$alone/own_b.btf"
	equal "types alone: beside a whole kernel: whose the struct is" "6.9.0-own-amd64 own_b" "$(owner_of "$tmp/alone3.db")"

	# ---- split BTF of another kernel ----
	sed 's/of_kernel/of_colonel/g; s/kernel_only/only_colonel/g' "$src/kernel.c" >"$tmp/colonel.c"
	sed 's/of_kernel/of_colonel_x/g' "$src/common.h" >"$tmp/common.h"
	sed -i 's/of_colonel/of_colonel_x/g; s/struct differs {/struct added { int a; } added; struct differs {/' "$tmp/colonel.c"
	# shellcheck disable=SC2086 # words
	gcc ${flags/$src/$tmp} -nostdlib -static -no-pie -Wl,-e,_start "$tmp/colonel.c" -o "$m/colonel" && pahole -J "$m/colonel"
	dump 2 "$m/colonel" "$m/own_b.ko"
	has "split BTF of another build is no use" '^finding btf-unreadable\t1\t.*another kernel'
	has "types come from DWARF then" '^struct only_b\t0\town_b\t16\t4\t'
else
	skip "split BTF" "pahole here cannot make it"
fi

# ---- images that are not what they seem ----
functions() { # FIRST LAST [TYPE]
	local i
	cat "$src/kernel.c"
	for ((i = $1; i <= $2; i++)); do echo "int NOINLINE traced_$i(${3:-int} n); int traced_$i(${3:-int} n) { return (int)(n + $i); }"; done
}
build() { # OUT FLAGS...: of stdin
	local out=$1
	shift
	cat >"$tmp/f.c"
	# shellcheck disable=SC2086 # words
	gcc $flags -nostdlib -static -no-pie -Wl,-e,_start -pg -mfentry -mrecord-mcount "$@" "$tmp/f.c" -o "$out" \
		-Wl,--defsym=__fentry__=_start -Wl,--defsym=__start_mcount_loc=__start___mcount_loc \
		-Wl,--defsym=__stop_mcount_loc=__stop___mcount_loc
}
with_btf() { # IMAGE OF-IMAGE: the image, with the types of another one
	"$ksurf" btf --types dwarf -o "$tmp/types" "$2" 2>/dev/null || "$ksurf" btf --types dwarf "$2" >"$tmp/types"
	objcopy --add-section .BTF="$tmp/types" "$1" "$1.btf"
	dump 2 "$1.btf"
}
if functions 1 40 | build "$m/own" 2>"$tmp/why"; then
	functions 1 40 long | build "$m/prototypes"
	functions 21 60 | build "$m/others"
	functions 1 20 | build "$m/fewer"
	with_btf "$m/own" "$m/own"
	has "its own types: no doubt" '^finding (btf|debug)-' 0
	with_btf "$m/own" "$m/prototypes"
	has "other prototypes: another build" '^finding btf-other-build\t'
	with_btf "$m/own" "$m/others"
	has "other functions: another build" '^finding btf-other-build\t'
	with_btf "$m/own" "$m/fewer"
	has "fewer functions: dropped" '^finding btf-functions-dropped\t20\t'
	has "fewer functions: not another build" '^finding btf-other-build\t' 0
else
	skip "doubts about .BTF" "the compiler here has no -mrecord-mcount: $(head -n 1 "$tmp/why")"
fi
{ functions 1 1 && echo 'void __tsan_read8(void *p); void __tsan_read8(void *p) { (void)p; }'; } >"$tmp/kcsan.c"
# shellcheck disable=SC2086 # words
gcc $flags -nostdlib -static -no-pie -Wl,-e,_start "$tmp/kcsan.c" -o "$m/kcsan"
dump 1 "$m/kcsan"
has "a kernel built for debugging" '^finding debug-flavor\t1\t.*KCSAN'
sed 's/6.9.0-own-amd64/6.9.0-own.fc40.x86_64+debug/' "$src/kernel.c" >"$tmp/f.c"
# shellcheck disable=SC2086 # words
gcc $flags -nostdlib -static -no-pie -Wl,-e,_start "$tmp/f.c" -o "$m/debug-name"
dump 1 "$m/debug-name"
has "a kernel that calls itself so" '^finding debug-flavor\t1\t.*its name'
finish
