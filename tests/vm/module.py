# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What a booted kernel says of its modules (tests/vm/init-modules), against `test_module dump`: lines of TAP without numbers.

  module.py CAPTURE DUMP
"""
import re
import sys

capture, dump = sys.argv[1:]


def lines(name):
    return open(f"{capture}/{name}", errors="replace").read().split("\n")


def told(mods):
    marks = {m: {1: set(), 2: set()} for m in mods}
    events = {}
    for line in open(dump, errors="replace").read().split("\n"):
        w = line.split(" ")
        if len(w) < 3 or w[0] not in mods:
            continue
        if w[1] == "attach":
            for bit in 1, 2:
                if int(w[3]) & bit:
                    marks[w[0]][bit].add(w[2])
        elif w[1] == "tracepoint":
            events[w[4], w[2]] = last = (line.split(" | ", 2)[2].strip(), [])
        elif w[1] == "item" and w[3] == "2":
            last[1].append((line.split(" | ")[1].strip(), w[4], int(w[5]) // 8, int(w[6]), int(w[7])))
    return marks, events


def shown():
    formats = {}
    for line in lines("formats"):
        if line.startswith("FORMAT "):
            cur = formats.setdefault(tuple(line[7:].split("/")), ["", []])
        elif line.startswith("\tfield:"):
            decl, *numbers = re.match(r"\tfield:(.*);\toffset:(\d+);\tsize:(\d+);\tsigned:(\d+);", line).groups()
            kind, name, array = re.match(r"(.*?)\s*(\w+)((?:\[.*\])?)$", decl).groups()
            if not name.startswith("common_"):
                cur[1].append((kind + array, name, *map(int, numbers)))
        elif line.startswith("print fmt:"):
            cur[0] = line[11:].strip()
    return formats


def say(name, bad):
    print(("not ok" if bad else "ok") + f" - {name}")
    for b in sorted(bad)[:20]:
        print(f"#   {b}")


# The kernel puts numbers in place of enumerators and sizeof at boot: what is left without either is the same.
def bare(fmt):
    return re.sub(r"\(?\b(0x)?[0-9a-fA-FxuUlL]*\d\w*\b\)?|\b[A-Z][A-Z0-9_]+\w*\b|sizeof\([^)]*\)", "N", fmt)


mods = {line.split()[0] for line in lines("modules") if line}
marks, events = told(mods)
listed = {m: {1: set(), 2: set()} for m in mods}
invalid = 0
for line in lines("filter"):
    if line:
        name, mod = line.split()[:2]
        # What is left of weak functions that others replaced: a class of HACKING.md.
        if name.startswith("__ftrace_invalid_address___"):
            invalid += 1
        else:
            listed[mod.strip("[]")][1].add(name)
for line in lines("blacklist"):
    hit = re.match(r"\S+\s+(\S+) \[(\w+)\]", line)
    if hit:
        listed[hit[2]][2].add(hit[1])
for bit, what in (1, "functions that ftrace lists"), (2, "functions of the kprobe blacklist"):
    have = {(m, f) for m in mods for f in marks[m][bit]}
    want = {(m, f) for m in mods for f in listed[m][bit]}
    say(f"{len(mods)} modules: {len(want)} {what}" + (f", and {invalid} invalid addresses" if bit == 1 else ""),
        have ^ want or (set() if want else {"none"}))
formats = shown()
systems = {s for s, _ in events}
want = {k: v for k, v in formats.items() if k[0] in systems}
say(f"{len(want)} events of {', '.join(sorted(systems))}", set(want) ^ set(events) or (set() if want else {"none"}))
both = set(want) & set(events)
say(f"{sum(len(want[e][1]) for e in both)} fields of events", {e for e in both if want[e][1] != events[e][1]})
numbers = {e for e in both if want[e][0] != events[e][0]}
say(f"formats of events, {len(numbers)} with numbers for words",
    {e for e in numbers if bare(want[e][0]) != bare(events[e][0])})
