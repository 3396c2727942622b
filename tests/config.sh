# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# `ksurf add --config FILE`: plain and gzip, and files that are no config.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need sqlite3 gzip
fix=$BUILD/fixtures
tests/fixtures/build.sh "$fix"
image=$fix/gcc-5.vmlinux
[ -e "$image" ] || {
	skip "--config" "no gcc here makes the fixture"
	finish
}
printf '#\n# Automatically generated file; DO NOT EDIT.\n#\nCONFIG_HZ=250\n# CONFIG_X32 is not set\nCONFIG_NAME="a b"\nCONFIG_EXT4_FS=m\n' >"$tmp/config"
printf 'CONFIG_EXT4_FS|m\nCONFIG_HZ|250\nCONFIG_NAME|"a b"\nCONFIG_X32|n\n' >"$tmp/want"
gzip -k "$tmp/config"

options() { sqlite3 "$1" "SELECT name, value FROM config ORDER BY name"; }
for form in config config.gz; do
	exits "$form: added" 0 "$ksurf" --db "$tmp/$form.db" add --config "$tmp/$form" "$image"
	options "$tmp/$form.db" >"$tmp/got"
	same "$form: its options, and those that are not set" "$tmp/want" "$tmp/got"
done
exits "without --config" 0 "$ksurf" --db "$tmp/none.db" add "$image"
equal "an image without a config has no option" "" "$(options "$tmp/none.db")"

refused() { # NAME FILE PATTERN: exit 3, the reason with file and line, and no image in the store
	run "$ksurf" --db "$tmp/bad.db" add --config "$2" "$image"
	equal "$1: exit 3" 3 "$code"
	check "$1: says why" grep -q "$(basename "$2").*$3" "$tmp/err"
	equal "$1: nothing is stored" 0 "$(sqlite3 "$tmp/bad.db" 'SELECT count(*) FROM image')"
}
printf 'CONFIG_A=y\n\nCONFIG_B y\n' >"$tmp/line"
refused "a line that is none" "$tmp/line" "line 3"
printf 'hello\n' >"$tmp/words"
refused "words" "$tmp/words" "line 1"
: >"$tmp/empty"
refused "an empty file" "$tmp/empty" "no option"
head -c 40 "$tmp/config.gz" >"$tmp/cut.gz"
refused "gzip data that is cut off" "$tmp/cut.gz" "cannot be decompressed"
refused "a file that is not there" "$tmp/nothing" "cannot be opened"
mkdir "$tmp/folder"
refused "a folder" "$tmp/folder" "cannot be read"
exits "one config for two images" 2 "$ksurf" --db "$tmp/bad.db" add --config "$tmp/config" "$image" "$fix/gcc-4.vmlinux"
check "one config for two images: says why" grep -q "one by one" "$tmp/err"
finish
