"""Ctrl-C once and twice, SIGTERM, SIGKILL: what is printed, what goes on running, what is left behind."""
import fcntl
import os
import signal
import time

import support

READY = b"ready\n"
# Says that it is there, and what it got.
STUBBORN = ["--", "sh", "-c", "trap 'echo int' INT; trap 'echo term; exit 5' TERM; echo $$ ready; while :; do sleep 0.05; done"]


class Attached(support.Case):
    def start(self, *arguments):
        target = self.target()
        process = support.start("latency", "-b", support.BACKEND, "-p", str(target.pid), *arguments)
        return target, process

    def wait_for_start(self, target, process):
        if support.BACKEND == "strace":
            support.wait_until(lambda: support.tracer_of(target.pid) != 0, "strace attaches")
        else:
            time.sleep(1)
        self.assertIsNone(process.poll())

    def check_free(self, target):
        self.assertEqual(support.tracer_of(target.pid), 0)
        self.assertTrue(support.is_alive(target.pid))
        self.assertNotIn(support.status_field(target.pid, "State")[0], "tT")

    def test_one_signal_detaches_and_prints(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(signal=number):
                target, process = self.start()
                self.wait_for_start(target, process)
                process.send_signal(number)
                status, out, err = self.reap(process)
                self.assertEqual(status, 0, err)
                self.assertIn(b"interrupted", out)
                self.assertIn(b"ledger", out)
                self.check_free(target)

    def test_a_hung_call_is_reported_as_in_flight(self):
        target, process = self.start()
        self.wait_for_start(target, process)
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        _, out, _ = self.reap(process)
        self.assertIn(b"still inside at the end", out)
        self.assertRegex(out.decode(), r"(clock_nanosleep|restart_syscall) .*" + str(target.pid))

    def test_the_end_of_the_target_ends_the_capture(self):
        target, process = self.start()
        self.wait_for_start(target, process)
        target.kill()
        status, out, err = self.reap(process)
        self.assertEqual(status, 0, err)
        self.assertIn(b"ledger", out)

    def test_killed_latimer_leaves_the_target_running(self):
        target, process = self.start()
        self.wait_for_start(target, process)
        process.kill()
        self.reap(process)
        support.wait_until(lambda: support.tracer_of(target.pid) == 0, "the tracer goes away")
        self.check_free(target)

    def test_a_second_signal_ends_what_waits_for_its_reader(self):
        # Nobody reads: the final report is bigger than the pipe, so latimer waits in finish().
        read_end, write_end = os.pipe()
        self.addCleanup(os.close, read_end)
        size = 4096

        fcntl.fcntl(write_end, 1031, size)  # F_SETPIPE_SZ
        os.write(write_end, b"x" * size)
        target = self.target()
        process = support.start("latency", "-b", support.BACKEND, "-p", str(target.pid), stdout=write_end)
        os.close(write_end)
        self.wait_for_start(target, process)
        process.send_signal(signal.SIGINT)
        time.sleep(1)
        self.assertIsNone(process.poll())
        self.check_free(target)  # detached although the report is stuck
        process.send_signal(signal.SIGINT)
        self.assertEqual(self.reap(process)[0], 130)


class Launched(support.Case):
    def start(self, *arguments, command=None):
        process = support.start("latency", "-b", support.BACKEND, "-o", self.path("report"), *arguments, *(command or STUBBORN))
        pid = int(support.read_until(process.stdout, READY).split()[0])
        self.addCleanup(lambda: support.is_alive(pid) and os.kill(pid, signal.SIGKILL))
        return process, pid

    def report(self):
        with open(self.path("report"), encoding="utf-8") as file:
            return file.read()

    def test_one_sigint_reports_and_waits_for_the_command(self):
        process, pid = self.start()
        process.send_signal(signal.SIGINT)
        said = support.read_until(process.stderr, b"\n")
        self.assertIn(b"still runs", said)
        self.assertIn("interrupted", self.report())
        self.assertIsNone(process.poll())
        os.kill(pid, signal.SIGTERM)
        self.assertEqual(self.reap(process)[0], 5)

    def test_the_command_outlives_a_second_sigint(self):
        process, pid = self.start(command=["--", "sh", "-c", "echo $$ ready; exec sleep 61"])
        process.send_signal(signal.SIGINT)
        support.read_until(process.stderr, b"\n")
        process.send_signal(signal.SIGINT)
        process.stdout.close()
        self.assertEqual(process.wait(support.PATIENCE), 130)
        process.stderr.close()
        self.assertTrue(support.is_alive(pid))
        self.assertEqual(support.tracer_of(pid), 0)

    def test_sigterm_is_passed_on(self):
        process, _ = self.start()
        process.send_signal(signal.SIGTERM)
        status, out, _ = self.reap(process)
        self.assertIn(b"term", out)
        self.assertEqual(status, 5)
        self.assertIn("ledger", self.report())

    def test_sigterm_that_ends_the_command_ends_latimer_alike(self):
        process, _ = self.start(command=["--", "sh", "-c", "echo $$ ready; exec sleep 60"])
        process.send_signal(signal.SIGTERM)
        self.assertEqual(self.reap(process)[0], -signal.SIGTERM)
        self.assertIn("exit status 143", self.report())

    def test_ctrl_c_on_a_terminal_reaches_both(self):
        terminal = support.Terminal(["latency", "-b", support.BACKEND, "-o", self.path("report"), "--", "sh", "-c", "echo ready; sleep 60"])
        while READY.strip() not in terminal.output:
            terminal.output += os.read(terminal.fd, 1000)
        time.sleep(0.2)
        os.write(terminal.fd, b"\x03")
        self.assertEqual(terminal.read_all(), -signal.SIGINT)
        self.assertIn("exit status 130", self.report())

    def test_duration_ends_the_capture_and_not_the_command(self):
        mark = self.path("mark")
        process, _ = self.start("-d", "200ms", command=["--", "sh", "-c", f"echo $$ ready; sleep 1; touch {mark}; exit 3"])
        status, _, err = self.reap(process)
        self.assertEqual(status, 3)
        self.assertIn(b"still runs", err)
        self.assertTrue(os.path.exists(mark))
        self.assertIn("duration reached", self.report())

    def test_killed_latimer_leaves_the_command_running(self):
        process, pid = self.start(command=["--", "sh", "-c", "echo $$ ready; exec sleep 61"])
        process.kill()
        process.stdout.close()
        process.wait(support.PATIENCE)
        process.stderr.close()
        support.wait_until(lambda: support.tracer_of(pid) == 0, "the tracer goes away")
        self.assertTrue(support.is_alive(pid))
        self.assertEqual(os.listdir(self.folder.name), [])

    def test_until_exit_and_followed_children(self):
        script = "sleep 1 >&- 2>&- & exit 4"
        began = time.monotonic()
        self.assertEqual(support.latency("--until-exit", "-e", "execve", "--", "sh", "-c", script).returncode, 4)
        short = time.monotonic() - began
        began = time.monotonic()
        self.assertEqual(support.latency("-e", "execve", "--", "sh", "-c", script).returncode, 4)
        self.assertGreater(time.monotonic() - began, short)

    def test_an_ignored_sigint_stays_ignored(self):
        process = support.start("latency", "-b", support.BACKEND, "-o", self.path("report"), "--", "sh", "-c", "echo ready; sleep 0.5; exit 8",
                                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN))
        support.read_until(process.stdout, READY)
        process.send_signal(signal.SIGINT)
        self.assertEqual(self.reap(process)[0], 8)


if __name__ == "__main__":
    support.main()
