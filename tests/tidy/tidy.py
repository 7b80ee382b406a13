#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks what a compiler does not: who may include whom, and how files look.

Usage: tidy.py [--root DIR] [--clang-format PROGRAM] [CHECK ...]

Without CHECK all of them run. Output is TAP, one line for each check; each finding is a line
"file:line: what" on stderr. The rules are the tables below.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys

CODE_FOLDERS = ("libactor", "tracer", "top", "replay", "examples", "bench", "tests", "docs")
LINES_WARN = 600

# The runtime's headers that the tools may see: layouts and words, no functions of the runtime.
CONTRACTS = {"event.h", "pid.h", "plane.h", "plane_path.h", "probes.h", "replay.h", "script.h",
             "status.h"}

# Folders of libactor and their height: a folder includes itself and lower ones. mem and plane do not
# know each other.
LAYERS = {"base": 0, "mem": 1, "plane": 1, "mailbox": 2, "sched": 3, "timer": 4, "actor": 5,
          "port": 6, "script": 7}

# System headers that only some places may include. (pattern, folders or files, why)
SYSTEM_ONLY = (
    (r"uv\.h", ("libactor/port/",), "libuv lives in libactor/port"),
    (r"sqlite3(ext)?\.h", ("tracer/", "examples/", "replay/", "tests/", "bench/store/",
                         "bench/recorder/"),
     "only the tracer (and examples that store things) know SQLite"),
    (r"zstd\w*\.h", ("tracer/", "tests/unit/tracer"), "only the tracer compresses"),
    (r"xxhash\.h", ("tracer/", "tests/unit/tracer"), "only the tracer makes checksums"),
    (r"(n?curses|ncursesw/.*|term)\.h", ("top/",), "only the viewer draws"),
    (r"(bpf|linux/bpf)[/.].*", ("tracer/kernel/", "tracer/types/"),
     "only tracer/kernel and tracer/types know BPF"),
)

# Calls that make a run differ from the next one; they belong to the seams. (pattern, why)
FORBIDDEN = (
    (re.compile(r"\bclock_gettime\s*\("), "take the time from base/clock.h"),
    (re.compile(r"\bgettimeofday\s*\("), "take the time from base/clock.h"),
    (re.compile(r"(?<![\w.>])time\s*\("), "take the time from base/clock.h"),
    (re.compile(r"(?<![\w.>])s?rand(om)?(_r)?\s*\("), "take random numbers from base/random.h"),
    (re.compile(r"\b[ejlmn]rand48(_r)?\s*\("), "take random numbers from base/random.h"),
    (re.compile(r"\bgetrandom\s*\("), "take random numbers from base/random.h"),
)
# The seams are base and the live side of script.h. Programs outside the runtime may read clocks.
FORBIDDEN_CHECKED = ("libactor/", "examples/")
FORBIDDEN_ALLOWED = ("libactor/base/", "libactor/actor/live.c", "examples/arena/bots")

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^">]+)[">]', re.MULTILINE)


class Tree:
    """The source files, read once."""

    def __init__(self, root):
        self.root = root
        self.texts = {}
        for folder in CODE_FOLDERS:
            for where, folders, names in os.walk(os.path.join(root, folder)):
                folders[:] = sorted(f for f in folders if not f.startswith((".", "build")))
                for name in sorted(names):
                    if name.endswith((".c", ".h", ".S", ".py", ".sh", ".build", ".md", ".in")):
                        path = os.path.join(where, name)
                        with open(path, encoding="utf-8") as file:
                            self.texts[os.path.relpath(path, root)] = file.read()

    def code(self, suffixes=(".c", ".h")):
        """(path, text) of the C files."""
        return [(p, t) for p, t in self.texts.items() if p.endswith(suffixes)]

    def includes(self):
        """(path, line, quote, header) of every #include in C files."""
        for path, text in self.code():
            for match in INCLUDE.finditer(text):
                line = text.count("\n", 0, match.start()) + 1
                yield path, line, match.group(1), match.group(2)


