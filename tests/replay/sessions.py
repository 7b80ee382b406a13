# SPDX-License-Identifier: MIT
"""What the tests of actor-replay share: recording a session and running it again."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "integration"))
from support import PROGRAMS, Case, program  # noqa: E402

PROGRAMS.update({
    "ACTOR_REPLAY": "replay/actor-replay",
    "COUNTER": "examples/counter",
    "REPLAY_CHEAT": "tests/replay/replay-cheat",
    "REPLAY_CHEAT_CHANGED": "tests/replay/replay-cheat-changed",
    "REPLAY_EARLY": "tests/replay/replay-early",
    "REPLAY_FORGE": "tests/replay/replay-forge",
    "REPLAY_RANDOM": "tests/replay/replay-random",
    "REPLAY_THREADS": "tests/replay/replay-threads",
    "REPLAY_WAITS": "tests/replay/replay-waits",
})

IDENTICAL, DIFFER, TROUBLE, NO_TARGET, UNREADABLE = range(5)


class Sessions(Case):
    """Has recorded sessions."""

    def record(self, name, *command, options=(), events="full", chaos=None, **variables):
        trace = self.path(name + ".db")
        environment = dict(self.environment)
        self.environment.update(variables)
        if chaos is not None:
            self.environment["LIBACTOR_CHAOS"] = str(chaos)
        run = self.tracer("record", *options, "--events", events, "-o", trace, "--",
                          *command)
        self.environment = environment
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        return trace

    def replay(self, *arguments, status=None, **variables):
        environment = dict(self.environment)
        self.environment.update(variables)
        run = self.run_program(program("ACTOR_REPLAY"), *arguments)
        self.environment = environment
        if status is not None:
            self.assertEqual(run.returncode, status,
                             f"actor-replay {' '.join(arguments)}\n{run.stdout}{run.stderr}")
        return run

    def cheat(self, kind, *arguments, **variables):
        return self.record(kind, program("REPLAY_CHEAT"), kind, *arguments, **variables)

    def check_identical(self, trace, *arguments):
        run = self.replay(trace, *arguments, status=IDENTICAL)
        self.assertRegex(run.stdout, r"^[\d,]+ turns, .* replayed in .*: identical\n$")
        return run
