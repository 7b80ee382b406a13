#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks that every command of a program has a manual page, and that both know the same options.

Usage: pages.py FOLDER PROGRAM...

The commands are those that `PROGRAM --help` lists; a command's page is PROGRAM-COMMAND.1. Options are
what begins with a hyphen in `PROGRAM COMMAND --help` and, printed in bold, in the page. Each finding
is a line on stderr; the exit status is 1 when there are any.
"""

import os
import re
import subprocess
import sys

OPTION = re.compile(r"(?<![\w-])(--[a-z][a-z-]+|-[a-zA-Z])(?![\w-])")
# Everybody has this one, and needs no page for it.
COMMON = {"--help"}
# Commands whose page is the program's own.
OWN = {("actor-replay", "replay"): "actor-replay.1"}


def help_of(program, *command):
    """What PROGRAM COMMAND --help prints."""
    return subprocess.run([program, *command, "--help"], check=True, capture_output=True,
                          text=True).stdout


def commands(text):
    """The commands that a help text lists: two spaces, a word, its explanation."""
    return re.findall(r"^  ([a-z]+)  +\S", text, re.MULTILINE)


def options_in_help(text):
    """The options that a help text's usage and list explain; what it says of other commands is prose."""
    usage, _, rest = text.partition("\n\n")
    listed = [line for line in rest.split("\n") if re.match(r"^ +-", line)]
    found = set(OPTION.findall(usage))
    for line in listed:
        found |= set(OPTION.findall(re.split(r"  +", line.strip())[0]))
    return found - COMMON


def options_in_page(text):
    """The options that have an entry in a page: the line behind each .TP."""
    text = text.replace("\\-", "-")
    text = re.sub(r"\\f.", " ", text)
    text = re.sub(r"[\"=\[]", " ", text)
    entries = re.findall(r"^\.TP.*\n(.*)$", text, re.MULTILINE)
    return {option for entry in entries for option in OPTION.findall(entry)} - COMMON


def main():
    """Returns the exit status."""
    folder, *programs = sys.argv[1:]
    findings = []
    for program in programs:
        name = os.path.basename(program)
        listed = commands(help_of(program))
        if not listed:
            findings.append(f"{name} --help lists no command")
        for command in listed:
            page = OWN.get((name, command), f"{name}-{command}.1")
            path = os.path.join(folder, page)
            if not os.path.exists(path):
                findings.append(f"{name} {command} has no page {page}")
                continue
            with open(path, encoding="utf-8") as file:
                known = options_in_page(file.read())
            told = options_in_help(help_of(program, command))
            findings += [f"{page} does not explain {option}" for option in sorted(told - known)]
            findings += [f"{name} {command} --help does not know {option} of {page}"
                         for option in sorted(known - told)]
    for finding in findings:
        print(finding, file=sys.stderr)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
