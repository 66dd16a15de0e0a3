"""Real output against docs/latimer.schema.json."""
import json
import os
import sys

import support
from support import run

try:
    import jsonschema
except ImportError:
    print("skipped: python3-jsonschema is not installed")
    sys.exit(support.SKIP)


class Schema(support.Case):
    @classmethod
    def setUpClass(cls):
        with open(os.path.join(support.SOURCE, "docs", "latimer.schema.json"), encoding="utf-8") as file:
            schema = json.load(file)
        jsonschema.Draft202012Validator.check_schema(schema)
        cls.validator = jsonschema.Draft202012Validator(schema)

    def validate(self, text):
        reports = [json.loads(line) for line in text.splitlines()]
        self.assertTrue(reports)
        for report in reports:
            faults = [f"{error.json_path}: {error.message[:200]}" for error in self.validator.iter_errors(report)]
            self.assertEqual(faults, [])
        return reports

    def capture(self, *arguments, status=0):
        result = run(*arguments[:1], "-b", support.BACKEND, "-f", "json", "-o", self.path("report"), *arguments[1:])
        self.assertEqual(result.returncode, status, result.stderr)
        with open(self.path("report"), encoding="utf-8") as file:
            return self.validate(file.read())

    def test_a_command(self):
        report = self.capture("latency", "--", "ls", "/")[-1]
        self.assertEqual(report["command"], "latency")
        self.assertEqual(report["backend"], support.BACKEND)
        self.assertEqual(report["target"]["argv"], ["ls", "/"])
        self.assertTrue(report["complete"])
        for row in report["syscalls"]:
            self.assertEqual(row["count"] - row["untimed"], sum(b["count"] for b in row["histogram"]))
            self.assertEqual(row["count"] - row["untimed"], sum(b["count"] for b in row["log2"]))
            self.assertEqual(row["error_count"], sum(row["errors"].values()))
            if row["count"] > row["untimed"]:
                order = [row[k] for k in ("min_ns", "p50_ns", "p90_ns", "p95_ns", "p99_ns", "p999_ns", "max_ns")]
                self.assertEqual(order, sorted(order))
        names = [row["name"] for row in report["syscalls"]]
        self.assertIn("getdents64", names)
        totals = [row["total_ns"] or 0 for row in report["syscalls"]]
        self.assertEqual(totals, sorted(totals, reverse=True))

    def test_counts(self):
        report = self.capture("count", "--", "ls", "/")[-1]
        self.assertIsNone(report["verdict"])
        self.assertEqual(report["command"], "count")

    def test_every_grouping(self):
        groups = ["syscall", "process", "thread", "comm"] + (["cgroup"] if support.BACKEND == "ebpf" else [])
        for group in groups:
            with self.subTest(by=group):
                report = self.capture("latency", "--by", group, "--", "sh", "-c", "ls / >/dev/null; true")[-1]
                self.assertEqual(report["by"], group)
                self.assertTrue(all((row["key"] is None) == (group == "syscall") for row in report["syscalls"]))

    def test_a_filter_a_failure_and_a_limit(self):
        report = self.capture("latency", "-e", "%file", "--top", "2", "--", "sh", "-c", "cat /no/such/file 2>/dev/null; exit 3", status=3)[-1]
        self.assertEqual(report["exit_status"], 3)
        self.assertEqual(report["target"]["filter"], "%file")
        self.assertEqual(len(report["syscalls"]), 2)
        self.assertGreater(report["rows_hidden"], 0)

    def test_an_attached_process_with_intervals(self):
        target = self.target()
        reports = self.capture("latency", "-p", str(target.pid), "-i", "100ms", "-d", "350ms")
        self.assertGreaterEqual(len(reports), 2)
        self.assertEqual(reports[-1]["target"]["pids"], [target.pid])
        self.assertEqual(reports[-1]["in_flight"][0]["pid"], target.pid)
        self.assertTrue(reports[-1]["in_flight"][0]["at_least"])

    def test_a_killed_command(self):
        self.capture("latency", "--", "sh", "-c", "kill -KILL $$", status=-9)

    def test_stream_mode(self):
        if support.BACKEND != "ebpf":
            self.skipTest("modes are ebpf's")
        report = self.capture("latency", "--mode", "stream", "--", "ls", "/")[-1]
        self.assertEqual(report["mode"], "stream")

    def test_doctor(self):
        doctor = json.loads(run("doctor", "-f", "json").stdout)
        self.assertEqual(doctor["schema_version"], 1)
        names = {backend["name"] for backend in doctor["backends"]}
        self.assertIn(support.BACKEND, names)
        for backend in doctor["backends"]:
            for check in backend["checks"]:
                self.assertEqual(set(check), {"what", "outcome", "detail", "fix", "required"})
                self.assertIn(check["outcome"], ("works", "missing", "fails", "unknown"))

    def test_validate(self):
        with open(os.path.join(support.SOURCE, "docs", "validate.schema.json"), encoding="utf-8") as file:
            schema = json.load(file)
        jsonschema.Draft202012Validator.check_schema(schema)
        for target in (["--scenario", "enoent", "--scenario", "fork-exec"], ["--", "sh", "-c", "ls /no/such/file; exit 1"]):
            done = run("validate", "--backends", support.BACKEND, "--runs", "3", "-f", "json", *target)
            self.assertEqual(done.returncode, 0, done.stderr)
            result = json.loads(done.stdout)
            faults = [f"{error.json_path}: {error.message[:200]}"
                      for error in jsonschema.Draft202012Validator(schema).iter_errors(result)]
            self.assertEqual(faults, [])
            self.assertEqual(result["verdict"], "agree")


if __name__ == "__main__":
    support.main()
