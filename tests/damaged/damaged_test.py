#!/usr/bin/env python3
"""latimer-damaged over a program whose calls are known: what was damaged shows, and only that."""
import json
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cli"))
import support  # noqa: E402  (needs the path above)

WORKLOAD = os.environ["LATIMER_WORKLOAD"]


class Damaged(support.Case):
    def look(self, damage, *workload):
        """(rows of the report by call, its ledger, whether it is complete, what the damage says of itself)."""
        notes = self.path("damage.jsonl")
        report = self.path("report.json")
        if os.path.exists(notes):
            os.unlink(notes)
        environment = support.environment(LATIMER_DAMAGE=damage, LATIMER_DAMAGE_REPORT=notes)
        result = support.latency("-f", "json", "-o", report, "--", WORKLOAD, *workload, env=environment)
        self.assertEqual(result.returncode, 0, result.stderr)
        with open(report, encoding="utf-8") as file:
            seen = json.load(file)
        with open(notes, encoding="utf-8") as file:
            lines = file.readlines()
        self.assertEqual(len(lines), 1, lines)
        rows = {f"{row['abi']}:{row['name']}": row for row in seen["syscalls"]}
        return rows, seen["ledger"], seen["complete"], json.loads(lines[0])

    def test_undamaged(self):
        rows, _, complete, notes = self.look("defect=none", "enoent", "500")
        self.assertEqual(rows["x86_64:open"]["count"], 500)
        self.assertEqual(rows["x86_64:open"]["errors"], {"ENOENT": 500})
        self.assertTrue(complete)
        self.assertEqual((notes["touched"], notes["calls"]), (0, {}))
        self.assertEqual(notes["argv"], [WORKLOAD, "enoent", "500"])

    def test_dropped(self):
        rows, ledger, complete, notes = self.look("defect=drop,rate=20,seed=5", "enoent", "500")
        dropped = notes["calls"]["x86_64:open"]["touched"]
        self.assertGreater(dropped, 0)
        self.assertEqual(rows["x86_64:open"]["count"], 500 - dropped)
        self.assertTrue(complete, ledger)

    def test_dropped_and_told(self):
        _, ledger, complete, notes = self.look("defect=drop,rate=20,seed=5,honest-ledger", "enoent", "500")
        self.assertFalse(complete)
        missing = ledger["enters"] - ledger["completed"] - ledger["no_return"] - ledger["in_flight"]
        self.assertEqual(missing, notes["touched"])

    def test_shifted(self):
        rows, _, _, notes = self.look("defect=shift,by=250ms", "sleep", "2")
        self.assertGreaterEqual(rows["x86_64:nanosleep"]["min_ns"], 260_000_000)
        self.assertEqual(notes["calls"]["x86_64:nanosleep"], {"touched": 2, "shifted_ns": 500_000_000})

    def test_mislabelled(self):
        rows, _, complete, notes = self.look("defect=errno,from=ENOENT,to=EACCES", "enoent", "50")
        self.assertEqual(rows["x86_64:open"]["errors"], {"EACCES": 50})
        self.assertEqual(notes["calls"]["x86_64:open"]["touched"], 50)
        self.assertTrue(complete)

    def test_forgotten(self):
        rows, ledger, complete, notes = self.look("defect=thread,nth=3", "threads", "200", "--threads", "4")
        self.assertEqual(rows["x86_64:getppid"]["count"], 600)
        self.assertEqual(notes["calls"]["x86_64:getppid"]["touched"], 200)
        self.assertTrue(complete, ledger)

    def test_what_is_wrong_is_said(self):
        for damage, words in (("defect=dorp", "'dorp' is none of"), ("inner=nobody", "there is no backend 'nobody'")):
            environment = support.environment(LATIMER_DAMAGE=damage)
            self.assert_usage(support.run("backends", env=environment), words)
            result = support.latency("--", WORKLOAD, "enoent", env=environment)
            self.assert_usage(result, words, status=125)


if __name__ == "__main__":
    support.main()
