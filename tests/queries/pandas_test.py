#!/usr/bin/env python3
"""The lines for pandas in docs/queries/README.md."""
import os
import unittest

import support

try:
    import pandas
except ImportError as error:
    support.skip(f"no pandas: {error}")


class Pandas(unittest.TestCase):
    def test_readme(self):
        lines = support.readme_lines(("import pandas", "number", "calls = "))
        self.assertEqual(len(lines), 5)
        with support.tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "run.csv")
            with open(path, "w", encoding="utf-8", newline="") as file:
                file.write(support.odd_trace())
            scope = {}
            exec("\n".join(lines).replace('"run.csv"', repr(path)), scope)
        rows, _ = support.parse([support.odd_trace()])
        seen = [[None if pandas.isna(value) else value for value in row] for row in scope["calls"].itertuples(index=False)]
        self.assertEqual(seen, [list(row) for row in rows])


if __name__ == "__main__":
    unittest.main(verbosity=2)
