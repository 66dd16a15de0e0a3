#!/usr/bin/env python3
"""docs/queries in the sqlite3 program, and what docs/queries/README.md says to type."""
import json
import unittest

import support

SQLITE = support.find_program("sqlite3")


class Sqlite3(support.Case):
    def sqlite(self, *lines):
        return self.run_here([SQLITE, "-batch", "-bail", "run.db"], input="\n".join(lines))

    def load(self, names):
        self.sqlite(f".import --csv {names[0]} trace", ".read docs/queries/load/sqlite.sql",
                    *[f".import --csv --skip 1 {name} trace" for name in names[1:]])

    def answers(self, names):
        self.load(names)
        seen = {}
        for query, text in support.statements().items():
            rows = json.loads(self.sqlite(".mode json", text) or "[]")
            seen[query] = (list(rows[0]) if rows else [], [list(row.values()) for row in rows])
        return seen

    def test_readme(self):
        lines = support.readme_lines("sqlite3 ")
        self.assertEqual(len(lines), 5)
        parts = support.rotated_trace()
        self.lay(parts)
        outputs = [self.run_here(["sh", "-c", line]) for line in lines if ".zst" not in line]
        self.assertIn("copy_file_range", outputs[1])
        rows, _ = support.parse(parts[:2])
        self.assertIn(f"\u2502 {len(rows)} ", outputs[-1])  # a cell of -box

    def test_readme_packed(self):
        zstd = support.shutil.which("zstd")
        if zstd is None:
            self.skipTest("no program zstd")
        self.lay([support.sample()])
        self.run_here([zstd, "-q", "--rm", "run.csv"])
        (line,) = [line for line in support.readme_lines("sqlite3 ") if ".zst" in line]
        self.run_here(["sh", "-c", line])
        rows, meta = support.parse([support.sample()])
        self.assertEqual(self.sqlite("select count(*) from trace;").strip(), str(len(rows) + len(meta)))


if __name__ == "__main__":
    unittest.main(verbosity=2)
