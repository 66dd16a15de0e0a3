#!/usr/bin/env python3
"""docs/queries in DuckDB, through node's @duckdb/node-api: there is no Debian package of DuckDB."""
import json
import os
import subprocess
import unittest

import support

NODE = support.find_program("node")
RUNNER = os.path.join(support.HERE, "duckdb.cjs")


def find_module():
    """Also what would be a skip later on is one now."""
    job = json.dumps({"load": [], "queries": {}})
    result = subprocess.run([NODE, RUNNER], input=job, stdout=subprocess.PIPE, encoding="utf-8", timeout=support.PATIENCE,
                            check=False)
    if result.returncode == support.SKIP:
        support.skip(result.stdout.strip().removeprefix("skipped: "))


class DuckDb(support.Case):
    def run_job(self, load, queries):
        return json.loads(self.run_here([NODE, RUNNER], input=json.dumps({"load": load, "queries": queries})))

    def load(self, names):
        listed = ", ".join(f"'{name}'" for name in names)
        return [f"set variable trace = [{listed}];", support.read(os.path.join(support.DOCS, "load", "duckdb.sql"))]

    def answers(self, names):
        return self.run_job(self.load(names), support.statements())

    def test_readme(self):
        """The examples, .read being the duckdb program's: here is only its library."""
        lines = support.readme_lines(("set variable", ".read"))
        self.assertEqual([line.split()[0] for line in lines], ["set", ".read", ".read"])
        parts = support.rotated_trace()
        self.lay(parts)
        *load, query = [support.read(os.path.join(support.SOURCE, line.split()[1])) if line.startswith(".read") else line
                        for line in lines]
        _, rows = self.run_job(load, {"readme": query})["readme"]
        self.assertIn("clock_nanosleep", [row[0] for row in rows])


if __name__ == "__main__":
    find_module()
    unittest.main(verbosity=2)
