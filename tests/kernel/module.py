# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What the tables of real modules say, read by their symbols and relocations alone, against `test_module dump`.

  module.py VMLINUX DUMP MODULE...
  module.py groups MODULE         the groups that `dw_facts -m` prints, from stdin, as `test_module groups` writes them

Knows no layout of a struct: the symbols that a trace event's relocations are to tell its tracepoint, class, format and
system by their names (event_class_*, print_fmt_*, str__*__trace_system_name). Names of BTF ids are bpftool's.
"""
import json
import re
import struct
import subprocess
import sys

FTRACE, NO_KPROBE, INJECTION = 1, 2, 4


class Module:
    def __init__(self, path):
        self.path, self.b = path, open(path, "rb").read()
        self.is64, self.order = self.b[4] == 2, "<" if self.b[5] == 1 else ">"
        at = 0x28 if self.is64 else 0x20
        shoff = self.get("Q" if self.is64 else "I", at)
        size, n, names = self.get("HHH", 0x3A if self.is64 else 0x2E)
        self.secs = [self.section(shoff + i * size) for i in range(n)]
        for s in self.secs:
            s["name"] = self.text(self.secs[names], s["name"])
        self.read_symbols()
        self.relocs = [self.read_relocs(i) for i in range(n)]

    def get(self, form, at):
        v = struct.unpack_from(self.order + form, self.b, at)
        return v if len(form) > 1 else v[0]

    def section(self, at):
        form = "IIQQQQIIQQ" if self.is64 else "IIIIIIIIII"
        words = "name type flags addr offset size link info align entsize".split()
        return dict(zip(words, self.get(form, at)))

    def text(self, sec, at):
        at += sec["offset"]
        return self.b[at:self.b.index(b"\0", at)].decode("utf-8", "replace")

    def read_symbols(self):
        self.syms = []
        self.at = {}  # (section, offset) -> names
        for sec in self.secs:
            if sec["type"] != 2:
                continue
            for i in range(sec["offset"], sec["offset"] + sec["size"], 24 if self.is64 else 16):
                if self.is64:
                    name, info, _, shndx, value, size = self.get("IBBHQQ", i)
                else:
                    name, value, size, info, _, shndx = self.get("IIIBBH", i)
                sym = (self.text(self.secs[sec["link"]], name), info & 15, shndx, value, size)
                self.syms.append(sym)
                self.at.setdefault((shndx, value), []).append(sym[0])

    # (offset, target section, target offset, symbol) of a section's relocations, by offset
    def read_relocs(self, target):
        out = []
        for sec in self.secs:
            if sec["type"] not in (4, 9) or sec["info"] != target:
                continue
            each = (8 if self.is64 else 4) * (3 if sec["type"] == 4 else 2)
            form = {24: "QQq", 16: "QQ", 12: "IIi", 8: "II"}[each]
            for i in range(sec["offset"], sec["offset"] + sec["size"], each):
                at, info, *addend = self.get(form, i)
                sym = self.syms[info >> (32 if self.is64 else 8)]
                if addend:
                    plus = addend[0]
                elif self.secs[target]["type"] == 8:
                    plus = 0
                else:
                    plus = self.get("I", self.secs[target]["offset"] + at)
                out.append((at, sym[2], sym[3] + plus, sym[0]))
        return sorted(out)

    def index(self, name):
        return next((i for i, s in enumerate(self.secs) if s["name"] == name and s["type"] != 8), None)

    # What the relocations of `size` bytes at a place are to
    def within(self, sec, offset, size):
        return [r for r in self.relocs[sec] if offset <= r[0] < offset + size]

    def symbol(self, name):
        return next((s for s in self.syms if s[0] == name), None)

    def names(self, sec, offset, prefix):
        return [n[len(prefix):] for n in self.at.get((sec, offset), []) if n.startswith(prefix)]

    def string(self, sec, offset):
        return self.text(self.secs[sec], offset)


def events(m):
    """name, class, system, format and the names of fields of each event"""
    out = []
    table = m.index("_ftrace_events")
    for _, sec, at, _ in m.relocs[table] if table is not None else []:
        names = m.names(sec, at, "event_")
        sym = next(s for s in m.syms if s[2] == sec and s[3] == at and s[0].startswith("event_"))
        name = cls = fmt = system = ""
        for r in m.within(sec, at, sym[4]):
            name = (m.names(r[1], r[2], "__tracepoint_") or [name])[0]
            cls = (m.names(r[1], r[2], "event_class_") or [cls])[0]
        if not name:
            continue
        holder = m.symbol("print_fmt_" + cls)
        if name in names and m.symbol("print_fmt_" + name):
            holder = m.symbol("print_fmt_" + name)
        fmt = m.string(holder[2], holder[3])
        c = m.symbol("event_class_" + cls)
        for r in m.within(c[2], c[3], c[4]):
            system = (re.findall(r"str__(\w+)__trace_system_name", " ".join(m.at.get((r[1], r[2]), []))) or [system])[0]
        f = m.symbol("trace_event_fields_" + cls)
        texts = [m.string(r[1], r[2]) for r in m.within(f[2], f[3], f[4])]
        out.append((name, cls, system, fmt, tuple(texts[1::2])))
    return sorted(out)


def marks(m):
    bits = {}
    code = {}
    for s in m.syms:
        if s[1] in (2, 10) and s[2] and s[2] < 0xFF00:
            code.setdefault(s[2], []).append((s[3], s[4], s[0]))
            bits.setdefault(s[0], 0)
    before = 8 if m.get("H", 18) in (183, 243) else 0

    def mark(sec, at, bit, slack=0):
        if slack and not any(a <= at < a + max(n, 1) for a, n, _ in code.get(sec, [])):
            at = at + slack if any(a == at + slack for a, _, _ in code.get(sec, [])) else at
        for a, n, name in code.get(sec, []):
            if a <= at < a + max(n, 1):
                bits[name] |= bit

    table = m.index("__mcount_loc")
    table = m.index("__patchable_function_entries") if table is None else table
    for _, sec, at, _ in m.relocs[table] if table is not None else []:
        if m.secs[sec]["name"] != ".init.text":
            mark(sec, at, FTRACE, before)
    for name, bit in ("_kprobe_blacklist", NO_KPROBE), ("_error_injection_whitelist", INJECTION):
        table = m.index(name)
        for _, sec, at, _ in m.relocs[table] if table is not None else []:
            if sec:
                mark(sec, at, bit)
    for name in ".kprobes.text", ".noinstr.text":
        for _, _, f in code.get(m.index(name), []):
            bits[f] |= NO_KPROBE
    return bits


def kfuncs(m, vmlinux):
    ids = m.index(".BTF_ids")
    if ids is None or not any(s[0].startswith("__BTF_ID__set8__") for s in m.syms):
        return []
    dump = subprocess.run(["bpftool", "-j", "-B", vmlinux, "btf", "dump", "file", m.path], capture_output=True, check=True)
    names = {t["id"]: t["name"] for t in json.loads(dump.stdout)["types"] if t["kind"] == "FUNC"}
    pointed = {(r[1], r[2]) for rs in m.relocs for r in rs}
    out = []
    flagged = False
    sets = []
    for name, _, sec, value, _ in m.syms:
        if sec == ids and name.startswith("__BTF_ID__set8__"):
            at = m.secs[ids]["offset"] + value
            n, flags = m.get("II", at)
            flagged |= flags & 1
            sets.append((name[16:], value, n, flags, at))
    for name, value, n, flags, at in sets:
        if flags & 1 if flagged else (ids, value) in pointed:
            out += [(names[m.get("I", at + 8 + i * 8)], name, m.get("I", at + 12 + i * 8)) for i in range(n)]
    return sorted(out)


def dumped(path):
    """What test_module says: module -> events, bits, kfuncs"""
    mods = {}
    for line in open(path, encoding="utf-8", errors="replace"):
        line = line.rstrip("\n")
        words = line.split(" ")
        if len(words) < 3 or words[0] not in mods and words[1] != "module":
            continue  # formats of several lines go on here
        m = mods.setdefault(words[0], {"events": {}, "bits": {}, "kfuncs": [], "notes": [], "fmt": {}})
        if words[1] == "tracepoint":
            fmt = line.split(" | ", 2)[2]
            m["events"][words[2]] = [words[3], words[4], fmt, []]
        elif words[1] == "item" and words[3] == "2":
            m["events"][words[2]][3].append(words[4])
        elif words[1] == "item" and words[3] == "4":
            m["kfuncs"].append((words[2], words[4], int(words[5])))
        elif words[1] == "attach":
            m["bits"][words[2]] = m["bits"].get(words[2], 0) | int(words[3])
        elif words[1] == "note":
            m["notes"].append(line)
    return mods


def first_line(text):
    return text.split("\n")[0]


def places(m):
    """address -> section+offset, by the layout that docs/semantics.md tells"""
    at, out = 0x100000, []
    for s in m.secs[1:]:
        if not s["flags"] & 2:
            continue
        align = max(s["align"], 1)
        at = (at + align - 1) // align * align
        out.append((at, s["size"], s["name"]))
        at += s["size"] + 1

    def place(addr):
        return "".join(f" {name}+0x{addr - a:x}" for a, n, name in out if addr and a <= addr < a + n)
    return place


def groups(path):
    place = places(Module(path))
    binds = {"STB_LOCAL": 0, "STB_GLOBAL": 1, "STB_WEAK": 2, "STB_OTHER": 3}
    for line in sys.stdin:
        g = json.loads(line)
        for i in g["funcs"]:
            callers = [f" in {c}" for c in i["caller_inline"]] + [f" by {c}" for c in i["caller_func"]]
            loc = i["loc"] or ":0"
            loc = loc if re.search(r":\d+$", loc) else loc + ":0"
            print(f"{g['name']} at {loc} external {int(i['external'])} {i['inline']}{place(i['addr'])}"
                  + "".join(callers))
        for s in g["symbols"]:
            print(f"{g['name']} symbol {s['name']} {s['section']} {binds[s['bind']]} {s['size']}{place(s['addr'])}")


def main():
    if sys.argv[1] == "groups":
        groups(sys.argv[2])
        return
    vmlinux, dump, *paths = sys.argv[1:]
    got = dumped(dump)
    counts = {"modules": 0, "tracepoints": 0, "fields": 0, "kfuncs": 0, "functions": 0, "traced": 0, "not probed": 0}
    bad = []
    for path in paths:
        m = Module(path)
        name = re.sub(r"\.ko.*", "", path.split("/")[-1]).replace("-", "_")
        g = got.get(name)
        if not g:
            bad.append(f"{name}: not dumped")
            continue
        want = events(m)
        have = sorted((n, e[0], e[1], e[2], tuple(e[3])) for n, e in g["events"].items())
        if [(*w[:3], first_line(w[3]), w[4]) for w in want] != have:
            bad.append(f"{name}: tracepoints: {set((*w[:3], first_line(w[3]), w[4]) for w in want) ^ set(have)}"[:600])
        bits = marks(m)
        if bits != g["bits"]:
            bad.append(f"{name}: attach: {set(bits.items()) ^ set(g['bits'].items())}"[:600])
        k = kfuncs(m, vmlinux)
        if k != sorted(g["kfuncs"]):
            bad.append(f"{name}: kfuncs: {set(k) ^ set(g['kfuncs'])}"[:600])
        bad += g["notes"]
        counts["modules"] += 1
        counts["tracepoints"] += len(want)
        counts["fields"] += sum(len(w[4]) for w in want)
        counts["kfuncs"] += len(k)
        counts["functions"] += len(bits)
        counts["traced"] += sum(b & FTRACE for b in bits.values())
        counts["not probed"] += sum(b & NO_KPROBE for b in bits.values()) // NO_KPROBE
    print(", ".join(f"{v} {k}" for k, v in counts.items()))
    for b in bad:
        print(b)
    sys.exit(bool(bad))


main()
