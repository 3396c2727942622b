# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# ksurf search: names and images as they were looked over, every name against SQL, globs and regular expressions against Python's, limits,
# and patterns that are malformed or explode.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need python3
db=$tmp/search.db
exits "import" 0 "$ksurf" --db "$db" import tests/corpus/dataset
search=("$ksurf" --db "$db" search)

{ "${search[@]}" 'pond*' && "${search[@]}" -E 'OND|depth' && "${search[@]}" 'pond::*' && "${search[@]}" 'security_*'; } >"$tmp/three"
same "three searches are as they were looked over" tests/corpus/numbers/search.txt "$tmp/three"
for f in md json; do
	exits "search --format $f" 0 "${search[@]}" 'pond_*' --format $f
	[ -s "$tmp/out" ] && ok "search --format $f: something" || not_ok "search --format $f: something"
done
check "search --format json is JSON" python3 -m json.tool "$tmp/out"
exits "nothing matches: 1" 1 "${search[@]}" 'no_such_*'
[ ! -s "$tmp/out" ] && [ -s "$tmp/err" ] && ok "nothing matches: said on stderr" || not_ok "nothing matches: said on stderr"
exits "nothing matches, as JSON: 1" 1 "${search[@]}" 'no_such_*' --format json
check "nothing matches: JSON all the same" python3 -c 'import json, sys; assert json.load(open(sys.argv[1]))["matches"] == []' "$tmp/out"

# ---- against the names of an export, by Python's own globs and regular expressions ----
cat >"$tmp/names.py" <<'PY'
import fnmatch, json, os, re, subprocess, sys
ksurf, db, root = sys.argv[1:]
have, hooks = {}, []
def add(kind, name, image):
    have.setdefault((kind, name), set()).add(image)
for folder, kind in (("func_groups", "func"), ("types_func", "func"), ("types_struct", "struct"), ("types_union", "union"),
                     ("types_enum", "enum"), ("tracepoints", "tracepoint")):
    for file in os.listdir(os.path.join(root, folder)):
        image = file.removesuffix(".jsonl")
        with open(os.path.join(root, folder, file)) as f:
            for x in map(json.loads, f):
                name = x["event_name" if kind == "tracepoint" else "name"]
                name = "" if name == "(anon)" else name
                if name:
                    add(kind, name, image)
                for m in x.get("members", []) + x.get("values", []):
                    if m["name"] != "(anon)":
                        add("field", name + "::" + m["name"], image)
                if name == "security_hook_heads":
                    hooks += [(m["name"], image) for m in x["members"]]
for file in os.listdir(os.path.join(root, "syscalls")):
    with open(os.path.join(root, "syscalls", file)) as f:
        for name in json.load(f).values():
            add("syscall", name, file.removesuffix(".json"))
for file in os.listdir(os.path.join(root, "config")):
    with open(os.path.join(root, "config", file)) as f:
        for name in re.findall(r"^(?:# )?(CONFIG_\w+)", f.read(), re.M):
            add("config", name, file.removesuffix(".config"))
for hook, image in hooks:
    if image in have.get(("func", "security_" + hook), ()):
        add("lsm", hook, image)
def looked_at(kind, name, pattern):
    return name.split("::")[-1] if kind == "field" and "::" not in pattern else name
bad = 0
cases = [("glob", p) for p in ("*", "pond", "pond_*", "*o*", "?ond*", "[pr]*", "*[!a-m]", "CONFIG_*D*", "*::*", "pond::*", "*::[a-d]*", "SHORE_*")]
cases += [("regex", p) for p in ("pond", "^pond", "d$", "[A-Z]{3}", "(pond|reed)::", "_(open|hash)$", "^.{4}$", "S(?=HORE)", "")]
for syntax, p in cases:
    test = (lambda s: fnmatch.fnmatchcase(s, p)) if syntax == "glob" else (lambda s: re.search(p, s))
    want = {k: sorted(v) for k, v in have.items()
            if test(looked_at(*k, p)) and (syntax == "regex" or "::" not in p or k[0] == "field")}
    cmd = [ksurf, "--db", db, "search", "--limit", "100000", "--format", "json"] + (["-E"] if syntax == "regex" else []) + ["--", p]
    r = subprocess.run(cmd, capture_output=True, text=True)
    d = json.loads(r.stdout)
    got = {(m["kind"], m["name"]): sorted(m["images"]) for m in d["matches"]}
    order = [(m["kind"] == "field") for m in d["matches"]]
    if got != want or order != sorted(order) or (r.returncode == 0) != bool(want) or sum(d["found"].values()) != len(want):
        bad += 1
        print(syntax, p, "differ:", sorted(set(got) ^ set(want))[:5], r.stderr)
