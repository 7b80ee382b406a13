#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Plants one fault at a time in a small tree; tidy.py must find it, and find nothing without it."""

import os
import subprocess
import sys
import tempfile
import unittest

TIDY = sys.argv.pop(1) if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), "tidy.py")

SPDX = "/* SPDX-License-Identifier: MIT */\n"
CLEAN = {
    "libactor/include/actor/actor.h": SPDX + "#ifndef A_H\n#define A_H\n#endif\n",
    "libactor/include/actor/event.h": SPDX + "#ifndef E_H\n#define E_H\n#endif\n",
    "libactor/base/clock.c": SPDX + "int now(void) { return clock_gettime(0, 0); }\n",
    "libactor/sched/sched.c": SPDX + '#include "base/clock.h"\n',
    "tracer/main.c": SPDX + "#include <actor/event.h>\n",
    "examples/x/main.c": SPDX + '#include <actor/actor.h>\n/* it is time (see https://x) */\n'
                         + 'const char *text = "rand() // no comment";\n',
    "tests/headers/meson.build": "h = ['actor.h', 'event.h']\n",
    "tests/unit/libactor/meson.build": "names = ['ring']\n",
    "tests/unit/libactor/test_ring.c": SPDX,
}

# (check, file, what is appended to it)
PLANTED = (
    ("includes_of_libactor", "libactor/base/clock.c", '#include "sched/sched.h"\n'),
    ("includes_of_libactor", "libactor/sched/sched.c", '#include "actor/cell.h"\n'),
    ("includes_of_libactor", "libactor/mem/pool.c", SPDX + '#include "plane/ring.h"\n'),
    ("includes_of_libactor", "libactor/sched/sched.c", '#include "tracer/x.h"\n'),
    ("includes_of_libactor", "libactor/include/actor/event.h", '#include "base/clock.h"\n'),
    ("includes_of_libactor", "libactor/new/x.c", SPDX + "#include <stdio.h>\n"),
    ("includes_of_tools", "tracer/main.c", "#include <actor/actor.h>\n"),
    ("includes_of_tools", "tracer/main.c", '#include "../libactor/plane/ring.h"\n'),
    ("includes_of_programs", "examples/x/main.c", '#include "../../libactor/base/clock.h"\n'),
    ("includes_of_programs", "examples/x/main.c", '#include "sched/sched.h"\n'),
    ("system_headers", "libactor/sched/sched.c", "#include <sqlite3.h>\n"),
    ("system_headers", "libactor/sched/sched.c", "#include <zstd.h>\n"),
    ("system_headers", "libactor/sched/sched.c", "#include <uv.h>\n"),
    ("system_headers", "tracer/main.c", "#include <ncurses.h>\n"),
    ("system_headers", "libactor/sched/sched.c", "#  include <bpf/libbpf.h>\n"),
    ("include_cycles", "libactor/include/actor/event.h", "#include <actor/event.h>\n"),
    ("tests_are_listed", "tests/unit/libactor/test_lost.c", SPDX),
    ("public_headers_are_listed", "libactor/include/actor/new.h", SPDX),
    ("license_lines", "tracer/other.c", "int x;\n"),
    ("header_guards", "tracer/other.h", SPDX + "int x;\n"),
    ("comments", "tracer/main.c", "int x; // note\n"),
    ("spaces", "tracer/main.c", "int x; \n"),
    ("spaces", "tracer/main.c", "int x;"),
    ("spaces", "tracer/main.c", "int x;\n\n"),
    ("seams", "libactor/sched/sched.c", "int x = rand();\n"),
    ("seams", "libactor/sched/sched.c", "int x = time(0);\n"),
    ("seams", "examples/x/main.c", "int y = clock_gettime(0, 0);\n"),
    ("unfinished", "tracer/main.c", "/* FIX" "ME */\n"),
)


def tidy(files, *checks):
    with tempfile.TemporaryDirectory() as root:
        for name, text in files.items():
            path = os.path.join(root, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        return subprocess.run(
            [sys.executable, TIDY, "--root", root, "--clang-format", "none-such", *checks],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)


class Tidy(unittest.TestCase):
    def test_clean_tree_passes(self):
        run = tidy(CLEAN)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)

    def test_planted_faults_are_found(self):
        for check, path, text in PLANTED:
            with self.subTest(check=check, path=path, text=text):
                files = dict(CLEAN)
                files[path] = files.get(path, "") + text
                run = tidy(files, check)
                self.assertEqual(run.returncode, 1, run.stdout + run.stderr)
                self.assertIn(f"{path}:", run.stderr)

    def test_empty_tree_is_an_error(self):
        self.assertNotEqual(tidy({}).returncode, 0)

    def test_unknown_check_is_an_error(self):
        self.assertEqual(tidy(CLEAN, "nonsense").returncode, 2)


if __name__ == "__main__":
    unittest.main()