def blank(text, keep_comments=False, keep_strings=False):
    """The text with comments and literals blanked out; lines and columns stay."""
    token = re.compile(
        r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", re.DOTALL)

    def replace(match):
        found = match.group(0)
        is_comment = found.startswith("/")
        if (is_comment and keep_comments) or (not is_comment and keep_strings):
            return found
        return re.sub(r"[^\n]", " ", found)

    return token.sub(replace, text)


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def check_includes_of_libactor(tree):
    """libactor: lower folders know nothing of higher ones; nothing knows the tools."""
    findings = []
    for path, line, quote, header in tree.includes():
        parts = path.split("/")
        if parts[0] != "libactor":
            continue
        top = header.split("/")[0]
        if quote == '"' and top in ("tracer", "top", "replay", "examples", "bench", "tests"):
            findings.append((path, line, f"libactor includes {header}"))
        if parts[1] == "include":
            if quote == '"':
                findings.append((path, line, f"a public header includes \"{header}\""))
            continue
        folder = parts[1]
        if folder not in LAYERS:
            findings.append((path, line, f"folder {folder} is not in the table of layers"))
            continue
        if quote != '"' or "/" not in header:
            continue
        if top not in LAYERS:
            findings.append((path, line, f"{header} is in no layer"))
        elif top != folder and LAYERS[top] >= LAYERS[folder]:
            findings.append((path, line, f"{folder} may not include {header}"))
        if header.startswith(".."):
            findings.append((path, line, f"{header}: paths go from the component's root"))
    return findings


def check_includes_of_tools(tree):
    """tracer, top, replay: of the runtime only the contracts, and never its insides."""
    findings = []
    for path, line, quote, header in tree.includes():
        part = path.split("/")[0]
        if part not in ("tracer", "top", "replay"):
            continue
        if header.startswith("actor/") and header[len("actor/"):] not in CONTRACTS:
            findings.append((path, line, f"{part} may include the contracts only, not {header}"))
        if quote == '"' and (header.startswith("libactor/") or "../" in header):
            findings.append((path, line, f"{part} includes {header}"))
        if part == "tracer" and header.startswith(("top/", "replay/")):
            findings.append((path, line, f"tracer includes {header}"))
    return findings


def check_includes_of_programs(tree):
    """examples, bench and the integration tests' programs: public headers only."""
    findings = []
    for path, line, quote, header in tree.includes():
        if not path.startswith(("examples/", "bench/", "tests/integration/")):
            continue
        top = header.split("/")[0]
        # The ring itself is what is measured there.
        if path.startswith("bench/recorder/") and top in ("base", "plane"):
            continue
        if "../" in header or (quote == '"' and top in LAYERS and top != "actor"):
            findings.append((path, line, f"{header} is not a public header"))
        if quote == '"' and header.startswith(("actor/", "libactor/", "tracer/")):
            findings.append((path, line, f"public headers are <{header}>"))
    return findings


def check_system_headers(tree):
    """Libraries are known in one place each."""
    findings = []
    for path, line, _, header in tree.includes():
        for pattern, places, why in SYSTEM_ONLY:
            if re.fullmatch(pattern, header) and not path.startswith(places):
                findings.append((path, line, f"{header}: {why}"))
    return findings


def check_include_cycles(tree):
    """No header includes itself by way of others."""
    roots = ("libactor/include/", "libactor/", "tracer/include/", "tracer/", "top/", "replay/", "")
    edges = {}
    for path, _, quote, header in tree.includes():
        if not path.endswith(".h"):
            continue
        own = os.path.dirname(path) + "/"
        for root in ((own,) if quote == '"' else ()) + roots:
            if os.path.normpath(root + header) in tree.texts:
                edges.setdefault(path, []).append(os.path.normpath(root + header))
                break
    findings = []
    done = set()

    def visit(path, trail):
        if path in trail:
            findings.append((path, 1, " -> ".join(trail[trail.index(path):] + [path])))
        elif path not in done:
            for other in edges.get(path, ()):
                visit(other, trail + [path])
            done.add(path)

    for path in sorted(edges):
        visit(path, [])
    return findings


def check_tests_are_listed(tree):
    """A test program that no meson.build names never runs."""
    builds = {os.path.dirname(p): t for p, t in tree.texts.items() if p.endswith("meson.build")}
    findings = []
    for path, _ in tree.code((".c",)):
        name = os.path.basename(path)
        if not path.startswith("tests/") or not name.startswith("test_"):
            continue
        folder = os.path.dirname(path)
        while folder not in builds and "/" in folder:
            folder = os.path.dirname(folder)
        stem = name[:-len(".c")]
        short = stem[len("test_"):]
        quoted = rf"'(?:[^'\n]*/)?(?:{re.escape(stem)}(?:\.c)?|{re.escape(short)})'"
        if not re.search(quoted, builds.get(folder, "")):
            findings.append((path, 1, f"not named in {folder}/meson.build"))
    return findings


def check_public_headers_are_listed(tree):
    """Every public header is in the list that tests/headers compiles."""
    build = tree.texts.get("tests/headers/meson.build", "")
    return [(path, 1, "not in tests/headers/meson.build")
            for path in tree.texts
            if path.startswith("libactor/include/actor/")
            and f"'{os.path.basename(path)}'" not in build]


def check_license_lines(tree):
    """Each source file begins with its licence; scripts have it below the #! line."""
    findings = []
    for path, text in tree.texts.items():
        if path.endswith((".c", ".h")) and not text.startswith(
                "/* SPDX-License-Identifier: MIT */\n"):
            findings.append((path, 1, "the first line is not /* SPDX-License-Identifier: MIT */"))
        if path.endswith((".py", ".sh", ".S")) and "SPDX-License-Identifier: MIT" not in "\n".join(
                text.split("\n")[:3]):
            findings.append((path, 1, "no SPDX-License-Identifier in the first lines"))
    return findings


def check_header_guards(tree):
    """A header guards against being included twice."""
    findings = []
    for path, text in tree.code((".h",)):
        match = re.search(r"^#ifndef (\w+)\n#define (\w+)\n", text, re.MULTILINE)
        if match is None or match.group(1) != match.group(2):
            findings.append((path, 1, "no include guard"))
    return findings


def check_comments(tree):
    """Comments are /* */; // is for notes that are not committed."""
    findings = []
    for path, text in tree.code():
        bare = blank(text, keep_comments=True)
        for match in re.finditer(r"/\*.*?\*/|//", bare, re.DOTALL):
            if match.group(0) == "//":
                findings.append((path, line_of(text, match.start()), "// comment"))
    return findings


def check_spaces(tree):
    """No blanks at line ends, no CR, a newline at the end of the file."""
    findings = []
    for path, text in tree.texts.items():
        for number, line in enumerate(text.split("\n"), 1):
            if line != line.rstrip():
                findings.append((path, number, "blanks at the end of the line"))
        if text and not text.endswith("\n"):
            findings.append((path, line_of(text, len(text)), "no newline at the end"))
        if text.endswith("\n\n"):
            findings.append((path, line_of(text, len(text)) - 1, "empty lines at the end"))
    return findings


def check_seams(tree):
    """Time and chance come from base/, so that a session can be replayed."""
    findings = []
    for path, text in tree.code():
        if not path.startswith(FORBIDDEN_CHECKED) or path.startswith(FORBIDDEN_ALLOWED):
            continue
        bare = blank(text)
        for pattern, why in FORBIDDEN:
            for match in pattern.finditer(bare):
                findings.append((path, line_of(bare, match.start()),
                                 f"{match.group(0).rstrip('( ')}: {why}"))
    return findings


def check_unfinished(tree):
    """Notes to oneself do not reach the main branch."""
    word = re.compile(r"\b(" + "FIX" + r"ME|XX" + r"X)\b")
    return [(path, line_of(text, match.start()), match.group(0))
            for path, text in tree.code()
            for match in word.finditer(text)]


def check_format(tree, program):
    """clang-format has nothing to change."""
    findings = []
    files = [p for p, _ in tree.code()]
    run = subprocess.run([program, "--dry-run", "--ferror-limit=3", *files], cwd=tree.root,
                         stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    seen = set()
    for match in re.finditer(r"^(\S+?):(\d+):\d+: (?:warning|error): ", run.stderr, re.MULTILINE):
        if match.group(1) not in seen:
            seen.add(match.group(1))
            findings.append((match.group(1), int(match.group(2)), "clang-format would change this"))
    if run.returncode != 0 and not findings:
        findings.append((program, 1, run.stderr.strip()))
    return findings


def warn_lengths(tree):
    """Long files are mentioned, not refused."""
    return [(path, len(text.split("\n")) - 1, f"longer than {LINES_WARN} lines")
            for path, text in tree.code() if text.count("\n") > LINES_WARN]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    default_root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
    parser.add_argument("--root", default=default_root)
    parser.add_argument("--clang-format", default="clang-format")
    parser.add_argument("checks", nargs="*", metavar="CHECK")
    options = parser.parse_args()

    tree = Tree(os.path.normpath(options.root))
    if not tree.code():
        print(f"Bail out! no sources below {options.root}")
        return 1
    checks = {name[len("check_"):]: function for name, function in globals().items()
              if name.startswith("check_")}
    unknown = [name for name in options.checks if name not in checks]
    if unknown:
        print(f"tidy: no such check: {unknown[0]}; there are {', '.join(checks)}",
              file=sys.stderr)
        return 2
    failed = False
    chosen = options.checks or list(checks)
    print(f"1..{len(chosen)}")
    for number, name in enumerate(chosen, 1):
        if name == "format":
            program = shutil.which(options.clang_format)
            if program is None:
                print(f"ok {number} - {name} # SKIP clang-format is not installed")
                continue
            findings = check_format(tree, program)
        else:
            findings = checks[name](tree)
        print(f"{'not ok' if findings else 'ok'} {number} - {name}", flush=True)
        for path, line, what in sorted(findings):
            print(f"{path}:{line}: {what}", file=sys.stderr)
        failed = failed or bool(findings)
    for path, line, what in warn_lengths(tree):
        print(f"{path}:{line}: note: {what}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
