# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A small dataset of our own (tests/corpus/dataset) and its pages in both styles, looked over by hand: what the recorded results
# cover, for who does not have them. Made-up functions of a made-up file system: every shape of a declarator, a changed prototype,
# one that changes in the trees only, two revisions of one version, an image of another arch and of another flavor.
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
exits "show" 0 "$ksurf" --db "$db" show pond_open pond_shapes pond_ticks pond_hash pond_late pond_proto_only __pond_overflow
same "the terminal's reports" tests/corpus/term.txt "$tmp/out"
exits "several functions into one file" 0 "$ksurf" --db "$db" show pond_open pond_ticks --format md --output "$tmp/two.md"
cat tests/corpus/ksurf/p/pond_open.md tests/corpus/ksurf/p/pond_ticks.md >"$tmp/want.md"
same "and both are in it" "$tmp/want.md" "$tmp/two.md"
finish