sys.exit(bad)
PY
check "every search finds what Python finds" python3 "$tmp/names.py" "$ksurf" "$db" tests/corpus/dataset

# ---- kinds, limits ----
exits "--kind" 0 "${search[@]}" '*' --kind struct,config
equal "--kind: these alone" "config struct" "$(awk '{print $1}' "$tmp/out" | sort -u | paste -sd ' ')"
exits "--kind field without '::'" 0 "${search[@]}" depth --kind field
exits "--limit" 0 "${search[@]}" 'pond_*' --limit 2
equal "--limit: so many names, and how many more" "3 pond_entry" "$(wc -l <"$tmp/out") $(awk 'NR == 1 {print $2}' "$tmp/out")"
grep -qE '^[0-9]+ more: 5 functions, 5 structs, 1 union, ' "$tmp/out" && ok "--limit: what more there is" || not_ok "--limit: what more there is" "$(cat "$tmp/out")"
exits "a pattern that begins with a dash" 1 "${search[@]}" -- '-x*'

# ---- misuse ----
bad_pattern() { # NAME WORD... -- ARGS...: exit 2, words on stderr that hold each WORD
	local name=$1 words=()
	shift
	while [ "$1" != -- ]; do words+=("$1") && shift; done
	shift
	run timeout 20 "${search[@]}" "$@"
	[ "$code" -eq 2 ] && [ ! -s "$tmp/out" ] && ok "$name: exit 2" || not_ok "$name: exit 2" "exit $code" "$(cat "$tmp/err")"
	for w in "${words[@]}"; do grep -qF -- "$w" "$tmp/err" && ok "$name: $w" || not_ok "$name: $w" "$(cat "$tmp/err")"; done
}
bad_pattern "an open bracket" "at character 6" "]" -- 'pond['
bad_pattern "an open parenthesis" "at character 4" "parenthesis" -- -E 'a(b'
bad_pattern "a repetition of nothing" "at character" -- -E 'a|*b'
bad_pattern "a reference to no group" "at character" -- -E 'a\9'
bad_pattern "UTF-8, which names are not" "at character" -- -E '(*UTF)a'
"${search[@]}" -E 'pond_[oe]' >"$tmp/compiled"
"${search[@]}" -E '(*NO_JIT)pond_[oe]' >"$tmp/interpreted"
same "interpreted as compiled" "$tmp/compiled" "$tmp/interpreted"
for args in "" "a b" "a --kind soup" "a --limit 0" "a --limit x" "a --format csv"; do
	# shellcheck disable=SC2086 # words
	exits "misuse: search $args" 2 "${search[@]}" $args
done
exits "no store" 3 "$ksurf" --db "$tmp/none.db" search a

# A name for which a pattern has more ways than there is time.
mkdir -p "$tmp/long/func_groups"
python3 - "$tmp/long/func_groups/6.1.0-1-generic-amd64.jsonl" <<'PY'
import json, sys
with open(sys.argv[1], "w") as f:
    for n in ["a" * 60 + "b"] + [f"f{i}" for i in range(2000)]:
        print(json.dumps({"name": n, "collision_type": "Unique Global", "inline_type": "Full", "funcs": [
            {"addr": 0, "name": n, "external": True, "loc": "a.c:1", "file": "a.c", "inline": "declared, inlined",
             "caller_inline": [], "caller_func": []}], "symbols": []}), file=f)
PY
exits "import" 0 "$ksurf" -q --db "$tmp/long.db" import "$tmp/long"
search=("$ksurf" --db "$tmp/long.db" search)
bad_pattern "a pattern that explodes" "takes too long" -- -E '^(a+)+$'
bad_pattern "a pattern that explodes, interpreted" "takes too long" -- -E '(*NO_JIT)^(a+)+$'
bad_pattern "a pattern without an end" "takes too long" -- -E '(?R)'
bad_pattern "a pattern that explodes with a reference" "takes too long" -- -E '^(a|aa)+\1$'
exits "a glob never explodes" 1 timeout 20 "${search[@]}" '*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*c'
finish
