#!/usr/bin/env python3
"""What these tests take for granted is what Latimer's sources and docs say."""
import os
import re
import unittest

import expected
import support


class Format(unittest.TestCase):
    def test_columns(self):
        header = support.read(os.path.join(support.SOURCE, "core/record/trace_format.h"))
        names = re.search(r"kTraceColumnNames = \{(.*?)\}", header, re.DOTALL).group(1)
        self.assertEqual(re.findall(r'"(\w+)"', names), support.COLUMNS)

    def test_waiting_calls(self):
        """The SQL repeats the list of core/model/syscall_class.cpp."""
        self.assertIn("epoll_wait", expected.WAITING)
        for query in ("threads", "who-waits"):
            listed = re.search(r"syscall in \(\s*('poll',.*?)\)", support.queries()[query], re.DOTALL).group(1)
            self.assertEqual(set(re.findall(r"'(\w+)'", listed)), expected.WAITING, query)

    def test_queries(self):
        """Each says what it answers, is listed in the README, and has an expectation."""
        listed = re.findall(r"^\| `([\w-]+)\.sql`", support.read(os.path.join(support.DOCS, "README.md")), re.MULTILINE)
        queries = support.queries()
        self.assertEqual(sorted(listed), sorted(queries))
        self.assertEqual(sorted(expected.COLUMNS), sorted(support.statements()))
        for query, text in queries.items():
            self.assertRegex(text.split("\n")[0], r"^-- [A-Z].*\?", query)


if __name__ == "__main__":
    unittest.main(verbosity=2)
