# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Every public header compiles alone, twice, with gcc and clang.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck disable=SC2046 # flags are words
flags=$(${PKG_CONFIG:-pkg-config} --cflags libelf libbpf sqlite3 zlib libzstd nettle 2>/dev/null)
for cc in gcc clang; do
	command -v $cc >/dev/null || {
		skip "headers with $cc" "no $cc"
		continue
	}
	for h in src/*/*.h; do
		printf '#include "%s"\n#include "%s"\n' "${h#src/}" "${h#src/}" >"$tmp/h.c"
		check "$cc ${h#src/}" $cc -std=gnu17 -Wall -Wextra -Wshadow -Wstrict-prototypes -Werror -Wvla $flags -Isrc -fsyntax-only "$tmp/h.c"
	done
done
finish
