#!/usr/bin/env python3
"""Bad input and faults on real processes: latimer says what is wrong, hurts nobody and leaves nothing behind."""
import argparse
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from truth_lib import input_faults, loss_faults, runner, scene, stop_faults  # noqa: E402  (needs the path above)

TESTS = {name.removeprefix("test_").replace("_", "-"): test
         for module in (input_faults, stop_faults, loss_faults) for name, test in vars(module).items()
         if name.startswith("test_")}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--latimer", required=True)
    parser.add_argument("--workload", required=True)
    parser.add_argument("way", choices=runner.WAYS)
    parser.add_argument("test", choices=TESTS)
    chosen = parser.parse_args()
    runner.require_way(chosen.way)
    scene.adopt_orphans()
    complaints = TESTS[chosen.test](chosen) + scene.left_behind()
    for complaint in complaints:
        print(f"{chosen.test}, {chosen.way}: {complaint}")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
