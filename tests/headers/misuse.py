#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What actor/define.h must not let pass: each mistake is an error of the compiler that names it.

    misuse.py INCLUDE_FOLDER COMPILER...
"""

import re
import subprocess
import sys

PROGRAM = """
#include <actor/define.h>
struct point { int x; int y; };
struct counter { int64_t value; };
ACTOR_DEFINE(counter, @ROWS@);
static int counter_handle_count(struct counter *self, int64_t *reply)
{
	*reply = self->value;
	return 0;
}
@HANDLER@
int use(struct actor_pid pid, struct point point, char *text);
int use(struct actor_pid pid, struct point point, char *text)
{
	int64_t value = 0;
	double real = 0;
	(void)pid, (void)point, (void)text, (void)value, (void)real;
	return @USE@;
}
"""
RIGHT = {
    "ROWS": "defcall(count, int64_t), defcast(add, arg(int64_t, n), arg(int32_t, times))",
    "HANDLER": "static int counter_handle_add(struct counter *self, int64_t n, int32_t times)\n"
               "{ self->value += n * times; return 0; }",
    "USE": "counter_add(pid, 1, 2) + counter_count(pid, &value)",
}
# (what is wrong, the part of the program that is replaced, by what, what the compiler must name)
WRONG = (
    ("a text for a number", "USE", "counter_add(pid, text, 1)", "counter_add"),
    ("a struct for a number", "USE", "counter_add(pid, point, 1)", "counter_add"),
    ("a number for the pid", "USE", "counter_add(1, 1, 1)", "counter_add"),
    ("too few arguments", "USE", "counter_add(pid, 1)", "counter_add"),
    ("too many arguments", "USE", "counter_add(pid, 1, 1, 1)", "counter_add"),
    ("room for another reply", "USE", "counter_count(pid, &real)", "counter_count"),
    ("no message of that name", "USE", "counter_sub(pid, 1)", "counter_sub"),
    ("a handler with another argument", "HANDLER",
     "static int counter_handle_add(struct counter *self, char *n, int32_t times)\n"
     "{ (void)n; (void)times; return (int)self->value; }", "counter_handle_add"),
    ("a handler that is missing", "HANDLER", "", "counter_handle_add"),
    ("a row of no known kind", "ROWS", RIGHT["ROWS"] + ", defcats(sub)", "defcats"),
    ("an argument of no known kind", "ROWS", "defcall(count, int64_t), "
     "defcast(add, arg(int64_t, n), agr(int32_t, times))", "agr"),
    ("two messages of one name", "ROWS", RIGHT["ROWS"] + ", defcast(count)", "counter_count"),
)


def compile_(include, compiler, replaced):
    text = PROGRAM
    for key, value in {**RIGHT, **replaced}.items():
        text = text.replace(f"@{key}@", value)
    # Without -Werror, but for the missing handler, which would not link.
    return subprocess.run([compiler, "-std=c11", "-fsyntax-only", "-fdiagnostics-color=never",
                           f"-I{include}", "-Wall", "-Wextra", "-x", "c", "-"],
                          input=text, capture_output=True, text=True, timeout=60, check=False)


def main():
    include, compilers = sys.argv[1], sys.argv[2:]
    failures = 0
    for compiler in compilers:
        good = compile_(include, compiler, {})
        if good.returncode != 0 or good.stderr:
            print(f"{compiler}: what is right does not compile:\n{good.stderr}")
            failures += 1
        for what, key, value, named in WRONG:
            bad = compile_(include, compiler, {key: value})
            refused = bad.returncode != 0 or (not value and "not defined" in bad.stderr) \
                or (not value and "never defined" in bad.stderr)
            first = next((line for line in bad.stderr.splitlines()
                          if re.search(r"error:|defined", line)), "")
            if not refused or named not in bad.stderr:
                print(f"{compiler}: {what} went through: {bad.stderr}")
                failures += 1
            else:
                print(f"{compiler}: {what}: {first}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
