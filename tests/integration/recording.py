# SPDX-License-Identifier: MIT
"""A recording of the arena that all cases of a test file share."""

import shutil
import signal
import sqlite3
import unittest

from support import Case, program

# Names that would break whoever does not take them as text. They are the program's to choose.
HOSTILE = """</script><b>"'&\\\n;|#%s$(x)`é\x01\x1b[31m end"""


class Recorded(Case):
    """One recording for all cases of the file, as self.trace."""

    maker = None

    def setUp(self):
        super().setUp()
        if Recorded.maker is None:
            Recorded.maker = self.record()
        self.trace = Recorded.maker.path("arena.db")

    @staticmethod
    def record():
        maker = Case()
        maker.setUp()
        unittest.addModuleCleanup(maker.doCleanups)
        recorder = maker.start(program("ACTOR_TRACE"), "record", "-o", maker.path("arena.db"), "--",
                               *maker.arena_command(), name="arena")
        maker.play_bots(maker.arena_port(recorder), players=8, seconds=1)
        recorder.send_signal(signal.SIGTERM)
        maker.wait_end(recorder, 0)
        return maker

    def number(self, query):
        return self.sql_number(self.trace, query)

    def make_hostile(self):
        """From now on all names in self.trace, a copy, are HOSTILE and a number."""
        original, self.trace = self.trace, self.path("hostile.db")
        shutil.copy(original, self.trace)
        with sqlite3.connect(self.trace) as db:
            for table in ("actor", "types", "behaviours", "threads"):
                db.execute(f"UPDATE {table} SET name = ? || rowid", (HOSTILE,))
            db.execute("UPDATE meta SET value = ? WHERE key IN ('program', 'argv')", (HOSTILE,))
        db.close()
