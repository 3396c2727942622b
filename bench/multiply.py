#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""multiply.py SRC DST FACTOR: a dataset (func_groups/, types_func/) with each construct FACTOR times, under other names.

Stands in for the whole open dataset, of which only a sample is at hand: as many lines and bytes, and less variety in callers.
"""
import os
import re
import sys

src, dst, factor = sys.argv[1], sys.argv[2], int(sys.argv[3])
for kind in ("func_groups", "types_func"):
    os.makedirs(os.path.join(dst, kind), exist_ok=True)
    for name in sorted(os.listdir(os.path.join(src, kind))):
        if not name.endswith(".jsonl"):
            continue
        with open(os.path.join(src, kind, name)) as f:
            lines = f.read().splitlines()
        # The construct's own name ends in a quote, or in a dot where a symbol has a suffix. In types only the outermost name.
        parts = []
        for line in lines:
            own = re.search(r'"name": "([^"]+)"', line).group(1)
            text = re.escape(f'"name": "{own}') + r'(?=[".])'
            parts.append(re.split(text, line) if kind == "func_groups" else re.split(text, line, maxsplit=1))
            parts[-1].insert(0, f'"name": "{own}')
        with open(os.path.join(dst, kind, name), "w") as out:
            for i in range(factor):
                tail = f"_{i:03d}" if i else ""
                for own, *rest in parts:
                    out.write((own + tail).join(rest) + "\n")
