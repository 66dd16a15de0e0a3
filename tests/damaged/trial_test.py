#!/usr/bin/env python3
"""The trial itself, over a validate that is played: one that sees everything, one that sees nothing, one that complains
of everything, of the wrong thing, and one that breaks down."""
import os
import random
import re
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from trial_lib import draw, judge  # noqa: E402  (needs the path above)

# Plays latimer-damaged and latimer-workload. Damage touches one event of x86_64:open of the first workload.
PLAYED = r"""#!/usr/bin/env python3
import json, os, sys
role, arguments = os.environ["PLAYED"], sys.argv[1:]
if arguments[0] == "doctor":
    sys.exit(0)
if arguments[0] == "--list":
    for kind in "sleep poll errnos enoent fork-tree churn mix copy threads".split():
        print(f"{kind:20} played (N=1)")
    sys.exit(0)
if arguments[0] != "validate":
    print(json.dumps({"scenario": arguments[0], "truth": {"x86_64:open": {"count": 1, "errors": {}}},
                      "killed_inside": {}, "at_least_ns": {}}))
    sys.exit(0)
def values(name):
    return [arguments[i + 1] for i, word in enumerate(arguments) if word == name]
scenarios, runs = values("--scenario"), int(values("--runs")[0])
damage = dict(word.partition("=")[::2] for word in os.environ["LATIMER_DAMAGE"].split(","))["defect"]
damaged = damage != "none"
with open(os.environ["LATIMER_DAMAGE_REPORT"], "a", encoding="utf-8") as file:
    for _ in range(runs):
        for scenario in [] if role == "silent" else scenarios:
            hit = damaged and role != "harmless" and scenario == scenarios[0]
            call = "x86_64:close" if role == "bearing-nothing" else "x86_64:open"
            calls = {call: {"touched": 1, "shifted_ns": 5}} if hit else {}
            file.write(json.dumps({"argv": ["w", scenario], "touched": int(hit), "calls": calls}) + "\n")
complains = {"perfect": damaged, "blind": False, "nervous": True, "beside-it": damaged, "crashing": False,
             "harmless": False, "bearing-nothing": False, "silent": False, "skipping": False}[role]
if role == "crashing":
    print("latimer: internal error", file=sys.stderr)
    sys.exit(125)
kind = {"drop": "count", "errno": "errors", "thread": "count"}.get(damage, "latency")
kind = "failed" if role == "beside-it" else kind
cells = [{"scenario": name, "way": "damaged", "verdict": "skipped" if role == "skipping" else "exact",
          "complaints": []} for name in scenarios]
if complains:
    cells[0].update(verdict="FAIL", complaints=[{"kind": kind, "call": "x86_64:open", "text": "played"}])
with open(values("-o")[0], "w", encoding="utf-8") as file:
    json.dump({"verdict": "disagree" if complains else "agree", "seed": 1, "cells": cells, "latency": []}, file)
sys.exit(int(complains))
"""


class Played(unittest.TestCase):
    def trial(self, role, runs=8):
        with tempfile.TemporaryDirectory() as folder:
            program = os.path.join(folder, "played")
            with open(program, "w", encoding="utf-8") as file:
                file.write(PLAYED)
            os.chmod(program, 0o755)
            done = subprocess.run([sys.executable, os.path.join(HERE, "trial.py"), "--latimer-damaged", program,
                                   "--workload", program, "--runs", str(runs)], env=dict(os.environ, PLAYED=role),
                                  capture_output=True, text=True, timeout=120, check=False)
        self.assertEqual(done.stderr, "")
        damaged, undamaged = done.stdout.splitlines()[-2:]
        return done.returncode, damaged, undamaged

    def test_one_that_sees_everything(self):
        self.assertEqual(self.trial("perfect"), (0, "8 damaged: 8 caught", "8 undamaged: 8 agrees"))

    def test_one_that_sees_nothing(self):
        status, damaged, undamaged = self.trial("blind")
        self.assertEqual(status, 1)
        self.assertEqual(damaged, "8 damaged: 6 MISSED, 2 too small")  # shifts of time may be below a margin
        self.assertEqual(undamaged, "8 undamaged: 8 agrees")

    def test_one_that_complains_of_everything(self):
        status, _, undamaged = self.trial("nervous")
        self.assertEqual((status, undamaged), (1, "8 undamaged: 8 FALSE ALARM"))

    def test_one_that_complains_of_something_else(self):
        status, damaged, _ = self.trial("beside-it")
        self.assertEqual((status, damaged), (1, "8 damaged: 8 FALSE ALARM"))

    def test_damage_that_met_nothing(self):
        self.assertEqual(self.trial("harmless")[:2], (0, "8 damaged: 8 nothing"))
        self.assertEqual(self.trial("bearing-nothing")[:2], (0, "8 damaged: 6 nothing, 2 too small"))

    def test_runs_that_came_to_nothing(self):
        for role in ("crashing", "silent", "skipping"):
            status, damaged, undamaged = self.trial(role, runs=4)
            self.assertEqual((status, damaged, undamaged), (1, "4 damaged: 4 BROKEN", "4 undamaged: 4 BROKEN"), role)


class Draws(unittest.TestCase):
    KNOWN = set(sum(draw.KINDS.values(), (draw.THREADS,)))

    def test_a_seed_draws_the_same_again(self):
        first, again, other = (draw.draws(20, seed, ["strace", "ebpf"], "x", self.KNOWN) for seed in (5, 5, 6))
        self.assertEqual(first, again)
        self.assertNotEqual(first, other)

    def test_every_defect_as_often(self):
        drawn = draw.draws(20, 3, ["strace"], "", self.KNOWN)
        self.assertEqual(sorted(each.defect for each in drawn), sorted(draw.DEFECTS * 5))
        self.assertTrue(all(each.runs == 1 and not each.beside for each in drawn))

    def test_how_bad_it_is(self):
        chance = random.Random(1)
        rates = [int(re.search(r"rate=(\d+)", draw.drop(chance)).group(1)) for _ in range(500)]
        self.assertGreaterEqual(min(rates), 100)
        self.assertLessEqual(max(rates), 100_000)
        self.assertLess(min(rates), 200)
        self.assertGreater(max(rates), 50_000)
        self.assertFalse([text for text in (draw.shift(chance) for _ in range(500)) if text.endswith("factor=1.00")])

    def test_each_defect_has_its_signs(self):
        self.assertEqual(set(judge.SIGNS), set(draw.DEFECTS))


if __name__ == "__main__":
    unittest.main(verbosity=2)
