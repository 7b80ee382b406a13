#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""An actor by actor/define.h and the same by hand become the same machine code.

    same_code.py SOURCE INCLUDE_FOLDER COMPILER...

The instructions of made_handle_* and hand_handle_* must be the same, counted without their
operands: the compiler may name registers otherwise, and order what does not depend on each other.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile

SKIPPED = 77
FUNCTIONS = ("handle_cast_", "handle_call_")


def instructions(objfile):
    """function -> its mnemonics in order, without padding."""
    text = subprocess.run(["objdump", "-d", "--no-show-raw-insn", objfile], check=True,
                          capture_output=True, text=True, timeout=60).stdout
    found = {}
    for block in text.split("\n\n"):
        head = re.search(r"<(\w+)>:\n", block)
        if head:
            lines = re.findall(r"^\s*[0-9a-f]+:\s+(\S+)", block[head.end():], re.MULTILINE)
            found[head.group(1)] = [m for m in lines if not m.startswith(("nop", "data16", "cs"))]
    return found


def main():
    source, include, compilers = sys.argv[1], sys.argv[2], sys.argv[3:]
    failures = 0
    if shutil.which("objdump") is None:
        return SKIPPED
    for compiler in compilers:
        with tempfile.TemporaryDirectory() as folder:
            objfile = os.path.join(folder, "same.o")
            # Equal functions would be folded into one, and there would be nothing to compare.
            flags = ["-fno-ipa-icf"] if "clang" not in compiler else []
            subprocess.run([compiler, "-std=gnu11", "-O2", *flags, f"-I{include}", "-c", source,
                            "-o", objfile], check=True, timeout=60)
            code = instructions(objfile)
        for function in FUNCTIONS:
            made, hand = code["made_" + function], code["hand_" + function]
            same = sorted(made) == sorted(hand)
            print(f"{compiler} {function}: {len(made)} instructions made, {len(hand)} by hand")
            if not same:
                print(f"  made: {' '.join(made)}\n  hand: {' '.join(hand)}")
                failures += 1
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
