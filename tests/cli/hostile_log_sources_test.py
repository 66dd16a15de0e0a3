"""What is given as a log and is none: folders, pipes that stay open, devices, files that shrink; and reports with no place to go."""
import os
import signal
import socket
import subprocess
import time

import hostile_log
import support
from hostile_log import FINE, LogCase, line, varied


class Missing(LogCase):
    def assert_told(self, *arguments, words=(), statuses=(1, 2), **options):
        seen = self.watch(*arguments, statuses=statuses, **options)
        self.assertEqual(seen.out, b"")
        self.assert_sentence(seen.err, *words)
        return seen

    def test_a_path(self):
        self.assert_told("--input", self.path("absent"), words=("absent", "No such file"))
        self.assert_told("--input", "", words=("--input", "is empty"))

    def test_one_of_two(self):
        """Half of what was asked for is no report on it."""
        self.assert_told("--input", self.write(FINE), "--input", self.path("absent"), words=("absent",))

    def test_a_report_in_the_place_of_its_log(self):
        """The log would be gone."""
        path = self.write(FINE)
        with open(path, "rb") as file:
            before = file.read()
        for given in (path, os.path.dirname(path)):
            self.assert_told("--input", given, "-o", path, statuses=(2,), words=("one of the logs", "another file"))
        os.symlink(path, self.path("link"))
        self.assert_told("--input", self.path("link"), "-o", path, statuses=(2,), words=("one of the logs",))
        with open(path, "rb") as file:
            self.assertEqual(file.read(), before)

    def test_a_folder_without_logs(self):
        os.mkdir(self.path("folder"))
        self.assert_told("--input", self.path("folder"), words=("folder", "no "))

    def test_a_file_that_may_not_be_read(self):
        if os.geteuid() == 0:
            self.skipTest("root may read everything")
        path = self.write(FINE)
        os.chmod(path, 0)
        self.assert_told("--input", path, words=("Permission denied",))

    def test_a_loop_of_links(self):
        os.symlink("loop", self.path("loop"))
        self.assert_told("--input", self.path("loop"), words=("loop",))

    def test_special_files(self):
        with socket.socket(socket.AF_UNIX) as door:
            door.bind(self.path("socket"))
        for path in ("/proc/self/mem", self.path("socket")):
            with self.subTest(path=path):
                self.assert_told("--input", path)

    def test_closed_standard_input(self):
        with subprocess.Popen(["sh", "-c", 'exec "$0" latency --input - <&-', support.LATIMER], env=support.environment(),
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            out, err = process.communicate(timeout=support.PATIENCE)
        self.assertIn(process.returncode, (1, 2), err)
        self.assertEqual(out, b"")
        self.assert_sentence(err)


class Folders(LogCase):
    def test_with_other_things_in_it(self):
        """Pipes, links that lead nowhere or back, and folders below: nothing waits, and the logs are read."""
        folder = self.path("folder")
        os.mkdir(folder)
        for pid in (812, 813):
            self.write(FINE.partition("   ")[2], f"folder/trace.{pid}")  # as -ff writes them
        os.mkfifo(os.path.join(folder, "trace.814"))
        os.symlink("nowhere", os.path.join(folder, "trace.815"))
        os.symlink(".", os.path.join(folder, "trace.816"))
        os.mkdir(os.path.join(folder, "trace.817"))
        seen = self.read(folder, statuses=(0, 1), wanted=False)  # what is no file is passed over, or refused by name
        if seen.status == 0:
            self.assert_fine(seen, 2)
        else:
            self.assertRegex(seen.err.decode(), r"trace\.81[4-7]")

    def test_the_same_file_twice(self):
        path = self.write(FINE)
        seen = self.read(path, "--input", path, statuses=(0, 1, 2), wanted=False)  # twice the calls, once, or refused; all told
        if seen.report is not None:
            self.assertIn(seen.calls("lseek"), (1, 2))


class Endless(LogCase):
    def test_a_fifo_whose_writer_stays(self):
        fifo = self.path("fifo")
        os.mkfifo(fifo)
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(signal=number):
                out = self.path("report")
                process = self.start("--input", fifo, "-f", "json", "-o", out)
                writer = os.open(fifo, os.O_WRONLY)
                os.write(writer, (FINE * 50).encode() + line("read(3,").encode()[:-1])
                time.sleep(0.5)
                self.assertIsNone(process.poll(), "it waits for more")
                process.send_signal(number)
                seen = self.finish(process, statuses=(0, 1))
                os.close(writer)
                seen.report = self.load(out)
                self.assertIsNotNone(seen.report, seen.err)
                self.assert_fine(seen, 50)
                self.assertIn("interrupt", seen.report["end_reason"] + " " + " ".join(seen.report["warnings"]))

    def test_a_fifo_that_nobody_opens(self):
        fifo = self.path("fifo")
        os.mkfifo(fifo)
        process = self.start("--input", fifo)
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        self.finish(process)

    def test_standard_input_that_stays_open(self):
        read_end, write_end = os.pipe()
        self.addCleanup(os.close, write_end)
        process = self.start("--input", "-", stdin=read_end)
        os.close(read_end)
        os.write(write_end, (FINE * 50).encode())
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        seen = self.finish(process, statuses=(0, 1))
        self.assertIn(b"lseek", seen.out)

    def test_a_line_without_end(self):
        """/dev/zero: it is seen for what it is, early."""
        seen = self.watch("--input", "/dev/zero", statuses=(1,))
        self.assert_sentence(seen.err, "zero", r"binary data")

    def test_lines_without_end(self):
        """`yes` for a log: stopped by hand, it reports what it was."""
        with subprocess.Popen(["yes", FINE.rstrip("\n")], stdout=subprocess.PIPE) as yes:
            process = self.start("--input", "-", stdin=yes.stdout)
            yes.stdout.close()
            time.sleep(1)
            process.send_signal(signal.SIGINT)
            seen = self.finish(process, statuses=(0, 1), most_rss_kib=128 * 1024)
        self.assertIn(b"lseek", seen.out)


class Changing(LogCase):
    def test_a_file_that_shrinks(self):
        """Whatever of it could be read: no SIGBUS, no endless wait."""
        text, _ = varied(200_000)
        for delay in (0.002, 0.01, 0.03, 0.1):
            for jobs in ("1", "2"):
                with self.subTest(delay=delay, jobs=jobs):
                    path = self.write(text)
                    out = self.path("report")
                    process = self.start("--input", path, "--jobs", jobs, "-f", "json", "-o", out)
                    time.sleep(delay)
                    os.truncate(path, 1000)
                    seen = self.finish(process, statuses=(0, 1))
                    if (report := self.load(out)) is not None:
                        seen.report = report
                        self.assertLessEqual(seen.calls(), 200_000)

    def test_a_file_that_grows(self):
        """A log that strace still writes: as far as it went, with an end."""
        path = self.write(FINE * 1000)
        with open(path, "ab", buffering=0) as file:
            process = self.start("--input", path, "-f", "json", "-o", self.path("report"))
            until = time.monotonic() + 1
            while time.monotonic() < until and process.poll() is None:
                file.write((FINE * 1000).encode())
        seen = self.finish(process, statuses=(0, 1))
        seen.report = self.load(self.path("report"))
        self.assertIsNotNone(seen.report, seen.err)
        self.assertGreaterEqual(seen.calls("lseek"), 1000)


class Output(LogCase):
    def test_a_full_disk(self):
        path = self.write(FINE)
        for options in (("-o", "/dev/full"), ("-f", "json", "-o", "/dev/full"), ("-f", "csv", "-o", "/dev/full")):
            with self.subTest(options=options):
                seen = self.watch("--input", path, *options, statuses=(1,))
                self.assertIn(b"No space left on device", seen.err)
        with open("/dev/full", "wb") as full:
            seen = self.watch("--input", path, statuses=(1,), stdout=full)
        self.assertIn(b"No space left on device", seen.err)

    def test_a_closed_pipe(self):
        for options in ((), ("-f", "json"), ("-f", "csv")):
            with self.subTest(options=options):
                read_end, write_end = os.pipe()
                os.close(read_end)
                seen = self.watch("--input", self.write(FINE), *options, stdout=write_end)
                os.close(write_end)
                self.assertEqual((seen.status, seen.err), (0, b""))

    def test_closed_standard_output(self):
        with subprocess.Popen(["sh", "-c", 'exec "$0" latency --input "$1" >&-', support.LATIMER, self.write(FINE)],
                              env=support.environment(), stderr=subprocess.PIPE) as process:
            err = process.communicate(timeout=support.PATIENCE)[1]
        self.assertEqual(process.returncode, 1, err)
        self.assertIn(b"cannot write", err)

    def test_a_report_over_its_own_log(self):
        """The log is not lost: refused, or replaced only after it was read."""
        path = self.write(FINE)
        seen = self.watch("--input", path, "-o", path)
        with open(path, "rb") as file:
            left = file.read()
        self.assertTrue(left == FINE.encode() if seen.status != 0 else b"lseek" in left, left[:200])


if __name__ == "__main__":
    hostile_log.main()
