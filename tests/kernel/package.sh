# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The same kernel from Debian's package, from the ELF file, and with its debug sections compressed is the same image.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
need objcopy dpkg-deb sha256sum

identity() { # NAME: all that the store says of the image, but when it was added
	"$ksurf" --db "$tmp/$1.db" images --format json | sed 's/"added": [0-9]*, //' >"$tmp/$1.id"
}
# same_image NAME WHAT [SED]: the export and the identity are those of the ELF file.
same_image() {
	check "$2: the same export" diff -rq "$tmp/file" "$tmp/$1"
	identity "$1"
	sed -i "${3:-}" "$tmp/$1.id"
	sed "${3:-}" "$tmp/file.id" >"$tmp/want"
	same "$2: the same identity" "$tmp/want" "$tmp/$1.id"
	rm -rf "$tmp/$1" "$tmp/$1".*
}

if ! package=$(HOME=$home scripts/fetch-kernel --package 2>"$tmp/fetch") || ! vmlinux=$(HOME=$home scripts/fetch-kernel 2>"$tmp/fetch"); then
	skip "Debian's package" "it cannot be had: $(tail -n 1 "$tmp/fetch")"
	finish
fi
add_and_export file "$vmlinux" || finish
identity file
start=$EPOCHREALTIME
add_and_export package "$package" || finish
note "the package, added and exported: $(awk -v a="$start" -v b="$EPOCHREALTIME" 'BEGIN {print b - a}') s"
equal "the sum in the store is of the vmlinux" "$(sha256sum <"$vmlinux" | cut -d' ' -f1)" "$(sed -n 's/.*"sha256": "\([0-9a-f]*\)".*/\1/p' "$tmp/file.id")"
same_image package "from $(basename "$package")"
add_and_export lane "$package" -j 1 && same_image lane "from the package with -j 1"
for how in zlib zstd; do
	if objcopy --compress-debug-sections=$how "$vmlinux" "$tmp/$how.vmlinux" 2>"$tmp/err"; then
		add_and_export $how "$tmp/$how.vmlinux" && same_image $how "compressed with $how" 's/"sha256": "[0-9a-f]*"//'
	else
		skip "compressed with $how" "objcopy cannot: $(head -n 1 "$tmp/err")"
	fi
	rm -f "$tmp/$how.vmlinux"
done
finish
