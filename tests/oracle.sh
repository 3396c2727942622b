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
cat >"$tmp/lossless.py" <<'PY'
import json, os, sys
bad = n = 0
for kind in ("func_groups", "types_func"):
    for name in sorted(os.listdir(os.path.join(sys.argv[1], kind))):
        a, b = (open(os.path.join(d, kind, name)) for d in sys.argv[1:3])
        for i, (x, y) in enumerate(zip(a, b, strict=True), 1):
            n += 1
            if json.loads(x) != json.loads(y):
                bad += 1
                print(f"{kind}/{name}:{i}")
print(f"{n} lines, {bad} differ")
sys.exit(bad > 0 or n == 0)
PY
check "what was imported is exported, line for line" python3 "$tmp/lossless.py" "$oracle/dataset" "$tmp/set"
for style in depsurf ksurf; do
	exits "pages --style $style" 0 "$ksurf" --db "$db" pages --style $style "$tmp/$style"
done
n=0 bad=
for f in "$oracle"/expected/function/*.md; do
	name=$(basename "$f")
	letter=$(sed 's/^[^a-zA-Z]*//' <<<"$name" | cut -c1 | tr A-Z a-z)
	n=$((n + 1))
	cmp -s "$f" "$tmp/depsurf/${letter:-_}/$name" || bad+="$name: $(diff "$f" "$tmp/depsurf/${letter:-_}/$name" 2>&1 | head -n 3)"$'\n'
done
if [ -z "$bad" ] && [ $n -gt 0 ]; then ok "$n published pages, byte for byte"; else not_ok "$n published pages, byte for byte" "$bad"; fi
equal "as many pages as functions" "$n" "$(find "$tmp/depsurf" -name '*.md' | wc -l)"
python3 tests/quirks.py "$tmp/depsurf" "$tmp/ksurf" >"$tmp/quirks"
sed 's/^\(not \)\?ok [0-9]*/\1ok/' "$tmp/quirks"
checks=$((checks + $(grep -cE '^(not )?ok' "$tmp/quirks")))
# One image's own base, and a group that is cut: both styles must not stumble.
exits "show --base" 0 "$ksurf" --db "$db" show --base 6.8.0-31-generic-amd64 --format md "$(basename "$(ls "$oracle"/expected/function/*.md | head -n 1)" .md)"
finish
