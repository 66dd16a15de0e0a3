#!/usr/bin/env python3
"""What perf recorded of a workload, read by latimer, must be the workload's truth; and what is wrong with a file is said.

    perf_data_test.py --latimer PATH --workload PATH TEST [N]
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from truth_lib import judge, runner  # noqa: E402  (needs the path above)

PATIENCE_S = 100


def record(folder, command):
    """perf.data of the command, and what that wrote."""
    if shutil.which("perf") is None:
        runner.skip("perf is not installed: apt install linux-perf")
    data = os.path.join(folder, "perf.data")
    done = subprocess.run(["perf", "record", "-q", "-m", "4096", "-e", "raw_syscalls:*", "-o", data, "--", *command],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    if not os.path.exists(data):
        raise AssertionError(f"perf recorded nothing: {done.stderr}")
    return data, done


def read(latimer, path, **environment):
    return subprocess.run([latimer, "latency", "--input", path, "-f", "json"], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=PATIENCE_S, check=False, env={**os.environ, **environment})


def truth_of(options):
    with tempfile.TemporaryDirectory() as folder:
        data, done = record(folder, [options.workload, options.scenario, *options.n])
        if done.returncode == runner.WORKLOAD_SKIPPED:
            runner.skip(f"the workload says: {done.stderr.strip()}")
        truth = runner.truth_in(done.stdout)
        result = read(options.latimer, data)
        if result.returncode != 0:
            return [f"latimer ended with {result.returncode}: {result.stderr}"]
        report = json.loads(result.stdout)
        truth["logical"] = {}  # signals are not recorded: no call can be told to go on with another
        complaints = judge.against_truth(truth, report, launched=True)
        book = report["ledger"]
        if book["total_lost"] or book["enter_residual"] or book["exit_residual"]:
            complaints.append(f"the ledger: {book}")
        return complaints


def faults(options):
    with tempfile.TemporaryDirectory() as folder:
        data, _ = record(folder, [options.workload, "loop", "1000"])
        with open(data, "rb") as file:
            whole = file.read()
        complaints = []

        def expect(what, result, status, words):
            if result.returncode != status or words not in result.stderr:
                complaints.append(f"{what}: status {result.returncode}, said {result.stderr!r}; expected {status}, {words!r}")

        cut = os.path.join(folder, "cut.data")
        with open(cut, "wb") as file:
            file.write(whole[:len(whole) // 2])
        # perf 6.1 itself refuses most of them, and crashes on some.
        expect("a file that was cut", read(options.latimer, cut), 1, "cut.data: perf script ")
        expect("no perf", read(options.latimer, data, PATH="/nonexistent"), 1, "apt install linux-perf")
        return complaints


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--latimer", required=True)
    parser.add_argument("--workload", required=True)
    parser.add_argument("scenario", metavar="TEST", help="a scenario of the workload, or: faults")
    parser.add_argument("n", metavar="N", nargs="*")
    options = parser.parse_args()
    complaints = faults(options) if options.scenario == "faults" else truth_of(options)
    for complaint in complaints:
        print(complaint)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
