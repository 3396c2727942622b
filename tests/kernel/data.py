#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Holds what ksurf reads of a kernel's own data against what the image says elsewhere, and against the recorded results.

data.py DUMP.jsonl VMLINUX [BPFTOOL.json]: TAP lines on stdout. DUMP is of `test_kernel dump`. Symbols and tables of addresses are
read here again, in the plainest way.
data.py recorded DUMP.jsonl FOLDER: against the reference program's results of the same build. Every difference is of a named class,
which is counted, or is a failure.
"""
import bisect
import collections
import json
import lzma
import re
import struct
import subprocess
import sys

CODES = ("kernel-symbols", "kernel-types", "tracepoint-damaged", "syscall-damaged", "kfunc-damaged", "attach-damaged", "config-damaged")
MEMBER, FORMAT, ENTRY, SET, PROGRAM = 0, 2, 3, 4, 5
NO_RECORD = 4
UNISTD = {  # table: the kernel's header with its numbers, where this machine has it
    "x86_64": "/usr/include/x86_64-linux-gnu/asm/unistd_64.h",
    "i386": "/usr/include/x86_64-linux-gnu/asm/unistd_32.h",
    "arm64": "/usr/include/asm-generic/unistd.h",
    "riscv64": "/usr/include/asm-generic/unistd.h",
}
# What a user calls a syscall and what serves it, where no rule tells.
SERVED_BY = {"umount": "oldumount", "umount2": "umount", "fcntl": "fcntl64", "getrlimit": "old_getrlimit", "ugetrlimit": "getrlimit",
             "mmap2": "mmap_pgoff", "_newselect": "select", "oldolduname": "olduname", "oldstat": "stat", "oldlstat": "lstat",
             "oldfstat": "fstat", "sendfile": "sendfile64", "sync_file_range2": "sync_file_range"}


class Tap:
    n = 0

    def check(self, what, bad, figure=""):
        self.n += 1
        print("not ok" if bad else "ok", self.n, "-", what, f"({figure})" if figure else "")
        for line in bad[:8]:
            print("#  ", str(line)[:300])
        if len(bad) > 8:
            print(f"#   and {len(bad) - 8} more")


def load(path):
    rows = collections.defaultdict(list)
    with open(path) as f:
        for row in map(json.loads, f):
            rows[row["kind"]].append(row)
    return rows


class Elf:
    def __init__(self, path):
        with open(path, "rb") as f:
            self.data = f.read()
        d = self.data
        self.is64, self.e = d[4] == 2, "<" if d[5] == 1 else ">"
        self.word, self.size = ("Q", 8) if self.is64 else ("I", 4)
        shoff, = struct.unpack_from(self.e + self.word, d, 0x28 if self.is64 else 0x20)
        nsecs, = struct.unpack_from(self.e + "H", d, 0x3C if self.is64 else 0x30)
        fields = self.e + ("IIQQQQIIQQ" if self.is64 else "10I")
        self.secs = [struct.unpack_from(fields, d, shoff + i * struct.calcsize(fields)) for i in range(nsecs)]
        self.symbols = []
        for _, kind, _, _, offset, size, link, *_ in self.secs:
            if kind == 2:
                self.read_symbols(d[offset:offset + size], self.secs[link])

    def read_symbols(self, table, strings):
        text = self.data[strings[4]:strings[4] + strings[5]]
        for entry in struct.iter_unpack(self.e + ("IBBHQQ" if self.is64 else "IIIBBH"), table):
            if self.is64:
                name, info, _, shndx, addr, size = entry
            else:
                name, addr, size, info, _, shndx = entry
            if shndx:
                self.symbols.append((addr, size, text[name:text.find(b"\0", name)].decode(), info & 15))

    def at(self, addr, n):
        for _, kind, flags, start, offset, size, *_ in self.secs:
            if flags & 2 and kind != 8 and start and start <= addr and addr + n <= start + size:
                return self.data[offset + addr - start:offset + addr - start + n]
        return b""

    def pointers(self, first, last):
        return [p for p, in struct.iter_unpack(self.e + self.word, self.at(first, last - first))]


def stem(name):
    return name.split(".")[0]


def check_events(tap, rows):
    events = rows["tracepoint"]
    bad, nfields = [], 0
    for e in events:
        members = {i["name"]: i for i in e["items"] if i["role"] == MEMBER and i["flat"]}
        for i in e["items"]:
            if i["role"] != FORMAT or e["flags"] & NO_RECORD:
                continue
            nfields += 1
            m = next((members[p + i["name"]] for p in ("", "__data_loc_", "__rel_loc_") if p + i["name"] in members), None)
            if not m or (m["value"], m["size"]) != (i["value"], i["size"]):
                bad.append(f"{e['name']}.{i['name']}: at {i['value']}, {i['size']} bytes; the record says {m}")
    tap.check("formats stand where the records have them", bad, f"{nfields} fields of {len(events)} events")
    with_record = [e for e in events if not e["flags"] & NO_RECORD]
    tap.check("events have a prototype, a class and a format",
              [e["name"] for e in with_record if not (e["type"] and e["class"] and e["text"] and e["system"])], len(with_record))
    order = [e["seq"] for e in events if not e["variant"]]
    tap.check("events are in the order of the table", [] if order == sorted(order) else ["they are not"])
    tap.check("only syscalls' events are without a record",
              [e["name"] for e in events if e["flags"] & NO_RECORD and not re.match("sys_(enter|exit)_", e["name"])])
    served = {s["name"] for s in rows["syscall"]} - {"ni_syscall"}
    tap.check("syscalls' events are those of syscalls that are served",
              [e["name"] for e in events if e["system"] == "syscalls" and e["name"].split("_", 2)[2] not in served])


def header_names(path):
    with open(path) as f:
        found = re.findall(r"^#define\s+__NR(?:3264)?_(\w+)\s+(\d+)\s*$", f.read(), re.M)
    return {int(number): name for name, number in found if name != "syscalls"}


def base(name):
    """The name without what tells widths and ages apart."""
    old = None
    while old != name:
        old = name
        name = re.sub(r"^(new|old_?|ia32_|arm64_|_)|(_time32|_time64|_?(16|32|64))$", "", name) or name
    return name


def check_syscalls(tap, rows):
    tables = collections.defaultdict(dict)
    for s in rows["syscall"]:
        for i in s["items"]:
            tables[i["name"]].setdefault(i["value"], []).append((s["name"], i["text"]))
    for table, entries in sorted(tables.items()):
        tap.check(f"table {table}: a number has one entry", [e for e in entries.items() if len(e[1]) > 1],
                  f"{len(entries)} entries up to {max(entries)}")
        try:
            header = header_names(UNISTD[table])
        except (KeyError, OSError):
            continue
        known = [(n, header[n], entries[n][0][0]) for n in entries if n in header and entries[n][0][0] != "ni_syscall"]
        tap.check(f"table {table}: as the headers number them",
                  [k for k in known if base(SERVED_BY.get(k[1], k[1])) != base(k[2]) and SERVED_BY.get(k[1]) != k[2]],
                  f"{len(known)} numbers, {sum(k[1] == k[2] for k in known)} of the same name")
    by_code = {s["number"]: set(s["functions"]) for s in rows["switch"]}
    if by_code and "x86_64" in tables:
        bad = [(n, e, by_code.get(n)) for n, e in tables["x86_64"].items() if e[0][1] not in by_code.get(n, ())]
        bad += [(n, f) for n, f in by_code.items()
                if n not in tables["x86_64"] and f != {""} and not any("ni_syscall" in name for name in f)]
        tap.check("x64_sys_call run for every number serves what the table says", bad, len(by_code))


def check_attach(tap, rows, elf):
    names = {name: addr for addr, _, name, _ in elf.symbols if name.startswith("__")}
    funcs = sorted((addr, size, name) for addr, size, name, kind in elf.symbols if kind == 2 and not name.startswith("__pfx"))
    starts = [f[0] for f in funcs]
    ours = {r["name"]: r["bits"] for r in rows["attach"]}
    # Patched instructions before the function: where no symbol holds any place of the table.
    places = [p for p in elf.pointers(names["__start_mcount_loc"], names["__stop_mcount_loc"])
              if p and not names["__init_begin"] <= p < names["__init_end"]]
    want, outside = set(), 0
    for before in (0, 8):
        want, outside = set(), 0
        for p in places:
            i = bisect.bisect_right(starts, p + before) - 1
            first = starts[i]
            if p + before >= first + max(funcs[i][1], 1):
                outside += 1
                continue
            while i >= 0 and starts[i] == first:
                want.add(stem(funcs[i][2]))
                i -= 1
        if want:
            break
    want &= set(ours)
    got = {n for n, bits in ours.items() if bits & 1}
    tap.check("ftrace: the functions of __mcount_loc", sorted(want ^ got), f"{len(got)}; {outside} places of replaced weak functions")
    listed = set(elf.pointers(names["__start_kprobe_blacklist"], names["__stop_kprobe_blacklist"]))
    want = {stem(n) for a, _, n in funcs if a in listed or any(
        names.get(f"__{s}_text_start", 0) <= a < names.get(f"__{s}_text_end", 0) for s in ("kprobes", "noinstr"))} & set(ours)
    got = {n for n, bits in ours.items() if bits & 2}
    tap.check("kprobe blacklist: the list, .kprobes.text and .noinstr.text", sorted(want - got), f"{len(got)}")


def registered(elf, path, section):
    """{set: program types} as the functions of a section of an amd64 kernel pass them to register_btf_kfunc_id_set."""
    command = ["objdump", "-d", "--no-show-raw-insn", "-j", section, path]
    names = {a: n[len("__BTF_ID__set8__"):] for a, _, n, _ in elf.symbols if n.startswith("__BTF_ID__set8__")}
    out, program, kset = collections.defaultdict(set), None, None
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as dump:
        for line in dump.stdout:
            if "%edi" not in line and "%rsi" not in line and "<register_btf_kfunc_id_set>" not in line:
                continue
            if m := re.search(r"mov\s+\$0x([0-9a-f]+),%edi", line):
                program = int(m[1], 16)
            elif re.search(r"xor\s+%edi,%edi", line):
                program = 0
            elif m := re.search(r"mov\s+\$0x([0-9a-f]+),%rsi", line):
                kset = int(m[1], 16)
            elif re.search(r"\b(call|jmp)\b.*<register_btf_kfunc_id_set>", line):
                out[names[elf.pointers(kset + 8, kset + 16)[0]]].add(program)
    return out


def check_programs(tap, rows, elf, path):
    known = [k for k in rows["kfunc"] if any(i["role"] == PROGRAM for i in k["items"])]
    if elf.data[18] != 62 or not known:
        return
    want, bad = registered(elf, path, ".init.text"), []
    if any(i["name"] not in want for k in known for i in k["items"] if i["role"] == SET):  # Some forget __init.
        for name, programs in registered(elf, path, ".text").items():
            want[name] |= programs
    for k in rows["kfunc"]:
        got = {i["value"] for i in k["items"] if i["role"] == PROGRAM}
        passed = set().union(*(want[i["name"]] for i in k["items"] if i["role"] == SET))
        if got != passed:
            bad.append(f"{k['name']}: {sorted(got)}, the code passes {sorted(passed)}")
    tap.check("kfuncs are for the programs that the code registers their sets for", bad, f"{len(known)} of {len(rows['kfunc'])} known")


def check_kfuncs(tap, rows, elf, btf, path):
    """Members of a set by the symbols inside it: their order is not the set's, which is sorted by id."""
    sets = collections.defaultdict(set)
    for k in rows["kfunc"]:
        for i in k["items"]:
            if i["role"] == SET:
                sets[i["name"]].add(k["name"])
    ids = sorted((a, s, n) for a, s, n, _ in elf.symbols if n.startswith("__BTF_ID__"))
    bad = []
    for addr, size, name in ids:
        if not name.startswith("__BTF_ID__set8__"):
            continue
        set_name = name[len("__BTF_ID__set8__"):]
        if set_name not in sets:
            continue
        want = {re.sub(r"__\d+$", "", n[len("__BTF_ID__func__"):]) for a, _, n in ids
                if addr < a < addr + size and n.startswith("__BTF_ID__func__")}
        if want != sets[set_name]:
            bad.append(f"{set_name}: {sorted(want ^ sets[set_name])}")
    tap.check("kfuncs are the members of their sets", bad, f"{len(rows['kfunc'])} of {len(sets)} sets")
    check_programs(tap, rows, elf, path)
    if not btf:
        return
    with open(btf) as f:
        types = {t["id"]: t for t in json.load(f)["types"]}
    ours = {r["name"] for r in rows["attach"] if r["bits"] & 8}
    theirs = {t["name"] for t in types.values() if t["kind"] == "FUNC"}
    tap.check("functions that fentry finds are those of .BTF", sorted(ours ^ theirs), len(theirs))
    tagged = {types[t["type_id"]]["name"] for t in types.values()
              if t["kind"] == "DECL_TAG" and t["name"] == "bpf_kfunc" and t["type_id"] in types}
    if tagged:
        tap.check("kfuncs are the functions with the tag bpf_kfunc", sorted(tagged ^ {k["name"] for k in rows["kfunc"]}), len(tagged))
    lists = next((t for t in types.values() if t["kind"] == "STRUCT" and t["name"] == "security_hook_heads"), None)
    lists = lists or next(t for t in types.values() if t["kind"] == "UNION" and t["name"] == "security_list_options")
    want = [m["name"] for m in lists["members"] if m["name"] != "lsm_func_addr"]
    tap.check("LSM hooks are the members of the kernel's own list", [] if want == [r["name"] for r in rows["lsm"]] else [want], len(want))




