# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Holds layouts that ksurf prints against pahole's: python3 layout.py KSURF.txt PAHOLE.txt. Both are read line by line into the
# same facts: members with offset and size, holes, where cache lines begin, and the sums. What only one of the two says is left
# out: alignment attributes, paddings of the structs that members name, padding at the end of an unnamed struct, sums of unions,
# what a pointer to an unnamed struct refers to, and the members of a named struct that stands as a member without a name.
import collections
import re
import sys

PLACE = re.compile(r"^(.*?)\s*/\*\s*(\d+)(?::\s*(\d+))?\s+(\d+) \*/$")
SUMS = re.compile(r"(sum bitfield members|sum members|sum holes|sum bit holes|bit holes|holes|bit[ _]padding|padding|last cacheline"
                  r"|cachelines|members|size): (\d+)")
SKIP = re.compile(r"^(/\* (XXX last struct|paddings:|forced|BRAIN|member types)|/\* XXX \d+ (bytes?|bits?) of padding)")


def member_name(decl):
    """The declared name, or '' of what closes an unnamed scope."""
    decl = re.sub(r"__attribute__\(\(.*?\)\)\)*", "", decl).strip().rstrip(";").strip()
    m = re.search(r"\(\s*\*+\s*(?:const |volatile )*\**\s*(\w+)", decl) if "(" in decl else None
    if m:
        return m.group(1)
    m = re.search(r"(\w*)(\[[\d\]\[]*)?(:\d+)?$", decl.replace("} ", "} ").replace(" ", "\0"))
    return m.group(1) if m else decl


def read(path):
    structs = collections.defaultdict(list)
    name, facts, whole, blocks = None, [], "", []
    for line in open(path, errors="replace"):
        line = line.rstrip("\n")
        if name is None:
            m = re.match(r"^(?:  )?(struct|union) (\w+) \{", line)
            if m:
                name, facts, whole, blocks = m.group(1) + " " + m.group(2), [], "", []
            continue
        if line.startswith(("}", "  }")):
            structs[name].append(tuple(facts))
            name = None
            continue
        line = line.strip()
        if not line or SKIP.match(line):
            continue
        if line.startswith("/* XXX"):
            facts.append(line)
        elif line.startswith("/* ---"):
            facts.append(re.sub(r"\s+", " ", line))
        elif line.startswith("/*"):
            if blocks or name.startswith("union"):
                continue
            facts += ["%s=%s" % (k.replace("_", " "), v) for k, v in SUMS.findall(line)]
        else:
            whole = line if line.startswith("}") else (whole + " " + line).strip()
            m = PLACE.match(whole)
            if m and whole.startswith("}"):
                begin, tag = blocks.pop()
                if "*" in m.group(1) or tag:
                    del facts[begin:]
                if tag:
                    facts.append((tag.group(1), m.group(2), m.group(3), m.group(4)))
                    whole = ""
                    continue
            if m:
                facts.append((member_name(m.group(1)), m.group(2), m.group(3), m.group(4)))
                whole = ""
            elif whole.endswith("{"):
                blocks.append((len(facts), re.match(r"(?:struct|union) (\w+) \{", whole)))
                whole = ""
    return structs


ours, theirs = read(sys.argv[1]), read(sys.argv[2])
same = differ = 0
for name, layouts in sorted(theirs.items()):
    for facts in layouts:
        if facts in ours.get(name, []):
            same += 1
            continue
        differ += 1
        if differ > 10:
            continue
        if name not in ours:
            print("# %s: not there" % name)
            continue
        a, b = min((o for o in ours[name]), key=lambda o: abs(len(o) - len(facts))), facts
        print("# %s: only ksurf %s; only pahole %s" % (name, [x for x in a if x not in b][:6], [x for x in b if x not in a][:6]))
print("# %d structs and unions alike, %d differ" % (same, differ))
sys.exit(1 if differ or same < 500 else 0)
