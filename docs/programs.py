#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Keeps the programs in the pages true: each is compiled, run, and must print what the page says.

    programs.py PAGE COMPILER... -- LIBRARY...

A block that is a whole file has the file's name behind its language:

    ```c counter.c

Every such .c file must compile without a warning; one with a main() is linked and run, too, and
where the next block of the page is plain and introduced by "prints:", that must be its output. A
file may include those before it in the page.
"""

import os
import re
import subprocess
import sys
import tempfile

WARNINGS = ["-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Werror"]
BLOCK = re.compile(r"^```c ([\w.]+)\n(.*?)^```\n", re.DOTALL | re.MULTILINE)
PRINTS = re.compile(r"[^`]*prints:\n\n```\n(.*?)^```\n", re.DOTALL | re.MULTILINE)


def run(command, what):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=60, check=False)
    if done.returncode != 0:
        sys.exit(f"{what}: {' '.join(command)}\n{done.stdout}")
    return done.stdout


def main():
    page = sys.argv[1]
    split = sys.argv.index("--")
    compiler, libraries = sys.argv[2:split] + WARNINGS, sys.argv[split + 1:]
    with open(page, encoding="utf-8") as file:
        text = file.read()
    count = 0
    with tempfile.TemporaryDirectory() as folder:
        for match in BLOCK.finditer(text):
            name, code = match.groups()
            what = f"{os.path.basename(page)}: {name}"
            path = os.path.join(folder, name)
            with open(path, "w", encoding="utf-8") as file:
                file.write(code)
            count += 1
            if not name.endswith(".c"):
                continue
            if "int main(" not in code:
                run(compiler + ["-c", path, "-o", path + ".o"], what)
                continue
            run(compiler + [path, "-o", path + ".out"] + libraries, what)
            printed = run([path + ".out"], what)
            promised = PRINTS.match(text, match.end())
            if promised and printed != promised.group(1):
                sys.exit(f"{what}: the page promises {promised.group(1)!r}, it prints {printed!r}")
    if count == 0:
        sys.exit(f"{page} has no block that is a whole file")
    return 0


if __name__ == "__main__":
    sys.exit(main())
