#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Keeps the README's program true: it is compiled, run, and must print what the README says.

    readme_actor.py extract README.md FILE.c    writes the first C block of the page
    readme_actor.py run README.md PROGRAM       runs it; its output must stand below "It prints"
"""

import re
import subprocess
import sys


def block(page, pattern):
    match = re.search(pattern, page, re.DOTALL)
    if match is None:
        sys.exit(f"README.md has no block that matches {pattern!r}")
    return match.group(1)


def main():
    what, readme, path = sys.argv[1:]
    with open(readme, encoding="utf-8") as file:
        page = file.read()
    if what == "extract":
        with open(path, "w", encoding="utf-8") as file:
            file.write(block(page, r"\n```c\n(.*?)```\n"))
        return 0
    promised = block(page, r"\nIt prints:?\n\n```\n(.*?)```\n")
    printed = subprocess.run([path], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                             timeout=30, check=True).stdout
    if printed != promised:
        sys.exit(f"the README promises {promised!r}, the program prints {printed!r}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
