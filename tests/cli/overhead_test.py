"""latimer overhead: what it refuses, what it survives, what it prints. Never how long anything took."""
import json
import os
import shutil
import signal
import stat
import subprocess
import tempfile
import time

import support
from support import environment, run, start, wait_until

FAKE_STRACE = """#!/bin/sh
case "$*" in
  -V | --version) echo 'strace -- version 6.1'; exit 0 ;;
esac
"""


def overhead(*arguments, **options):
    return run("overhead", *arguments, **options)


def measured(*arguments, **options):
    """Its exit status and its JSON."""
    result = overhead("-f", "json", "--runs", "1", *arguments, **options)
    assert result.stdout, result.stderr.decode()
    return result, json.loads(result.stdout)


def rows_of(report, workload):
    return next({row["competitor"]: row for row in one["rows"]} for one in report["workloads"] if one["name"] == workload)


class Refusals(support.Case):
    def test_bad_input(self):
        for arguments, hint in ((["--backends", "ebfp"], "did you mean"), (["--workload", "sqlit"], "did you mean sqlite"),
                                (["--workload", "cpu", "--", "true"], "exclude each other"), (["--runs", "0"], "--runs"),
                                (["--runs", "1001"], "at most"), (["--seed", "x"], "--seed"), (["--timeout", "soon"], "--timeout"),
                                (["-f", "csv"], "markdown"), (["extra"], "extra"), (["--"], "no command")):
            with self.subTest(arguments=arguments):
                self.assert_usage(overhead(*arguments), hint)

    def test_a_command_that_is_not_there(self):
        result = overhead("--", "/nonexistent/program")
        self.assertEqual(result.returncode, 1)
        self.assertIn(b"/nonexistent/program", result.stderr)

    def test_an_output_that_cannot_be_written_is_known_at_once(self):
        result = overhead("-o", "/nonexistent/report", "--", "true")
        self.assertEqual(result.returncode, 1)
        self.assertIn(b"/nonexistent/report", result.stderr)


class Runs(support.Case):
    def test_two_rounds(self):
        result = overhead("-f", "json", "--runs", "2", "--seed", "11", "--backends", "strace", "--workload", "getppid")
        self.assertEqual(result.returncode, 0, result.stderr)
        report = json.loads(result.stdout)
        self.assertEqual((report["command"], report["seed"], report["rounds_done"], report["failed"]), ("overhead", 11, 2, False))
        rows = rows_of(report, "getppid")
        self.assertEqual({rows[name]["runs"] for name in ("nothing", "nothing, again", "strace", "strace to a file")}, {2})
        self.assertIsNone(rows["nothing"]["slowdown"])
        # That strace makes this loop slower by more than twice is no matter of the clock.
        self.assertGreater(rows["strace"]["slowdown"]["low"], 2)
        self.assertEqual(rows["strace"]["lost"], 0)
        self.assertGreater(rows["strace"]["tool_rss_bytes"], 1 << 20)

    def test_a_command_as_text_and_markdown(self):
        for output, marks in (("text", (b"command: true", b"SLOWER", b"not judged")), ("markdown", (b"### command: true", b"|---|"))):
            with self.subTest(output=output):
                result = overhead("-f", output, "--runs", "1", "--backends", "strace", "--", "true")
                self.assertEqual(result.returncode, 0, result.stderr)
                for mark in marks:
                    self.assertIn(mark, result.stdout)

    def test_to_a_file(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "report.json")
            result = overhead("-f", "json", "-o", path, "--runs", "1", "--backends", "strace", "--", "true")
            self.assertEqual((result.returncode, result.stdout), (0, b""))
            with open(path, encoding="utf-8") as file:
                self.assertEqual(json.load(file)["rounds"], 1)