def recorded(tap, rows, folder):
    with lzma.open(folder + "/tracepoints.jsonl.xz", "rt") as f:
        theirs = [json.loads(line) for line in f]
    ours = sorted((e for e in rows["tracepoint"] if not e["flags"] & NO_RECORD), key=lambda e: e["seq"])
    tap.check("tracepoints, in the recorded order",
              [] if [t["event_name"] for t in theirs] == [e["name"] for e in ours] else ["they differ"], len(theirs))
    bad, cut = [], 0
    for t, e in zip(theirs, ours):
        text = t["fmt_str"]
        # The reference reads at most 4095 bytes of a format.
        cut += len(text) == 4095 and e["text"] != text
        if (t["class_name"], t["func_name"], t["struct_name"]) != (e["class"], f"trace_event_raw_event_{e['class']}", f"trace_event_raw_{e['class']}"):
            bad.append(f"{e['name']}: {t['class_name']} {e['class']}")
        if e["text"] != text and not (len(text) == 4095 and e["text"].startswith(text)):
            bad.append(f"{e['name']}: {e['text']} {text}")
        members = [(m["name"], m["bits_offset"], m.get("bitfield_size") or 0) for m in t["struct"]["members"]]
        if (t["struct"]["size"], members) != (e["size"], [(i["name"], i["value"], i["bits"]) for i in e["items"]
                                                           if i["role"] == MEMBER and i["flat"]]):
            bad.append(f"{e['name']}: the record differs")
        for p in t["func"]["type"]["params"]:
            if not re.search(r"\b%s\b" % re.escape(p["name"]), e["type"]):
                bad.append(f"{e['name']}: {e['type']} has no {p['name']}")
    tap.check("tracepoints as recorded", bad, f"{cut} formats that the reference cut off at 4095 bytes")
    with open(folder + "/syscalls.json") as f:
        theirs = {int(n): name for n, name in json.load(f).items()}
    ours = {i["value"]: s["name"] for s in rows["syscall"] for i in s["items"] if i["name"] == "x86_64"}
    tap.check("syscalls as recorded", sorted(set(theirs.items()) ^ set(ours.items())), len(theirs))
    with open(folder + "/lsm.json") as f:
        theirs = json.load(f)
    ours = {"security_" + r["name"]: r for r in rows["lsm"]}
    bad = [n for n in theirs if n not in ours]
    bad += [(n, ours[n]["type"]) for n, f in theirs.items() if n in ours and not all(
        re.search(r"\b%s\b" % p["name"], ours[n]["type"]) for p in f["type"]["params"] if p["name"] != "(anon)")]
    other = set(ours) - set(theirs)
    tap.check("LSM hooks as recorded", bad, f"{len(theirs)}; {len(other)} more, whose wrapper is no security_HOOK of .BTF")


def main():
    tap = Tap()
    if sys.argv[1] == "recorded":
        recorded(tap, load(sys.argv[2]), sys.argv[3])
        return
    rows, elf = load(sys.argv[1]), Elf(sys.argv[2])
    tap.check("no finding about kernel data", [f for f in rows["finding"] if f["code"] in CODES])
    check_events(tap, rows)
    check_syscalls(tap, rows)
    check_attach(tap, rows, elf)
    check_kfuncs(tap, rows, elf, sys.argv[3] if len(sys.argv) > 3 else None, sys.argv[2])


main()
