# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The command line: exit codes, streams, help = man = completion = README, and each command's plain use.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need python3
fix=$BUILD/fixtures
tests/fixtures/build.sh "$fix"
db=$tmp/k.db
has() { # NAME TEXT FILE: the text stands in the file
	if grep -qF -- "$2" "$3"; then ok "$1"; else not_ok "$1" "no '$2' in:" "$(head -c 1500 "$3")"; fi
}
silent() { # NAME FILE
	if [ -s "$2" ]; then not_ok "$1" "$(head -c 1000 "$2")"; else ok "$1"; fi
}

# ---- help, man, completion, version ----
exits "help" 0 "$ksurf" help
cp "$tmp/out" "$tmp/help"
silent "help: nothing on stderr" "$tmp/err"
exits "no command is misuse" 2 "$ksurf"
silent "no command: nothing on stdout" "$tmp/out"
for w in -h --help; do
	run "$ksurf" "$w"
	same "$w = help" "$tmp/help" "$tmp/out"
done
exits "--version" 0 "$ksurf" --version
grep -qE '^ksurf [0-9]+\.[0-9]+' "$tmp/out" && ok "--version says a number" || not_ok "--version says a number" "$(cat "$tmp/out")"
exits "help --man" 0 "$ksurf" help --man
cp "$tmp/out" "$tmp/man"
# The man page as plain text, without font changes.
sed 's/\\-/-/g; s/\\f[BIRP]//g; s/\\(aq/'"'"'/g; s/\\&//g; s/^\.[A-Z]* *//; s/"//g' "$tmp/man" | tr -s ' \n' '  ' >"$tmp/man.txt"
exits "help --completion bash" 0 "$ksurf" help --completion bash
cp "$tmp/out" "$tmp/completion"
check "completion is bash" bash -n "$tmp/completion"
exits "help of an unknown command" 2 "$ksurf" help nonsense
commands=$(sed -n '/^commands:/,/^$/s/^  \([a-z]*\) .*/\1/p' "$tmp/help")
for want in add images remove show pages merge import export help; do
	grep -qx "$want" <<<"$commands" && ok "help lists $want" || not_ok "help lists $want"
