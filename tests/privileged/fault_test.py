#!/usr/bin/env python3
"""Bad input and faults on real processes: latimer says what is wrong, hurts nobody and leaves nothing behind."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from truth_lib import bpftrace_faults, input_faults, loss_faults, perf_faults, runner, scene, stop_faults  # noqa: E402  (needs the path above)

TESTS = {name: test for module in (input_faults, stop_faults, loss_faults, perf_faults, bpftrace_faults)
         for name, test in runner.tests_of(vars(module)).items()}


if __name__ == "__main__":
    scene.adopt_orphans()
    sys.exit(runner.main(__doc__, TESTS, after=scene.left_behind))
