# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The recorded dataset and its published pages, which lie beside the repository: imported, exported again, and rendered.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
[ -d "$oracle/dataset" ] || {
	skip "recorded results" "no ../shared/oracle here"
	finish
}
need python3
db=$tmp/oracle.db
exits "import of the sample dataset" 0 "$ksurf" --db "$db" import "$oracle/dataset"
exits "the same again" 0 "$ksurf" --db "$db" import "$oracle/dataset"
exits "export" 0 "$ksurf" --db "$db" export "$tmp/set"

# All but the sizes of ints (types_int), which no construct holds. 25 images in 8 folders.
lossless() {
	local folder f n=0
	for folder in func_groups types_func types_struct types_union types_enum tracepoints syscalls comment; do
		for f in "$oracle/dataset/$folder"/*; do
			n=$((n + 1))
			cmp "$f" "$tmp/set/$folder/$(basename "$f")" || return 1
		done
	done
	[ "$n" -eq 200 ]
}
check "what was imported is exported, byte for byte" lossless
equal "and no other folder" "comment func_groups syscalls tracepoints types_enum types_func types_struct types_union" \
	"$(cd "$tmp/set" && echo *)"

# recorded KIND FOLDER: the recorded pages of a kind against those below FOLDER.
recorded() {
	local kind=$1 folder=$2 f name letter n=0 bad=
	for f in "$oracle/expected/$kind"/*.md; do
		name=$(basename "$f")
		letter=$(sed 's/^[^a-zA-Z]*//' <<<"$name" | cut -c1 | tr A-Z a-z)
		n=$((n + 1))
		cmp -s "$f" "$folder/${letter:-_}/$name" || bad+="$name: $(diff "$f" "$folder/${letter:-_}/$name" 2>&1 | head -n 3)"$'\n'
	done
	if [ -z "$bad" ] && [ $n -gt 0 ]; then ok "$n recorded pages of $kind, byte for byte"; else not_ok "$n recorded pages of $kind" "$bad"; fi
}

# quirks FOLDER COUNTS: where the two styles part.
quirks() {
	python3 tests/quirks.py "$tmp/depsurf/$1" "$tmp/ksurf/$1" "$2" >"$tmp/quirks"
	sed 's/^\(not \)\?ok [0-9]*/\1ok/' "$tmp/quirks"
	checks=$((checks + $(grep -cE '^(not )?ok' "$tmp/quirks")))
}

kinds="struct union enum tracepoint lsm syscall"
mkdir "$tmp/depsurf" "$tmp/ksurf"
for style in depsurf ksurf; do
	exits "pages --style $style" 0 "$ksurf" --db "$db" pages --style $style "$tmp/$style/functions"
	exits "pages --style $style of the other kinds" 0 "$ksurf" --db "$db" pages --style $style --kind "${kinds// /,}" "$tmp/$style/others"
done
recorded function "$tmp/depsurf/functions"
for kind in $kinds; do
	recorded "$kind" "$tmp/depsurf/others/$kind"
done
# Of syscalls some pages were recorded, and the dataset has all.
for kind in function struct union enum tracepoint lsm; do
	folder=$tmp/depsurf/functions
	[ $kind = function ] || folder=$tmp/depsurf/others/$kind
	equal "as many pages as recorded, of $kind" "$(ls "$oracle/expected/$kind"/*.md | wc -l)" "$(find "$folder" -name '*.md' | wc -l)"
done
quirks functions 273,20,19,0,0,0,6
quirks others 28,0,82,176,202,0,15
# One image's own base, and a group that is cut: both styles must not stumble.
exits "show --base" 0 "$ksurf" --db "$db" show --base 6.8.0-31-generic-amd64 --format md "$(basename "$(ls "$oracle"/expected/function/*.md | head -n 1)" .md)"
finish
