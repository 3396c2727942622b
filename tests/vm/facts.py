# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What ksurf knows of the one image of a store, as plain sets and lists. docs/formats/store.md describes the tables."""
import glob
import json
import os
import sqlite3
from collections import namedtuple

KIND = {"struct": 1, "tracepoint": 5, "lsm": 6, "kfunc": 7, "syscall": 8}
# How an item's role counts, from the one that is usual for the kind: a tracepoint's fields stand after its record's members.
ROLE_MEMBER, ROLE_FORMAT = 0, 2

Event = namedtuple("Event", "text fields members")
Item = namedtuple("Item", "name value type size depth scope owner bits role text is_signed")


class Facts:
    def __init__(self, db, export):
        self.db = sqlite3.connect(f"file:{db}?mode=ro", uri=True)
        (self.release, self.build_id), = self.db.execute("SELECT release, build_id FROM image")
        self.strings = dict(self.db.execute("SELECT id, text FROM string"))
        self.strings[0] = ""
        self.events = {}
        for name, system, text, items in self.constructs("tracepoint"):
            fields = [(i.name, i.text, i.value // 8, i.size, i.is_signed) for i in items if i.role == ROLE_FORMAT]
            members = [(i.name, i.value // 8, i.size) for i in items if i.role == ROLE_MEMBER]
            self.events[f"{system}:{name}"] = Event(text, fields, members)
        self.trace_entry = [(i.name, i.value // 8, i.size) for name, _, _, items in self.constructs("struct")
                            if name == "trace_entry" for i in items]
        self.lsm = {name for name, _, _, _ in self.constructs("lsm")}
        self.kfuncs = {name for name, _, _, _ in self.constructs("kfunc")}
        # The native table only: others have their own numbers.
        self.syscalls = [(name, i.value, i.text) for name, _, _, items in self.constructs("syscall")
                         for i in items if i.name == "x86_64"]
        self.ftrace = self.attached("ftrace")
        self.no_kprobe = self.attached("no_kprobe")
        self.error_injection = self.attached("error_injection")
        self.symbols = []
        for path in glob.glob(os.path.join(export, "func_groups", "*.jsonl")):
            with open(path, encoding="utf-8") as f:
                for line in f:
                    self.symbols += [(s["name"], s["addr"]) for s in json.loads(line)["symbols"]]

    def constructs(self, kind):
        for name, system, text, items in self.db.execute(
                "SELECT c.id & 0xfffffff, b.system, b.text, b.items FROM construct c JOIN body b ON b.id = c.body"
                " WHERE b.kind = ? ORDER BY c.seq", (KIND[kind],)):
            yield self.strings[name], self.strings[system], self.strings[text], [
                self.item(i) for i in json.loads(items or "[]")]

    def item(self, numbers):
        i = Item(*(numbers + [0] * (len(Item._fields) - len(numbers))))
        return i._replace(name=self.strings[i.name], text=self.strings[i.text])

    def attached(self, column):
        return {name for name, in self.db.execute(f"SELECT name FROM function WHERE {column}")}
