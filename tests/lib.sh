# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What every test script sources. A script says ok, not_ok or skip for each check and ends with `finish`; tests/run counts
# these lines, and takes a script that stops before `finish` as failed. Scripts need neither network nor root.
set -u
shopt -s lastpipe
export LC_ALL=C TZ=UTC NO_COLOR=1
unset KSURF_DB XDG_DATA_HOME
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$top" || exit 2
BUILD=$(realpath -m "${BUILD:-build}")
ksurf=$BUILD/ksurf
oracle=$top/../shared/oracle
tmp=$(mktemp -d "${TMPDIR:-/tmp}/ksurf-test.XXXXXX") || exit 2
trap 'chmod -R u+rwX "$tmp" 2>/dev/null; rm -rf "$tmp"' EXIT
home=$HOME # the user's, for caches
export HOME=$tmp/home
mkdir -p "$HOME"
checks=0

ok() { # NAME
	checks=$((checks + 1))
	echo "ok $checks - $1"
}

not_ok() { # NAME [WHY...]: each WHY may have many lines; the first 40 are shown
	checks=$((checks + 1))
	echo "not ok $checks - $1"
	shift
	[ $# -eq 0 ] || printf '%s\n' "$@" | head -n 40 | sed 's/^/#   /'
}

skip() { # NAME WHY
	checks=$((checks + 1))
	echo "ok $checks - $1 # SKIP $2"
}

note() { # a figure that a reader of the log wants; `make check-kernel` shows these lines
	printf '# %s\n' "$@"
}

# check NAME COMMAND...: ok when the command succeeds; its output is the reason when not.
check() {
	local name=$1 out
	shift
	if out=$("$@" 2>&1); then ok "$name"; else not_ok "$name" "exit $?: $*" "$out"; fi
}

# same NAME WANT GOT: two files with equal bytes.
same() {
	if cmp -s "$2" "$3"; then ok "$1"; else not_ok "$1" "$(diff -u "$2" "$3" 2>&1 | head -n 30)"; fi
}

# same_sorted NAME WANT GOT: two files with equal lines in any order.
same_sorted() {
	sort "$2" >"$tmp/sorted.want"
	sort "$3" >"$tmp/sorted.got"
	same "$1" "$tmp/sorted.want" "$tmp/sorted.got"
}

# equal NAME WANT GOT: two texts.
equal() {
	if [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1" "want: $2" "got:  $3"; fi
}

# run COMMAND...: output into $tmp/out and $tmp/err, the exit code into $code.
run() {
	"$@" >"$tmp/out" 2>"$tmp/err" </dev/null
	code=$?
}

# exits NAME CODE COMMAND...: runs and compares the exit code.
exits() {
	local name=$1 want=$2
	shift 2
	run "$@"
	if [ "$code" -eq "$want" ]; then ok "$name"; else
		not_ok "$name" "exit $code, not $want: $*" "$(head -c 2000 "$tmp/err")"
	fi
}

# tap: counts the TAP lines of another program, on stdin, whose own numbers are dropped.
tap() {
	local line
	while IFS= read -r line; do
		case $line in
		ok*) checks=$((checks + 1)) && echo "ok $checks -${line#*-}" ;;
		"not ok"*) checks=$((checks + 1)) && echo "not ok $checks -${line#*-}" ;;
		"1.."*) ;;
		*) echo "$line" ;;
		esac
	done
}

# each_kernel COMMAND: with the vmlinux of Debian's current cloud kernel, then with those of KSURF_KERNELS: files, or what
# scripts/fetch-kernel takes, SUITE[:META[:ARCH]].
each_kernel() {
	local word v
	for word in "" ${KSURF_KERNELS:-}; do
		v=$word
		# shellcheck disable=SC2086 # none is no argument
		if [ -n "$v" ] && [ -e "$v" ] || v=$(HOME=$home scripts/fetch-kernel ${word//:/ } 2>"$tmp/fetch"); then
			"$1" "$v"
		else
			skip "${word:-the current cloud kernel of Debian}" "it cannot be had: $(tail -n 1 "$tmp/fetch")"
		fi
	done
}

need() { # PROGRAM...: leaves the whole script, skipped, when one is missing
	local p
	for p; do
		command -v "$p" >/dev/null || {
			skip "$(basename "$0")" "needs $p"
			finish
		}
	done
}

finish() {
	echo "1..$checks"
	exit 0
}

# tap: counts the TAP lines of its stdin, which come without numbers.
tap() {
	local line
	while IFS= read -r line; do
		case $line in
		ok*) checks=$((checks + 1)) && echo "ok $checks -${line#*-}" ;;
		"not ok"*) checks=$((checks + 1)) && echo "not ok $checks -${line#*-}" ;;
		"1.."*) ;;
		*) echo "$line" ;;
		esac
	done
}

# ---- helpers that know ksurf ----

# add_and_export NAME VMLINUX [OPTION...]: adds to a store of its own, $tmp/NAME.db, and exports to $tmp/NAME; the groups are then in
# $tmp/NAME.jsonl and the types in $tmp/NAME.types. Says not_ok and returns 1 when that fails.
add_and_export() {
	local name=$1 file=$2 step
	shift 2
	for step in "add $file" "export $tmp/$name"; do
		# shellcheck disable=SC2086 # words
		run "$ksurf" --db "$tmp/$name.db" "$@" $step
		[ "$code" -eq 0 ] || {
			not_ok "$name: $step" "exit $code" "$(head -c 3000 "$tmp/err")"
			return 1
		}
	done
	cat "$tmp/$name"/func_groups/*.jsonl >"$tmp/$name.jsonl"
	cat "$tmp/$name"/types_func/*.jsonl >"$tmp/$name.types"
}

# oracle VMLINUX PREFIX...: the groups as libdw gives them, into $tmp/oracle.jsonl.
oracle() {
	local file=$1 p args=()
	shift
	for p; do args+=(-p "$p"); done
	"$BUILD/tests/dw_facts" "${args[@]}" "$file" >"$tmp/oracle.jsonl"
}

# major COMPILER: its major version.
major() {
	"$1" -dumpversion | cut -d. -f1
}
