"""Where things go: standard output, standard error, files, full disks, closed pipes, terminals."""
import json
import os
import subprocess
import tempfile

import support
from support import latency, run

ECHO = ["--", "sh", "-c", "echo to-stdout; echo to-stderr >&2"]


class Streams(support.Case):
    def test_the_command_keeps_its_standard_output(self):
        result = latency(*ECHO)
        self.assertEqual(result.stdout, b"to-stdout\n")
        self.assertIn(b"to-stderr\n", result.stderr)
        self.assertIn(b"SYSCALL", result.stderr)

    def test_without_a_command_the_report_is_standard_output(self):
        result = latency("-p", str(self.target().pid), "-d", "100ms")
        self.assertIn(b"ledger", result.stdout)
        self.assertEqual(result.stderr, b"")

    def test_machine_formats_need_a_place(self):
        for name in ("json", "csv"):
            result = latency("-f", name, *ECHO)
            self.assertEqual(result.returncode, 125)
            self.assertIn(b"-o", result.stderr)
            self.assertEqual(result.stdout, b"")

    def test_output_to_a_file_leaves_both_streams_alone(self):
        result = latency("-o", self.path("report"), *ECHO)
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, b"to-stdout\n", b"to-stderr\n"))
        with open(self.path("report"), encoding="utf-8") as file:
            text = file.read()
        self.assertIn("SYSCALL", text)
        self.assertTrue(text.isprintable() or "\x1b" not in text)
        self.assertEqual(os.listdir(self.folder.name), ["report"])

    def test_dash_is_standard_output(self):
        result = latency("-f", "json", "-o", "-", *ECHO)
        first, second = result.stdout.split(b"\n", 1)
        self.assertEqual(first, b"to-stdout")
        self.assertEqual(json.loads(second)["exit_status"], 0)

    def test_an_older_report_stays_until_the_new_one_is_whole(self):
        path = self.path("report")
        with open(path, "w", encoding="ascii") as file:
            file.write("older")
        latency("-o", path, "--", "sh", "-c", f"cat {path} > {self.path('seen')}")
        with open(self.path("seen"), encoding="ascii") as file:
            self.assertEqual(file.read(), "older")
        with open(path, encoding="utf-8") as file:
            self.assertIn("SYSCALL", file.read())

    def test_intervals_then_the_whole(self):
        result = latency("-p", str(self.target().pid), "-i", "100ms", "-d", "450ms", "-f", "json")
        reports = [json.loads(line) for line in result.stdout.splitlines()]
        self.assertGreaterEqual(len(reports), 3)
        self.assertEqual([r["interval"]["index"] for r in reports[:-1]], list(range(1, len(reports))))
        self.assertIsNone(reports[-1]["interval"])

    def test_csv_has_its_header_once(self):
        result = run("count", "-b", support.BACKEND, "-p", str(self.target().pid), "-i", "100ms", "-d", "350ms", "-f", "csv")
        self.assertEqual(result.stdout.count(b"record,interval,"), 1)
        self.assertTrue(result.stdout.endswith(b"\r\n"))

    def test_count_intervals_print_rates(self):
        loop = subprocess.Popen(["sh", "-c", "while :; do : </dev/null; done"])
        self.addCleanup(loop.wait)
        self.addCleanup(loop.kill)
        result = run("count", "-b", support.BACKEND, "-p", str(loop.pid), "-i", "200ms", "-d", "1")
        self.assertRegex(result.stdout.decode(), r"SYSCALL +COUNT +RATE\(/s\)")
        self.assertGreaterEqual(result.stdout.count(b"RATE(/s)"), 4)
        self.assertIn(b"openat", result.stdout)


