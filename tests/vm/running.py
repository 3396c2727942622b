# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""running.py CAPTURE DB LIVE-DB EXPORT: what `ksurf add --running` told of a booted kernel (LIVE-DB) against what `ksurf add` told of its
vmlinux (DB, EXPORT). Differences fail unless they are of a class that HACKING.md names; its members are counted."""
import collections
import glob
import json
import os
import sqlite3
import sys


def group(name):
    return name.split(".", 1)[0] or name


class Store:
    def __init__(self, path):
        self.db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)

    def set(self, sql):
        rows = self.db.execute(sql).fetchall()
        return {row[0] if len(row) == 1 else row for row in rows}


class Check:
    n = 0

    def report(self, name, bad, *figures):
        self.n += 1
        words = "; ".join(str(f) for f in figures if f)
        print(f"{'not ok' if bad else 'ok'} {self.n} - {name}{': ' + words if words else ''}")
        for line in sorted(map(str, bad))[:20]:
            print(f"#   {line}")

    def same(self, name, want, got):
        self.report(name, [f"only the vmlinux: {x}" for x in want - got] + [f"only running: {x}" for x in got - want] or
                    ([] if want else ["none"]), len(want))


def main():
    capture, db, live_db, export = sys.argv[1:]
    vmlinux, live, check = Store(db), Store(live_db), Check()
    at, where, mark = collections.defaultdict(set), collections.defaultdict(set), {}
    with open(os.path.join(capture, "proc.kallsyms"), encoding="utf-8") as f:
        for line in f:
            addr, letter, name = line.split()[:3]
            at[addr].add(group(name))
            if letter in "tTwW":
                where[group(name)].add(addr)
            mark.setdefault(name, addr)

    def aliases(name):
        return {other for addr in where[name] for other in at[addr]} - {name}

    def is_code(name):
        return any(mark[a] <= addr <= mark[b] for addr in where[name] for a, b in (("_stext", "_etext"), ("_sinittext", "_einittext")))

    identity = "SELECT release, arch, build_id, pointer_size, big_endian FROM image"
    check.same("identity", vmlinux.set(identity), live.set(identity))
    for what, sql in (("prototypes", "SELECT name, prototype FROM function WHERE btf"),
                      ("fields", "SELECT struct, field, type, bit_offset FROM field"),
                      ("LSM hooks", "SELECT name FROM lsm_hook")):
        check.same(what, vmlinux.set(sql), live.set(sql))
    sections = collections.defaultdict(set)
    for path in glob.glob(os.path.join(export, "func_groups", "*.jsonl")):
        with open(path, encoding="utf-8") as f:
            for line in f:
                d = json.loads(line)
                sections[d["name"]] |= {s["section"] for s in d["symbols"]}

    # Existence. Class "elsewhere": code of the vmlinux that is neither in .text nor in .init.text, as in .exit.text, which the kernel
    # throws away. No symbol of a linker script tells where that is. Class "labels": code with a symbol that is no function's (assembly), or of no debug information (Rust).
    has = "SELECT name FROM function WHERE symbols > 0"
    ours, theirs = vmlinux.set(has), live.set(has)
    gone = {name for name in ours - theirs if not sections[name] & {".text", ".init.text"}}
    more = {name for name in theirs - ours if is_code(name)}
    bad = [f"only the vmlinux: {n}" for n in ours - theirs - gone] + [f"only running: {n}" for n in theirs - ours - more]
    check.report("functions", bad or ([] if ours else ["none"]), len(ours & theirs), gone and f"elsewhere: {len(gone)}",
                 more and f"labels: {len(more)}")

    # Where they can be attached to. Class "aliases": the lists have one of the names of an address. Class "leftovers": what is left of
    # a weak function that another one replaced, listed under the name of the function before it; not where the kernel has the addresses.
    with open(os.path.join(capture, "sys.kernel.tracing.available_filter_functions"), encoding="utf-8") as f:
        listed = {group(line.split()[0]) for line in f}
    exact = os.path.exists(os.path.join(capture, "sys.kernel.tracing.available_filter_functions_addrs"))
    for what, column in (("functions that ftrace can attach to", "ftrace"), ("functions that kprobes refuse", "no_kprobe")):
        sql = f"SELECT name FROM function WHERE {column}"
        want, got = vmlinux.set(sql), live.set(sql)
        alias = {name for name in want ^ got if aliases(name) & (want | got | listed)}
        none = (got - want - alias) & more
        left = got - want - alias - none if column == "ftrace" and not exact else set()
        left = left if len(left) < 5 else set()
        bad = [f"only the vmlinux: {n}" for n in want - got - alias] + [f"only running: {n}" for n in got - want - alias - none - left]
        check.report(what, bad or ([] if want & got else ["none"]), len(want & got), alias and f"aliases: {len(alias)}",
                     none and f"labels: {len(none)}",
                     left and f"leftovers: {' '.join(sorted(left))}")

    # Class "system calls": their events have no type of their own. Class "bare": tracepoints without an event.
    want, got = vmlinux.set("SELECT name FROM tracepoint"), live.set("SELECT name FROM tracepoint")
    calls = {name for name in want - got if name.startswith(("sys_enter_", "sys_exit_"))}
    bare = {name for name in got - want if name.endswith("_tp")}
    bad = [f"only the vmlinux: {n}" for n in want - got - calls] + [f"only running: {n}" for n in got - want - bare]
    check.report("tracepoints", bad or ([] if want & got else ["none"]), len(want & got), calls and f"system calls: {len(calls)}",
                 bare and f"bare: {len(bare)}")
    want, got = vmlinux.set("SELECT name FROM kfunc"), live.set("SELECT name FROM kfunc")
    if got:
        check.same("kfuncs", want, got)
    else:
        print("# the kernel's BTF tags no kfuncs, so they are unknown")
    print(f"1..{check.n}")


main()
