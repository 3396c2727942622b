#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Holds the facts of an image against what the same build says of itself when it runs.

compare.py CAPTURE STORE.db EXPORT BTF.json: TAP lines on stdout. CAPTURE is the folder that tests/vm/boot made; the store and
the export (ksurf export) hold the image's vmlinux and nothing else; BTF.json is the running kernel's BTF as bpftool reads it. A
difference is of a named class, whose condition is checked and whose members are counted, or it is a failure. HACKING.md
names the classes.
"""
import collections
import glob
import json
import os
import re
import struct
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import facts  # noqa: E402

INVALID = re.compile(r"__ftrace_invalid_address___\d+$")
# Functions of the BPF LSM that are named as its hooks are.
BPF_LSM_OWN = {"find_cgroup_shim", "func_proto", "get_retval_range", "has_d_inode_locked", "hook_returns_errno", "init",
               "is_sleepable_hook", "is_trusted", "verify_prog"}
EXIT_FORMAT = '"0x%lx", REC->ret'


def group(symbol):
    return symbol.split(".", 1)[0]


class Check:
    def __init__(self):
        self.n = 0

    def report(self, what, bad, *figures):
        """One line; `bad` are the differences that no class explains."""
        self.n += 1
        said = "; ".join(str(f) for f in figures if f)
        print("not ok" if bad else "ok", self.n, "-", what, f"({said})" if said else "")
        for line in bad[:10]:
            print("#  ", str(line)[:400])
        if len(bad) > 10:
            print(f"#   and {len(bad) - 10} more")

    def same(self, what, ours, theirs, *figures):
        """Two sets of names, of which the second one must not be empty."""
        bad = [f"only ksurf: {x}" for x in sorted(ours - theirs)] + [f"only the kernel: {x}" for x in sorted(theirs - ours)]
        self.report(what, bad if theirs else ["the kernel names none"], len(theirs), *figures)


class Capture:
    def __init__(self, path, symbols, byte_order, pointer_size):
        self.path, self.byte_order, self.pointer_size = path, byte_order, pointer_size
        self.kallsyms, self.weak = [], set()
        for line in self.lines("proc.kallsyms"):
            words = line.split()
            if len(words) == 3:  # a fourth word is a module
                self.kallsyms.append((int(words[0], 16), words[2]))
                if words[1] in "wW":
                    self.weak.add(words[2])
        # Some machines move the kernel as a whole, whatever the arguments say: then by how much, as most symbols have it.
        ours = dict(symbols)
        moves = collections.Counter(addr - ours[name] for addr, name in self.kallsyms if name in ours)
        self.moved = moves.most_common(1)[0][0] if moves else 0

    def build_id(self):
        """Of the notes: name size 4, description size, type 3, "GNU"."""
        with open(os.path.join(self.path, "sys.kernel.notes"), "rb") as f:
            notes = f.read()
        at = notes.find(struct.pack(self.byte_order + "I", 3) + b"GNU\0")
        size, = struct.unpack_from(self.byte_order + "I", notes, at - 4)
        return notes[at + 8:at + 8 + size].hex()

    def has(self, name):
        return os.path.exists(os.path.join(self.path, name))

    def text(self, name):
        with open(os.path.join(self.path, name), encoding="utf-8", errors="surrogateescape") as f:
            return f.read()

    def lines(self, name):
        return self.text(name).splitlines()

    def tracing(self, name):
        return self.lines("sys.kernel.tracing." + name)

    def formats(self):
        """{system:event: (common fields, fields, print fmt)}; a field is (name, type, offset, size, signed)."""
        out = {}
        for part in ("\n" + self.text("formats")).split("\nFORMAT ")[1:]:
            head, _, body = part.partition("\n")
            body, _, fmt = body.partition("\nprint fmt: ")
            fields = []
            for line in body.split("\n"):
                m = re.match(r"\tfield:(.*);\toffset:(\d+);\tsize:(\d+);\tsigned:(\d+);$", line)
                if m:
                    fields.append(declared(m[1]) + (int(m[2]), int(m[3]), int(m[4])))
            common = [f for f in fields if f[0].startswith("common_")]
            out[head.replace("/", ":")] = (common, fields[len(common):], fmt.rstrip("\n"))
        return out

    def syscall_numbers(self):
        """{function without sys_: number}: what the kernel wrote into each struct syscall_metadata."""
        path = glob.glob(os.path.join(self.path, "syscall_metadata.*"))
        if not path:
            return {}
        base = int(path[0].rsplit(".", 1)[1], 16)
        with open(path[0], "rb") as f:
            data = f.read()
        out = {}
        for addr, name in self.kallsyms:
            if name.startswith("__syscall_meta__"):
                number, = struct.unpack_from(self.byte_order + "i", data, addr - base + self.pointer_size)
                if number >= 0:
                    out[name[len("__syscall_meta__"):]] = number
        return out


def declared(text):
    """("comm", "char[16]") of "char comm[16]"."""
    m = re.match(r"(.*?)\s*\b(\w+)((?:\[[^\]]*\])*)$", text)
    return (m[2], m[1] + m[3]) if m else ("", text)


def tokens(fmt):
    """Words, numbers and signs of a print fmt; sizeof(x) is one word, a string literal too."""
    return re.findall(r'"(?:\\.|[^"\\])*"|sizeof\([^)]*\)|[A-Za-z_]\w*|-?\d\w*|\s+|.', fmt, re.S)


def replaced(ours, theirs):
    """[(word of ours, number of theirs)] where these are all that differs, or None."""
    a, b = tokens(ours), tokens(theirs)
    # "- 1" and "-1" are told apart by what the words around them make of it: only whole tokens count.
    if len(a) != len(b):
        return None
    pairs = [(x, y) for x, y in zip(a, b) if x != y]
    if all(re.match(r"[A-Za-z_]|sizeof\(", x) and re.fullmatch(r"-?\d+", y) for x, y in pairs):
        return pairs
    return None


class Btf:
    def __init__(self, path):
        with open(path, encoding="utf-8") as f:
            self.types = json.load(f)["types"]
        self.funcs = {t["name"] for t in self.types if t["kind"] == "FUNC"}
        self.enumerators = collections.defaultdict(set)
        for t in self.types:
            if t["kind"] in ("ENUM", "ENUM64"):
                for v in t["values"]:
                    self.enumerators[v["name"]].add(int(v["val"]) & 0xFFFFFFFFFFFFFFFF)

    def kfuncs(self):
        by_id = {t["id"]: t for t in self.types}
        return {by_id[t["type_id"]]["name"] for t in self.types if t["kind"] == "DECL_TAG" and t["name"] == "bpf_kfunc"}


def compare_events(check, ours, capture, formats):
    events = set(capture.tracing("available_events"))
    check.same("tracepoints are available_events", set(ours), events,
               f"{sum(e.startswith('syscalls:') for e in events)} of system calls")
    fields, user_strings, bad = 0, 0, []
    names = sorted(set(ours) & set(formats))
    for name in names:
        want = formats[name][1]
        # Class "user strings": which arguments of a system call are copied is a switch in the kernel's code, run at boot.
        if name.startswith("syscalls:sys_enter_"):
            args = {f[0] for f in want}
            kept = [f for f in want if not (f[1] == "__data_loc char[]" and re.sub("^__|_val$", "", f[0]) in args)]
            user_strings += len(want) != len(kept)
            want = kept
        fields += len(want)
        got = [f for f in ours[name].fields if not f[0].startswith("common_")]
        if got != want:
            bad.append(f"{name}: " + "; ".join(f"ksurf {g} kernel {w}" for g, w in zip_all(got, want) if g != w))
    check.report("fields of the format files: name, type, offset, size, signed", bad if fields else ["none"],
                 f"{len(names)} events, {fields} fields",
                 user_strings and f"user strings, set at boot: {user_strings} events")


def zip_all(a, b):
    n = max(len(a), len(b))
    return zip(a + [None] * (n - len(a)), b + [None] * (n - len(b)))


def compare_common(check, entry, formats):
    """common_X is member X of struct trace_entry."""
    want = {tuple((f[0][len("common_"):], f[2], f[3]) for f in common) for common, _, _ in formats.values()}
    got = tuple(entry)
    check.report("common fields are struct trace_entry", [] if want == {got} else [f"ksurf {got} kernel {want}"], len(got))


def compare_records(check, ours, formats):
    """A field is at the offset where the record struct has the member of its name (__data_loc_X for a dynamic one)."""
    bad, n, events = [], 0, 0
    for name in sorted(set(ours) & set(formats)):
        members = {m[0]: m[1:] for m in ours[name].members}
        events += bool(members)
        for field, kind, offset, size, _ in formats[name][1] if members else []:
            loc = re.match(r"__(data|rel)_loc ", kind)
            member = members.get(f"{loc[0].rstrip()}_{field}" if loc else field)
            n += 1
            if member != (offset, size):
                bad.append(f"{name}.{field}: ksurf's member {member} kernel {(offset, size)}")
    check.report("fields are members of the record structs: offset, size", bad if n else ["none"], f"{events} events, {n} fields")


def compare_print_fmt(check, ours, formats, btf):
    """The kernel puts numbers in the place of words (its eval maps, one a system); each must be one number, and an enumerator's
    own where the word is one."""
    bad, maps, same, replaced_in, at_boot = [], collections.defaultdict(dict), 0, 0, 0
    for name in sorted(set(ours) & set(formats)):
        got, want, system = ours[name].text, formats[name][2], name.split(":", 1)[0]
        if got == want:
            same += 1
        elif system == "syscalls" and not got:  # Class "built at boot": from names that the fields have.
            enter = set(re.findall(r"REC->(\w+)", want)) == {f[0] for f in formats[name][1][1:] if f[1] != "__data_loc char[]"}
            at_boot += 1
            if want != EXIT_FORMAT and not (name.startswith("syscalls:sys_enter_") and enter):
                bad.append(f"{name}: kernel {want}")
        else:
            pairs = replaced(got, want)
            for word, number in pairs or []:
                if maps[system].setdefault(word, number) != number:
                    bad.append(f"{name}: {word} is {number} and {maps[system][word]}")
                if word in btf.enumerators and int(number) & 0xFFFFFFFFFFFFFFFF not in btf.enumerators[word]:
                    bad.append(f"{name}: {word} is {number}, as an enumerator {btf.enumerators[word]}")
            replaced_in += 1
            if not pairs:
                bad.append(f"{name}: ksurf {got} kernel {want}")
    check.report("print fmt", bad if same else ["none is the same"], f"{same} the same",
                 replaced_in and f"numbers for words: {replaced_in} events, {sum(map(len, maps.values()))} words",
                 at_boot and f"built at boot: {at_boot}")


def compare_ftrace(check, ours, symbols, capture):
    listed = collections.Counter(capture.tracing("available_filter_functions"))
    if any(" " in name for name in listed):
        check.report("no module is loaded", ["available_filter_functions names modules"])
    invalid = sum(n for name, n in listed.items() if INVALID.match(name))
    names = {name for name in listed if not INVALID.match(name)}
    groups = {group(name) for name in names}
    at = collections.defaultdict(set)
    for addr, name in capture.kallsyms:
        at[addr].add(name)
    # Class "aliases": the list has one of the names of an address. The compiler folds equal functions into one, of which the debug
    # information may know one name only.
    alias, alone, known = set(), ours - groups, {group(name) for name, _ in symbols}
    for name, addr in symbols:
        if group(name) in alone and at[addr + capture.moved] & names:
            alias.add(group(name))
    unknown, nameless = groups - ours - known, set()
    for same in at.values():
        if any(group(name) in ours for name in same):
            nameless |= {group(name) for name in same & names} & unknown
    # Class "leftovers": what is left of an overridden weak function. Newer kernels call it __ftrace_invalid_address___N or drop it;
    # others list it under the name of the function before it, which is then listed more often than there are such functions.
    leftover, repeated = set(), 0
    if not invalid and not capture.has("sys.kernel.tracing.available_filter_functions_addrs"):
        count = collections.Counter(name for _, name in capture.kallsyms)
        repeated = sum(n > count[name] for name, n in listed.items())
        missing = groups - ours - nameless
        if repeated and len(missing) <= repeated // 10:
            leftover = missing
    bad = [f"only ksurf: {n}" for n in sorted(alone - alias)] + [f"only the kernel: {n}" for n in sorted(groups - ours - leftover - nameless)]
    check.report("functions that ftrace can attach to are available_filter_functions", bad if groups else ["none"],
                 f"{len(groups)} names, {sum(listed.values())} entries", invalid and f"invalid addresses: {invalid}",
                 alias and f"aliases: {len(alias)}", nameless and f"aliases without debug information: {' '.join(sorted(nameless))}",
                 repeated and f"leftovers: {repeated} names listed too often, not ours: {' '.join(sorted(leftover)) or 'none'}")


def compare_addresses(check, what, ours, symbols, addresses):
    """The groups with a symbol at one of the addresses."""
    want = {group(name) for name, addr in symbols if addr in addresses}
    found = {addr for _, addr in symbols if addr in addresses}
    check.same(what, ours, want, f"{len(addresses)} addresses, no function of ours: {len(addresses) - len(found)}")


def compare_symbols(check, symbols, capture):
    known = set(capture.kallsyms)
    bad = [f"{name} {addr:x}" for name, addr in symbols if (addr + capture.moved, name) not in known]
    check.report("symbols of functions are in kallsyms, at the same address", bad if symbols else ["none"], len(symbols),
                 capture.moved and f"all moved by {capture.moved:#x}")


def compare_syscalls(check, ours, capture):
    """The kernel knows one number a function, the highest."""
    want = capture.syscall_numbers()
    got, stubs = collections.defaultdict(set), set()
    for name, number, function in ours:
        if name == "ni_syscall":
            continue
        # Class "stubs": COND_SYSCALL's weak function, where the system call itself is not built in.
        if name not in want and function in capture.weak:
            stubs.add(name)
        else:
            got[name].add(number)
    bad = [f"only ksurf: {n} {sorted(got[n])}" for n in sorted(got.keys() - want.keys())]
    bad += [f"{n}: ksurf {sorted(got[n])} kernel {w}" for n, w in sorted(want.items()) if w != max(got[n], default=None)]
    check.report("numbers of native system calls", bad if want else ["the kernel's could not be read"], len(want),
                 f"functions with several: {sum(len(n) > 1 for n in got.values())}",
                 stubs and f"stubs: {' '.join(sorted(stubs))}")


def main():
    ours, btf = facts.Facts(sys.argv[2], sys.argv[3]), Btf(sys.argv[4])
    capture = Capture(sys.argv[1], ours.symbols, ours.byte_order, ours.pointer_size)
    check, formats = Check(), capture.formats()
    release = capture.text("proc.version").split()[2]
    got, want = (ours.release, ours.build_id), (release, capture.build_id())
    check.report("release and build id", [] if got == want else [f"ksurf {got} kernel {want}"], *want)
    compare_events(check, ours.events, capture, formats)
    compare_common(check, ours.trace_entry, formats)
    compare_records(check, ours.events, formats)
    compare_print_fmt(check, ours.events, formats, btf)
    compare_ftrace(check, ours.ftrace, ours.symbols, capture)
    blacklist = {int(line.split("-", 1)[0], 16) - capture.moved for line in capture.lines("sys.kernel.debug.kprobes.blacklist")}
    compare_addresses(check, "functions that kprobes refuse are the kernel's blacklist", ours.no_kprobe, ours.symbols, blacklist)
    if capture.has("sys.kernel.debug.error_injection.list"):
        names = {line.split()[0] for line in capture.lines("sys.kernel.debug.error_injection.list")}
        check.same("functions with error injection are the kernel's list", ours.error_injection, {group(n) for n in names})
    else:
        check.report("the kernel has no error injection, nor has ksurf", sorted(ours.error_injection))
    compare_symbols(check, ours.symbols, capture)
    compare_syscalls(check, ours.syscalls, capture)
    hooks = {n[len("bpf_lsm_"):] for n in btf.funcs if n.startswith("bpf_lsm_")} - BPF_LSM_OWN
    if hooks:
        check.same("LSM hooks are the bpf_lsm_ functions of the kernel's BTF", ours.lsm, hooks)
    else:
        print("# the kernel has no LSM for BPF, so none of the functions that tell the hooks")
    check.report("kfuncs are functions of the kernel's BTF", sorted(ours.kfuncs - btf.funcs), len(ours.kfuncs))
    tagged = btf.kfuncs()
    if tagged:
        check.same("kfuncs are those that the kernel's BTF tags", ours.kfuncs, tagged)
    print(f"1..{check.n}")


main()