done
for c in $commands; do
	exits "help $c" 0 "$ksurf" help "$c"
	cp "$tmp/out" "$tmp/help.$c"
	run "$ksurf" "$c" -h
	same "$c -h = help $c" "$tmp/help.$c" "$tmp/out"
	has "$c is in the man page" "$c" "$tmp/man"
	# Each option with its explanation.
	lacks=
	while IFS= read -r line; do
		name=$(grep -oE -- '--[a-z-]+' <<<"$line" | head -n 1)
		text=$(sed -E 's/^ +(-., )?--[a-z-]+( [^ ]+)?  +//' <<<"$line")
		grep -qF -- "$name" "$tmp/man.txt" && grep -qF -- "$text" "$tmp/man.txt" || lacks+="$name: $text"$'\n'
		grep -qF -- "$name" "$tmp/completion" || lacks+="completion: $name"$'\n'
	done < <(awk '/^ +(-., )?--/ {if (o) print o; o = $0; next} /^ {20}/ && o {sub(/^ +/, " "); o = o $0; next}
		{if (o) print o; o = ""} END {if (o) print o}' "$tmp/help.$c")
	if [ -z "$lacks" ]; then ok "$c: help = man = completion"; else not_ok "$c: help = man = completion" "$lacks"; fi
done
if command -v groff >/dev/null; then
	equal "groff has no complaint about the man page" "" "$(groff -man -ww -Tutf8 "$tmp/man" 2>&1 >/dev/null)"
else
	skip "groff has no complaint about the man page" "no groff"
fi
completes() { # NAME WANT WORD...
	local name=$1 want=$2
	shift 2
	bash -c '. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _ksurf; printf "%s\n" "${COMPREPLY[@]}"' x "$tmp/completion" "$@" >"$tmp/out" 2>&1
	grep -qx -- "$want" "$tmp/out" && ok "$name" || not_ok "$name" "$(cat "$tmp/out")"
}
completes "completion of a command" images ksurf im
completes "completion of an option" --style ksurf show --st
completes "completion of a value" depsurf ksurf show --style d

# ---- misuse: 2, words on stderr only ----
misuse() {
	local name="misuse: ${*:-nothing}"
	run "$ksurf" --db "$db" "$@"
	if [ "$code" -eq 2 ] && [ -s "$tmp/err" ] && [ ! -s "$tmp/out" ]; then ok "$name"; else
		not_ok "$name" "exit $code" "$(head -c 500 "$tmp/out" "$tmp/err")"
	fi
}
misuse
misuse nonsense
misuse --nonsense
misuse add
misuse add --modules
misuse add --unpack-max 0 x
misuse add --unpack-max 5X x
misuse add --unpack-max 20000000000G x
misuse add --running x
misuse add --root / x
misuse add --module x y
misuse btf --modules x y
misuse merge
misuse show
misuse pages
misuse import
misuse export
misuse remove
misuse images extra
misuse pages a b
misuse show --format xml x
misuse show --kind soup x
misuse show --style soup x
misuse show --style
misuse -j x images
misuse -j 0 images
misuse -j -1 images
misuse --color sometimes images
misuse images --force
misuse help --completion fish
misuse --db
[ ! -e "$db" ] && ok "misuse makes no store" || not_ok "misuse makes no store"

# ---- the plain use ----
exits "add" 0 "$ksurf" --db "$db" add "$fix/gcc-5.vmlinux" "$fix/clang-5-arm64.vmlinux" "$fix/clang-5.vmlinux"
run "$ksurf" --db "$tmp/q.db" --quiet add "$fix/gcc-5.vmlinux"
cat "$tmp/out" "$tmp/err" >"$tmp/both"
silent "add --quiet says nothing" "$tmp/both"
run "$ksurf" --db "$tmp/s.db" add --stats "$fix/gcc-5.vmlinux"
cat "$tmp/out" "$tmp/err" >"$tmp/both"
[ "$(grep -cE ' [0-9]+\.[0-9]+ +[0-9]+ +[0-9]+$' "$tmp/both")" -ge 3 ] && ok "add --stats: a line a pass" || not_ok "add --stats: a line a pass" "$(cat "$tmp/both")"
exits "images" 0 "$ksurf" --db "$db" images
for i in 6.9.0-fix-amd64-amd64 6.9.0-fix-amd64-arm64; do
	grep -qE "6\.9\.0-fix" "$tmp/out" && ok "images: ${i##*-}" || not_ok "images: ${i##*-}" "$(cat "$tmp/out")"
done
for f in term md json; do
	exits "images --format $f" 0 "$ksurf" --db "$db" images --format $f
	[ -s "$tmp/out" ] && ok "images --format $f: something" || not_ok "images --format $f: something"
done
check "images --format json is JSON" python3 -m json.tool "$tmp/out"
exits "show" 0 "$ksurf" --db "$db" show both
has "show: the name" both "$tmp/out"
silent "show: nothing on stderr" "$tmp/err"
grep -q $'\033' "$tmp/out" && not_ok "no colour into a pipe" || ok "no colour into a pipe"
run env -u NO_COLOR "$ksurf" --db "$db" --color always show both
grep -q $'\033' "$tmp/out" && ok "--color always" || not_ok "--color always" "$(cat "$tmp/out")"
run "$ksurf" --db "$db" show --format json both
cp "$tmp/out" "$tmp/json"
check "show --format json is JSON with a schema version" python3 -c 'import json, sys
d = json.load(open(sys.argv[1]))
sys.exit(not any("schema" in k or "version" in k for k in d))' "$tmp/json"
exits "several formats at once" 0 "$ksurf" --db "$db" show --format md --output "$tmp/o.md" --format json --output "$tmp/o.json" both
same "several formats at once: JSON" "$tmp/json" "$tmp/o.json"
has "several formats at once: Markdown" '# Function: <code>both</code>' "$tmp/o.md"
silent "several formats at once: nothing on stdout" "$tmp/out"
exits "a name that no image has: 1" 1 "$ksurf" --db "$db" show recursee
cat "$tmp/out" "$tmp/err" >"$tmp/both"
has "a name that no image has: the nearest" recurse "$tmp/both"
exits "two names" 0 "$ksurf" --db "$db" show both tail
exits "a name there and one not: 1" 1 "$ksurf" --db "$db" show both no_such_name_at_all

# ---- pages = show, for each function and style ----
for style in ksurf depsurf; do
	exits "pages --style $style" 0 "$ksurf" --db "$db" pages --style $style "$tmp/pages-$style"
	bad= n=0
	for f in "$tmp/pages-$style"/*/*.md; do
		name=$(basename "$f" .md)
		n=$((n + 1))
		"$ksurf" --db "$db" show --style $style --format md "$name" >"$tmp/one.md" 2>&1
		cmp -s "$tmp/one.md" "$f" || bad+="$name "
		letter=$(sed 's/^[^a-zA-Z]*//' <<<"$name" | cut -c1 | tr A-Z a-z)
		[ "$(basename "$(dirname "$f")")" = "${letter:-_}" ] || bad+="$name(folder) "
	done
	if [ -z "$bad" ] && [ "$n" -gt 30 ]; then ok "pages --style $style: $n pages, each as show gives it"; else not_ok "pages --style $style: $n pages, each as show gives it" "$bad"; fi
done
exits "pages on one lane" 0 "$ksurf" --db "$db" -j 1 pages "$tmp/pages-1"
check "pages: the same on one lane" diff -r "$tmp/pages-1" "$tmp/pages-ksurf"

# ---- names of images ----
exits "an image by a part of its name" 0 "$ksurf" --db "$db" export "$tmp/part" arm64
equal "an image by a part of its name: that one" 1 "$(ls "$tmp/part/func_groups" | wc -l)"
run "$ksurf" --db "$db" remove 6.9
if [ "$code" -ne 0 ] && grep -q arm64 "$tmp/err"; then ok "an ambiguous part is refused, and says between which"; else not_ok "an ambiguous part is refused, and says between which" "exit $code" "$(cat "$tmp/err")"; fi
run "$ksurf" --db "$db" remove 1.2.3
if [ "$code" -ne 0 ] && [ -s "$tmp/err" ]; then ok "an unknown image is refused"; else not_ok "an unknown image is refused" "exit $code"; fi
exits "show --base" 0 "$ksurf" --db "$db" show --base arm64 both
exits "remove" 0 "$ksurf" --db "$db" remove arm64
before=$(stat -c %s "$db")
"$BUILD/tests/gen_dwarf" "$tmp/large.vmlinux" v5 good=3000
"$ksurf" --db "$db" add "$tmp/large.vmlinux" >/dev/null 2>&1
between=$(stat -c %s "$db")
"$ksurf" --db "$db" remove 6.9.0-gen >/dev/null 2>&1
after=$(stat -c %s "$db")
[ "$between" -gt $((before + 50000)) ] && [ "$after" -lt $((before + 20000)) ] && ok "remove gives space back" ||
	not_ok "remove gives space back" "$before bytes, with a large image $between, without it $after"

# ---- import and export ----
exits "export" 0 "$ksurf" --db "$db" export "$tmp/set"
exits "import" 0 "$ksurf" --db "$tmp/i.db" import "$tmp/set"
exits "export again" 0 "$ksurf" --db "$tmp/i.db" export "$tmp/set2"
check "what was imported is exported" diff -r "$tmp/set/func_groups" "$tmp/set2/func_groups"
check "what was imported is exported: types" diff -r "$tmp/set/types_func" "$tmp/set2/types_func"

# ---- merge ----
"$ksurf" --db "$tmp/m1.db" add "$fix/gcc-5.vmlinux" >/dev/null 2>&1
"$ksurf" --db "$tmp/m2.db" add "$fix/clang-5-arm64.vmlinux" "$fix/gcc-5.vmlinux" >/dev/null 2>&1
exits "merge" 0 "$ksurf" --db "$tmp/m.db" merge "$tmp/m1.db" "$tmp/m2.db"
has "merge: says what happened to each image" "is in the store already" "$tmp/err"
has "merge: and to all" "added: 2, replaced: 0, there already: 1" "$tmp/err"
"$ksurf" --db "$tmp/m2.db" export "$tmp/m2" >/dev/null 2>&1
"$ksurf" --db "$tmp/m.db" export "$tmp/m" >/dev/null 2>&1
check "merge: all images, once" diff -r "$tmp/m2" "$tmp/m"
exits "merge: a store that is not there does not stop the others" 3 "$ksurf" --db "$tmp/m3.db" merge "$tmp/nowhere.db" "$tmp/m2.db"
"$ksurf" --db "$tmp/m3.db" export "$tmp/m3" >/dev/null 2>&1
check "merge: the others are merged" diff -r "$tmp/m2" "$tmp/m3"
exits "merge: what is no store" 3 "$ksurf" --db "$tmp/m3.db" merge "$fix/gcc-5.vmlinux"
run "$ksurf" --db "$tmp/m4.db" --quiet merge "$tmp/m1.db"
silent "merge --quiet says nothing" "$tmp/err"

# ---- where the store is ----
run env KSURF_DB="$tmp/env.db" "$ksurf" add "$fix/gcc-5.vmlinux"
[ -e "$tmp/env.db" ] && ok "KSURF_DB" || not_ok "KSURF_DB" "$(cat "$tmp/err")"
run env XDG_DATA_HOME="$tmp/xdg" "$ksurf" add "$fix/gcc-5.vmlinux"
[ -e "$tmp/xdg/ksurf/ksurf.db" ] && ok "XDG_DATA_HOME" || not_ok "XDG_DATA_HOME" "$(cat "$tmp/err")"
run "$ksurf" add "$fix/gcc-5.vmlinux"
[ -e "$HOME/.local/share/ksurf/ksurf.db" ] && ok "the default store" || not_ok "the default store" "$(cat "$tmp/err")"
run env -u HOME "$ksurf" images
[ "$code" -ge 2 ] && ok "no home: refused" || not_ok "no home: refused" "exit $code"
# A store that cannot be written can be read.
cp "$db" "$tmp/ro.db" && chmod 444 "$tmp/ro.db"
exits "a read-only store is read" 0 "$ksurf" --db "$tmp/ro.db" images
# A reader that goes away is no reason to complain.
("$ksurf" --db "$db" show both tail recurse ext_leaf; echo $? >"$tmp/pipe") 2>"$tmp/err" | head -n 1 >/dev/null
grep -qiE 'core|abort|leak' "$tmp/err" && not_ok "output into a closed pipe" "$(cat "$tmp/err")" || ok "output into a closed pipe"
run sh -c '"$1" --db "$2" show both >/dev/full' x "$ksurf" "$db"
equal "output that cannot be written: 3" 3 "$code"

# ---- what the documents say exists ----
bad=
for doc in README.md docs/*.md docs/formats/*.md HACKING.md scripts/demo; do
	[ -e "$doc" ] || continue
	while read -r c rest; do
		grep -qx "$c" <<<"$commands" || { bad+="$doc: no command $c"$'\n' && continue; }
		for w in $(grep -oE -- '(^| )--[a-z-]+' <<<"$rest"); do
			grep -qF -- "$w" "$tmp/help.$c" "$tmp/help" || bad+="$doc: $c has no $w"$'\n'
		done
	done < <(sed -nE 's/^[ $]*(build\/)?ksurf (--db [^ ]+ |-j [0-9]+ )*([a-z]+)( .*)?$/\3\4/p' "$doc")
done
if [ -z "$bad" ]; then ok "commands and options of the documents exist"; else not_ok "commands and options of the documents exist" "$bad"; fi
finish
