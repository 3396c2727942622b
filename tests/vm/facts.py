# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What ksurf knows of the one image of a store, as plain sets and lists. docs/formats/store.md describes the views."""
import glob
import json
import os
import sqlite3
from collections import namedtuple

# What ksurf calls a machine's own table of system calls.
TABLES = {"amd64": "x86_64", "armhf": "arm", "ppc64el": "ppc64"}

Event = namedtuple("Event", "text fields members")


class Facts:
    def __init__(self, db, export):
        self.db = sqlite3.connect(f"file:{db}?mode=ro", uri=True)
        self.release, self.build_id, arch, big_endian, self.pointer_size = self.rows(
            "SELECT release, build_id, arch, big_endian, pointer_size FROM image")[0]
        self.byte_order = ">" if big_endian else "<"
        self.events = {}
        by_name = {}
        for name, system, text in self.rows("SELECT name, system, format FROM tracepoint"):
            self.events[f"{system}:{name}"] = by_name[name] = Event(text or "", [], [])
        for name, part, field, kind, bits, size, is_signed in self.rows(
                "SELECT tracepoint, part, field, type, bit_offset, size, is_signed FROM tracepoint_field"):
            if part == "format":
                by_name[name].fields.append((field, kind, bits // 8, size, is_signed))
            else:
                by_name[name].members.append((field, bits // 8, size))
        self.trace_entry = self.rows("SELECT field, bit_offset / 8, size FROM field WHERE struct = 'trace_entry'")
        self.lsm = self.names("SELECT name FROM lsm_hook")
        self.kfuncs = self.names("SELECT name FROM kfunc")
        # Other tables have numbers of their own.
        self.syscalls = self.rows("SELECT name, number, function FROM syscall WHERE call_table = ?", TABLES.get(arch, arch))
        self.ftrace = self.names("SELECT name FROM function WHERE ftrace")
        self.no_kprobe = self.names("SELECT name FROM function WHERE no_kprobe")
        self.error_injection = self.names("SELECT name FROM function WHERE error_injection")
        self.symbols = []
        for path in glob.glob(os.path.join(export, "func_groups", "*.jsonl")):
            with open(path, encoding="utf-8") as f:
                for line in f:
                    self.symbols += [(s["name"], s["addr"]) for s in json.loads(line)["symbols"]]

    def rows(self, sql, *arguments):
        return self.db.execute(sql, arguments).fetchall()

    def names(self, sql):
        return {row[0] for row in self.rows(sql)}