class Faults(support.Case):
    def test_a_workload_that_fails(self):
        result, report = measured("--backends", "strace", "--", "sh", "-c", "echo broken >&2; exit 3")
        self.assertEqual(result.returncode, 1)
        # Whoever comes first; once it has failed alone, nobody else is tried.
        for failure in report["failures"]:
            self.assertIn("status 3: broken", failure["message"])
        self.assertEqual(report["workloads"][0]["rows"], [])

    def test_a_workload_that_hangs(self):
        result, report = measured("--backends", "strace", "--timeout", "300ms", "--", "sleep", "1000")
        self.assertEqual(result.returncode, 1)
        self.assertIn("did not come within", report["failures"][0]["message"])

    def with_fake_strace(self, body, *arguments):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "strace")
            with open(path, "w", encoding="ascii") as file:
                file.write(FAKE_STRACE + body)
            os.chmod(path, stat.S_IRWXU)
            env = environment(PATH=folder + ":" + os.environ["PATH"])
            return measured("--backends", "strace", *arguments, "--", "true", env=env)

    def test_a_tracer_that_hangs(self):
        result, report = self.with_fake_strace("exec sleep 1000\n", "--timeout", "500ms")
        self.assertEqual(result.returncode, 1)
        failed = {one["competitor"]: one["message"] for one in report["failures"]}
        self.assertIn("strace to a file", failed)
        self.assertIn("did not come within", failed["strace to a file"])
        # The others were measured all the same.
        self.assertIn("nothing, again", rows_of(report, "command"))

    def test_a_tracer_that_crashes(self):
        result, report = self.with_fake_strace("echo 'out of order' >&2; kill -SEGV $$\n")
        self.assertEqual(result.returncode, 1)
        failed = {one["competitor"]: one["message"] for one in report["failures"]}
        self.assertIn("out of order", failed["strace to a file"])

    def test_a_peer_that_is_missing(self):
        with tempfile.TemporaryDirectory() as folder:
            for name in ("sh", "env", "mount", "unshare", "true"):
                os.symlink(shutil.which(name), os.path.join(folder, name))
            env = environment(PATH=folder)
            arguments = ("--peers", "--backends", "strace,bpftrace", "--", "true")
            result, report = measured(*arguments, env=env)
            self.assertEqual(result.returncode, 1)
            self.assertIn(b"apt-get install", result.stderr)
            missing = {one["name"]: one["fix"] for one in report["absent"]}
            self.assertEqual(missing["strace -c"], "apt-get install strace")
            self.assertIn("perf record", missing)
            self.assertIn("strace", missing)

    def test_what_is_missing_is_no_failure_unless_asked_for(self):
        with tempfile.TemporaryDirectory() as folder:
            os.symlink(shutil.which("true"), os.path.join(folder, "true"))
            result, report = measured("--", "true", env=environment(PATH=folder))
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertIn("strace", {one["name"] for one in report["absent"]})

    def test_an_interruption_leaves_nothing(self):
        with tempfile.TemporaryDirectory() as folder:
            process = start("overhead", "--backends", "strace", "--", "sleep", "1000", env=environment(TMPDIR=folder))
            # `go` is there when the workload is about to begin.
            wait_until(lambda: any("go" in names for _, _, names in os.walk(folder)), "a run")
            time.sleep(0.2)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=support.PATIENCE)
            self.assertEqual(process.returncode, 1, err)
            self.assertIn(b"interrupted", out)
            self.assertEqual(os.listdir(folder), [])


class Privileged(support.Case):
    def setUp(self):
        super().setUp()
        if os.geteuid() != 0:
            self.skipTest("needs root")

    def test_without_root(self):
        setpriv = shutil.which("setpriv")
        if setpriv is None:
            self.skipTest("setpriv is not installed")
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o777)
            result = subprocess.run(
                [setpriv, "--reuid=65534", "--regid=65534", "--clear-groups", support.LATIMER, "overhead", "-f", "json", "--runs",
                 "1", "--backends", "ebpf,strace", "--", "true"], env=environment(TMPDIR=folder), stdin=subprocess.DEVNULL,
                capture_output=True, timeout=support.PATIENCE, check=False)
        if result.returncode == 126:
            self.skipTest("nobody may not run latimer where it was built")
        report = json.loads(result.stdout)
        self.assertEqual(result.returncode, 1)  # ebpf was asked for
        self.assertIn("ebpf-aggregate", {one["name"] for one in report["absent"]})
        self.assertIn("strace", rows_of(report, "command"))

    @staticmethod
    def links_of(pid):
        folder = f"/proc/{pid}/fd"
        try:
            return [fd for fd in os.listdir(folder) if "bpf_link" in os.readlink(os.path.join(folder, fd))]
        except OSError:
            return []

    def test_another_tracer_is_named_and_the_measurement_refused(self):
        other = start("latency", "-b", "ebpf", "-p", str(self.target().pid))
        try:
            wait_until(lambda: other.poll() is not None or self.links_of(other.pid), "the other tracer")
            if other.poll() is not None:
                self.skipTest("ebpf cannot be used here")
            result = overhead("--runs", "1", "--backends", "strace", "--", "true")
        finally:
            other.send_signal(signal.SIGINT)
            self.reap(other)
        self.assertEqual(result.returncode, 1)
        self.assertIn(b"another tracer is on this host", result.stderr)
        self.assertIn(str(other.pid).encode(), result.stderr)


if __name__ == "__main__":
    support.main(needs_backend=False)