class FullDisk(support.Case):
    def check(self, result, status):
        self.assertEqual(result.returncode, status, result.stderr)
        self.assertIn(b"No space left on device", result.stderr)

    def test_standard_output(self):
        with open("/dev/full", "wb") as full:
            self.check(latency("-p", str(self.target().pid), "-d", "100ms", stdout=full), 1)
            self.check(latency("-o", "-", "--", "true", stdout=full), 125)
            self.check(run("help", stdout=full), 1)
            self.check(run("backends", stdout=full), 1)

    def test_a_device(self):
        self.check(latency("-o", "/dev/full", "--", "true"), 125)
        self.check(latency("-o", "/dev/full", "-i", "50ms", "--", "sleep", "0.3"), 125)

    def small_disk(self):
        folder = tempfile.mkdtemp(prefix="latimer-small-")
        self.addCleanup(os.rmdir, folder)
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8k", "latimer-test", folder], stderr=subprocess.PIPE, check=False)
        if mounted.returncode != 0:
            self.skipTest("mounting a small file system: " + mounted.stderr.decode().strip())
        self.addCleanup(subprocess.run, ["umount", folder], check=True)
        return folder

    def test_a_file_that_does_not_fit_is_not_there_at_all(self):
        folder = self.small_disk()
        self.check(latency("-f", "json", "-o", folder + "/report", "--", "ls", "-l", "/usr/bin"), 125)
        self.assertEqual(os.listdir(folder), [])

    def test_intervals_that_do_not_fit_leave_whole_reports(self):
        folder = self.small_disk()
        path = folder + "/report"
        self.check(run("count", "-b", support.BACKEND, "-f", "json", "-i", "20ms", "-o", path, "--", "sh", "-c",
                       "i=0; while [ $i -lt 200 ]; do sleep 0.01; i=$((i+1)); done"), 125)
        with open(path, encoding="utf-8") as file:
            lines = file.read()
        self.assertTrue(lines == "" or lines.endswith("\n"))
        for line in lines.splitlines():
            self.assertIsNotNone(json.loads(line)["interval"])


class ClosedPipes(support.Case):
    def test_a_reader_that_leaves_is_no_error(self):
        read_end, write_end = os.pipe()
        process = support.start("latency", "-b", support.BACKEND, "-p", str(self.target().pid), "-d", "300ms", stdout=write_end)
        os.close(write_end)
        os.close(read_end)
        status, _, err = self.reap(process)
        self.assertEqual((status, err), (0, b""))

    def test_head_ends_an_endless_capture(self):
        target = self.target()
        process = support.start("count", "-b", support.BACKEND, "-p", str(target.pid), "-i", "50ms")
        support.read_until(process.stdout, b"\n")
        process.stdout.close()
        err = process.stderr.read()
        self.assertEqual(process.wait(support.PATIENCE), 0)
        self.assertEqual(err, b"")
        process.stderr.close()
        self.assertEqual(support.tracer_of(target.pid), 0)
        self.assertTrue(support.is_alive(target.pid))

    def test_help_into_a_closed_pipe(self):
        read_end, write_end = os.pipe()
        os.close(read_end)
        result = run("help", "--man", stdout=write_end)
        os.close(write_end)
        self.assertEqual((result.returncode, result.stderr), (0, b""))

    def test_the_command_gets_sigpipe_as_usual(self):
        # `yes` ends by SIGPIPE when its reader goes, which it does only where the signal is not ignored.
        read_end, write_end = os.pipe()
        process = support.start("latency", "-b", support.BACKEND, "-e", "execve", "-o", self.path("report"), "--", "yes", stdout=write_end)
        os.close(write_end)
        os.read(read_end, 10)
        os.close(read_end)
        self.assertEqual(self.reap(process)[0], -13)

    def test_closed_standard_output_is_an_error_and_no_file_takes_its_place(self):
        script = f'exec "$0" latency -b {support.BACKEND} -o - -- true >&-'
        result = subprocess.run(["sh", "-c", script, support.LATIMER], stderr=subprocess.PIPE, check=False, timeout=support.PATIENCE)
        self.assertEqual(result.returncode, 125, result.stderr)
        self.assertIn(b"cannot write", result.stderr)


class OnATerminal(support.Case):
    def report(self, *arguments, **changes):
        terminal = support.Terminal(["latency", "-b", support.BACKEND, *arguments, "--", "true"], **changes)
        self.assertEqual(terminal.read_all(), 0)
        return terminal.output.decode()

    def test_colour(self):
        self.assertIn("\x1b[1m", self.report())
        self.assertNotIn("\x1b", self.report(NO_COLOR="1"))
        self.assertNotIn("\x1b", self.report(TERM="dumb"))
        self.assertNotIn("\x1b", self.report("--color", "never"))
        self.assertIn("\x1b[1m", self.report("--color", "always", NO_COLOR="1"))

    def test_no_colour_and_no_hints_in_files(self):
        self.assertNotIn(b"\x1b", latency("--", "true").stderr)
        self.assertIn(b"\x1b[1m", latency("--color", "always", "--", "true").stderr)

    def test_block_characters_only_where_the_locale_has_them(self):
        self.assertTrue(any(c in self.report() for c in "▁▂▃▄▅▆▇█"))
        self.assertTrue(self.report(LANG="C", LC_ALL="C").isascii())

    def test_the_width_is_the_terminals(self):
        wide = self.report("--color", "never", columns=120)
        narrow = self.report("--color", "never", columns=80)
        self.assertLessEqual(max(len(line) for line in narrow.splitlines()), 80)
        self.assertNotEqual(wide, narrow)


if __name__ == "__main__":
    support.main()
