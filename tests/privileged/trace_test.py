#!/usr/bin/env python3
"""trace and analyze by every backend on one program, whose calls on its files are known: equal, or explained."""
import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
import unittest

SKIP = 77
WAYS = {"ebpf": [], "strace": [], "perf-record": ["--perf-mode", "record"], "perf-live": ["--perf-mode", "live"], "bpftrace": []}
SCRIPT = """
import os
data = os.open('data', os.O_CREAT | os.O_RDWR, 0o600)
for i in range(40): os.write(data, b'x' * 100)
copy = os.dup2(data, 20)
os.lseek(copy, 0, 0)
for i in range(30): os.read(copy, 100)
pid = os.fork()
if pid == 0:
    for i in range(20): os.pread(data, 10, 0)
    os._exit(0)
os.waitpid(pid, 0)
for i in range(7): os.stat('missing') if os.path.exists('missing') else None
os.close(copy)
os.close(data)
"""
# Of calls on the file: by name.
TRUTH = {"write": 40, "read": 30, "pread64": 20, "dup2": 1, "close": 2}
CHOSEN = None


class Trace(unittest.TestCase):
    """All of one way."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="latimer-trace-")
        self.addCleanup(self.folder.cleanup)
        self.path = os.path.join(self.folder.name, "t.csv")
        backend = CHOSEN.way.split("-")[0].replace("perf", "perftrace")
        result = subprocess.run([CHOSEN.latimer, "trace", "-b", backend, *WAYS[CHOSEN.way], "-o", self.path, "--", sys.executable, "-c", SCRIPT],
                                cwd=self.folder.name, capture_output=True, text=True, check=False)
        self.said = result.stderr
        if "cannot be used here" in result.stderr or "unavailable" in result.stderr:
            print("skipped:", result.stderr.strip())
            sys.exit(SKIP)
        self.assertEqual(result.returncode, 0, result.stderr)
        with open(self.path, encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        self.calls = [row for row in rows if not row["timestamp_ns"].startswith("#")]

    def test_calls_and_their_files(self):
        lost = "INCOMPLETE" in self.said
        on_data = {}
        for row in self.calls:
            if row["path"].endswith("/data"):
                on_data[row["syscall"]] = on_data.get(row["syscall"], 0) + 1
        tells_paths = CHOSEN.way in ("ebpf", "strace", "bpftrace")
        if tells_paths:
            opened = [row for row in self.calls if row["syscall"] == "openat" and row["path"].endswith("/data")]
            self.assertEqual(len(opened), 1)
            self.assertEqual({name: on_data.get(name) for name in TRUTH}, TRUTH)
        fds = {row["fd"] for row in self.calls if row["syscall"] == "write" and row["return_value"] == "100"}
        if not lost:
            self.assertEqual(len(fds), 1, "all writes go to one descriptor")
        self.assertNotEqual(fds, {""})
        missing = [row for row in self.calls if row["errno"] == "ENOENT" and row["path"].endswith("/missing")]
        if tells_paths:
            self.assertEqual(len(missing), 7)

    def test_analyze_has_the_same(self):
        report = json.loads(subprocess.run([CHOSEN.latimer, "analyze", "--input", self.path, "-f", "json"], capture_output=True, text=True,
                                           check=True).stdout)
        counts = {row["name"]: row["count"] for row in report["syscalls"]}
        ended = ("no_return", "killed", "began_before")
        rows = [row for row in self.calls if not set(row["flags"].split("|")) & set(ended)]
        for name in ("write", "read", "pread64", "dup2"):
            self.assertEqual(counts[name], sum(1 for row in rows if row["syscall"] == name), name)
        # perf trace may pass over calls, and says how many.
        self.assertEqual(report["complete"], "INCOMPLETE" not in self.said)
        if report["complete"]:
            self.assertEqual(counts["dup2"], 1)
            self.assertEqual(sum(1 for row in rows if row["syscall"] == "write" and row["return_value"] == "100"), 40)
            self.assertEqual(sum(1 for row in rows if row["syscall"] == "pread64" and row["return_value"] == "10"), 20)


def main():
    global CHOSEN  # pylint: disable=global-statement
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--latimer", required=True)
    parser.add_argument("--workload")
    parser.add_argument("way", choices=WAYS)
    CHOSEN = parser.parse_args()
    if os.geteuid() != 0:
        print("skipped: needs root")
        sys.exit(SKIP)
    unittest.main(argv=sys.argv[:1], verbosity=2)


if __name__ == "__main__":
    main()
