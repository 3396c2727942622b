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
finish
