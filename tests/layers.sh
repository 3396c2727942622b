# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The shape of the house: who includes whom (src/LAYERS), where SQL, output and exit may stand, and the size of things.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# none NAME: ok when nothing comes in; what comes in is the reason when not.
none() {
	local found
	found=$(cat)
	if [ -z "$found" ]; then ok "$1"; else not_ok "$1" "$found"; fi
}
# The sources without comments and without the contents of strings, one line a line: FILE:LINE:TEXT.
code() {
	awk 'FNR == 1 {c = 0} {
		out = ""; s = $0
		while (s != "") {
			if (c) {
				i = index(s, "*/"); if (!i) break
				s = substr(s, i + 2); c = 0
			} else if (match(s, /\/\*|\/\/|"([^"\\]|\\.)*"|\047([^\047\\]|\\.)*\047/)) {
				t = substr(s, RSTART, 2); out = out substr(s, 1, RSTART - 1)
				if (t == "/*") {c = 1; s = substr(s, RSTART + 2)}
				else if (t == "//") s = ""
				else {out = out "\"\""; s = substr(s, RSTART + RLENGTH)}
			} else {out = out s; s = ""}
		}
		print FILENAME ":" FNR ":" out
	}' "$@"
}

awk -F: 'FNR == NR {if (!/^#/ && NF > 1) {known[$1] = 1; n = split($2, a, " "); for (i = 1; i <= n; i++) may[$1, a[i]] = 1}; next}
	FNR == 1 {split(FILENAME, path, "/"); me = path[2]; if (!(me in known)) print FILENAME ": folder " me " is not in src/LAYERS"}
	/^[ \t]*#[ \t]*include[ \t]*"/ {
		split($0, q, "\""); inc = q[2]; n = split(inc, p, "/")
		if (n != 2) print FILENAME ":" FNR ": \"" inc "\" is not folder/header.h"
		else if (p[1] != me && !((me, p[1]) in may)) print FILENAME ":" FNR ": " me " may not include " p[1]
		else if (p[1] != me && p[2] ~ /_int\.h$/) print FILENAME ":" FNR ": " inc " is at home in " p[1]
	}' src/LAYERS src/*/*.c src/*/*.h | none "every include is one that src/LAYERS allows"

for d in src/*/; do
	n=$(find "$d" -name '*.h' ! -name '*_int.h' | wc -l)
	[ "$n" -le 1 ] || echo "$d has $n public headers"
done | none "one public header a folder"
[ "$(find src -mindepth 1 -maxdepth 1 -type d | wc -l)" -le 15 ] && ok "at most 15 folders" || not_ok "at most 15 folders"

grep -n '#.*include.*sqlite3' src/*/*.[ch] | grep -v '^src/store/' | none "SQL only in src/store"
code src/*/*.[ch] >"$tmp/code"
grep -E '[^a-zA-Z0-9_](printf|vprintf|puts|putchar|perror) *\(|[^a-zA-Z0-9_](stdout|stderr)[^a-zA-Z0-9_]' "$tmp/code" |
	grep -v '^src/cli/' | grep -vE '^src/base/mem\.c:' | none "only cli prints (and base_oom)"
grep -E '[^a-zA-Z0-9_](exit|_exit|abort|quick_exit) *\(' "$tmp/code" | grep -v '^src/cli/' |
	grep -vE '^src/base/mem\.c:' | none "only cli exits (and base_oom)"
grep -E '[^a-zA-Z0-9_](strcpy|strcat|sprintf|vsprintf|gets|strtok|alloca|atoi|atol|strncpy|strncat) *\(' "$tmp/code" |
	none "no banned functions"

for f in src/*/*.c src/*/*_int.h; do
	[ -e "$f" ] && n=$(wc -l <"$f") && [ "$n" -ge 1200 ] && echo "$f: $n lines"
done | none "sources under 1,200 lines"
for f in src/*/*.h; do
	case $f in *_int.h) continue ;; esac
	n=$(wc -l <"$f")
	[ "$n" -lt 400 ] || echo "$f: $n lines"
done | none "public headers under 400 lines"
# A function's body runs from a brace in the first column to the next closing one. The line above its head may excuse it.
awk 'FNR == 1 {start = 0; excuse = 0} /^\/\* decoder switch/ {excuse = FNR}
	/^\{/ {start = FNR} /^\}/ {
		if (start && FNR - start > 100 && !(excuse && start - excuse < 8)) print FILENAME ":" start ": " FNR - start " lines"
		start = 0}' src/*/*.c | none "no function above 100 lines but decoder switches"
awk 'FNR <= 3 && /SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause/ {has[FILENAME] = 1}
	END {for (i = 1; i < ARGC; i++) if (!(ARGV[i] in has)) print ARGV[i]}' \
	Makefile src/*/*.[ch] tests/*.sh tests/run tests/*/*.[chS] tests/*/*.sh bench/* fuzz/*.c fuzz/run scripts/* .ci/run 2>"$tmp/err" |
	none "an SPDX line in each file"
awk '{x = $0; gsub(/\t/, "        ", x); if (length(x) > 132) print FILENAME ":" FNR ": " length(x) " columns"}' src/*/*.[ch] |
	none "no line far above 100 columns"
grep -nE '/(work|tmp/helper)/|deb\.[a-z]+\.org' -r Makefile README* *.md src tests scripts bench fuzz docs .ci 2>/dev/null |
	grep -v '^tests/layers.sh:' | none "no path or host of one machine"
for f in scripts/* .ci/run tests/run tests/*.sh tests/*/*.sh bench/run fuzz/run; do
	bash -n "$f" 2>&1
done | none "scripts are bash"
finish
