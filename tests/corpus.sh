# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A small dataset of our own (tests/corpus/dataset) and its pages in both styles, looked over by hand: what the recorded results
# cover, for who does not have them. Made-up functions and types of a made-up file system: every shape of a declarator, a changed
# prototype, one that changes in the trees only, two revisions of one version, an image of another arch, without a config, and of
# another flavor. Of the other kinds: each change that there is, and what cannot be flattened.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
db=$tmp/corpus.db
exits "import" 0 "$ksurf" --db "$db" import tests/corpus/dataset
exits "export" 0 "$ksurf" --db "$db" export "$tmp/set"
for f in tests/corpus/dataset/*/*; do
	same "what was imported is exported: ${f#tests/corpus/dataset/}" "$f" "$tmp/set/${f#tests/corpus/dataset/}"
done
for style in ksurf depsurf; do
	exits "pages --style $style" 0 "$ksurf" --db "$db" pages --style $style "$tmp/$style"
	check "pages in style $style are as they were looked over" diff -r "tests/corpus/$style" "$tmp/$style"
done
mkdir "$tmp/kinds"
kinds=struct,union,enum,tracepoint,lsm,syscall,config
for style in ksurf depsurf; do
	exits "pages of the other kinds --style $style" 0 "$ksurf" --db "$db" pages --kind $kinds --style $style "$tmp/kinds/$style"
	check "they are as they were looked over, in style $style" diff -r "tests/corpus/kinds/$style" "$tmp/kinds/$style"
done
exits "pages of the other kinds in JSON" 0 "$ksurf" --db "$db" pages --kind $kinds --format json "$tmp/kinds/json"
check "they are as they were looked over, in JSON" diff -r tests/corpus/kinds/json "$tmp/kinds/json"
exits "pages of one kind" 0 "$ksurf" --db "$db" pages --kind struct "$tmp/structs"
check "stand in the folder itself" diff -r tests/corpus/kinds/ksurf/struct "$tmp/structs"
exits "show" 0 "$ksurf" --db "$db" show --kind func pond_open pond_shapes pond_ticks pond_hash pond_late pond_proto_only __pond_overflow
same "the terminal's reports" tests/corpus/term.txt "$tmp/out"
# shellcheck disable=SC2046 # names
exits "show of the other kinds" 0 "$ksurf" --db "$db" show --kind $kinds $(find tests/corpus/kinds/ksurf -name '*.md' -printf '%f\n' | sed 's/\.md$//' | sort -u)
same "on a terminal, as looked over" tests/corpus/kinds/term.txt "$tmp/out"
exits "show of fields" 0 "$ksurf" --db "$db" show pond::id pond::lock pond_fault::pond pond_mode::POND_STORMY
same "of a dataset: offsets, no sizes" tests/corpus/kinds/field.txt "$tmp/out"
exits "several functions into one file" 0 "$ksurf" --db "$db" show --kind func pond_open pond_ticks --format md --output "$tmp/two.md"
cat tests/corpus/ksurf/p/pond_open.md tests/corpus/ksurf/p/pond_ticks.md >"$tmp/want.md"
same "and both are in it" "$tmp/want.md" "$tmp/two.md"
exits "a name that several kinds have" 0 "$ksurf" --db "$db" show pond_open --format md --output "$tmp/all.md"
cat tests/corpus/ksurf/p/pond_open.md tests/corpus/kinds/ksurf/tracepoint/p/pond_open.md tests/corpus/kinds/ksurf/lsm/p/pond_open.md >"$tmp/want.md"
same "the function first, then the others" "$tmp/want.md" "$tmp/all.md"
exits "no name of a kind" 1 "$ksurf" --db "$db" show --kind struct,union pond_kay
equal "is said of the kinds that were asked for" "ksurf: no struct or union pond_kay in any of 6 images
nearest names:
  pond_key (union)" "$(cat "$tmp/err")"

# ---- modules, and what an image cannot know: 6.1 and 6.5 with modules, 6.2 without, 6.8 by symbols, 6.10 by BTF alone ----
want=tests/corpus/modules
db=$tmp/modules.db
exits "import of images with modules" 0 "$ksurf" --db "$db" import $want/dataset
exits "export" 0 "$ksurf" --db "$db" export "$tmp/modules"
check "owners and what is unknown come back" diff -r $want/dataset "$tmp/modules"
kinds=func,struct,enum,tracepoint
for form in ksurf depsurf json; do
	case $form in
	json) how='--format json' ;;
	*) how="--style $form" ;;
	esac
	# shellcheck disable=SC2086 # words
	exits "their pages, $form" 0 "$ksurf" --db "$db" pages --kind $kinds $how "$tmp/pages-$form"
	check "are as they were looked over, $form" diff -r $want/$form "$tmp/pages-$form"
done
exits "show" 0 "$ksurf" --db "$db" show pond_run pond_init pond_min pond_once reed_log reed_open reed_state reed_mode reed_state::bend
same "on a terminal, as looked over" $want/term.txt "$tmp/out"
exits "one image by its symbols alone" 0 "$ksurf" --db "$db" stats 6.8.0
grep -A1 '^Image  *No ' "$tmp/out" >"$tmp/inline"
equal "has functions of which inlining is unknown" "6.8.0-4-generic-amd64  0 (0.0 %)  0 (0.0 %)  0 (0.0 %)  3 (100.0 %)" \
	"$(tail -n 1 "$tmp/inline")"
for pair in "6.1.0 6.2.0 0" "6.2.0 6.1.0 0" "6.2.0 6.5.0 1" "6.1.0 6.5.0 1" "6.5.0 6.8.0 1" "6.8.0 6.10.0 1" "6.5.0 6.10.0 1"; do
	# shellcheck disable=SC2086 # words
	set -- $pair
	for format in term md json; do
		exits "diff $1 $2 --format $format" "$3" "$ksurf" --db "$db" diff "$1" "$2" --format $format
		cat "$tmp/out" >>"$tmp/diffs.$format"
	done
done
for format in term md json; do
	same "differences are what both images know, $format" "$want/diff.${format/term/txt}" "$tmp/diffs.$format"
done
for format in term json csv; do
	exits "stats --format $format" 0 "$ksurf" --db "$db" stats --format $format
	same "and the numbers, $format" "$want/stats.${format/term/txt}" "$tmp/out"
done
exits "images" 0 "$ksurf" --db "$db" images
same "with their modules" $want/images.txt "$tmp/out"
finish
