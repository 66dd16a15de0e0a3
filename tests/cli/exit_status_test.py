"""Exit statuses: the command's own, its signals, 125, 126, 127; 0, 1 and 2 without a command."""
import os
import resource
import signal
import subprocess

import support
from support import latency, run


class OfTheCommand(support.Case):
    def test_its_status_comes_out(self):
        for status in (0, 1, 3, 42, 125, 126, 127, 255):
            with self.subTest(status=status):
                self.assertEqual(latency("--", "sh", "-c", f"exit {status}").returncode, status)

    def test_its_signal_is_raised_again(self):
        for number in (signal.SIGTERM, signal.SIGKILL, signal.SIGINT, signal.SIGSEGV, signal.SIGABRT, signal.SIGUSR1, signal.SIGPIPE):
            with self.subTest(signal=number):
                self.assertEqual(latency("--", "sh", "-c", f"kill -{int(number)} $$; sleep 60").returncode, -number)

    def test_latimer_leaves_no_core_of_its_own(self):
        def allow_cores():
            hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
            resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))

        process = support.start("latency", "-b", support.BACKEND, "--", "sh", "-c", "kill -SEGV $$; sleep 60", preexec_fn=allow_cores,
                                cwd=self.folder.name)
        process.communicate(timeout=support.PATIENCE)
        self.assertEqual(process.returncode, -signal.SIGSEGV)
        cores = [name for name in os.listdir(self.folder.name) if str(process.pid) in name]
        self.assertEqual(cores, [])

    def test_the_main_process_counts_and_not_its_children(self):
        self.assertEqual(latency("--", "sh", "-c", "(exit 9) & wait; exit 4").returncode, 4)

    def test_a_report_is_printed_whatever_the_status(self):
        result = latency("--", "sh", "-c", "exit 7")
        self.assertIn(b"exit status 7", result.stderr)
        self.assertIn(b"ledger", result.stderr)


class OfLatimer(support.Case):
    def test_command_not_found(self):
        result = latency("--", "no-such-command-anywhere")
        self.assertEqual(result.returncode, 127, result.stderr)
        self.assertIn(b"no-such-command-anywhere", result.stderr)
        self.assertEqual(latency("--", "/no/such/file").returncode, 127)

    def test_command_not_executable(self):
        with open(self.path("plain"), "w", encoding="ascii") as file:
            file.write("text")
        self.assertEqual(latency("--", self.path("plain")).returncode, 126)
        self.assertEqual(latency("--", self.folder.name).returncode, 126)

    def test_a_script_without_hash_bang_runs_as_in_a_shell(self):
        with open(self.path("script"), "w", encoding="ascii") as file:
            file.write("exit 5\n")
        os.chmod(self.path("script"), 0o755)
        self.assertEqual(latency("--", self.path("script")).returncode, 5)

    def test_failures_with_a_command_are_125(self):
        self.assertEqual(run("latency", "--no-such-option", "--", "true").returncode, 125)
        self.assertEqual(run("nonsense", "--", "true").returncode, 125)
        self.assertEqual(run("latency", "-b", "nonsense", "--", "true").returncode, 125)
        self.assertEqual(latency("-e", "no_such_call", "--", "true").returncode, 125)
        self.assertEqual(latency("-o", "/no/such/folder/file", "--", "true").returncode, 125)
        self.assertEqual(latency("--user", "no-such-user", "--", "true").returncode, 125)
        self.assertEqual(latency("--").returncode, 125)

    def test_the_command_does_not_run_when_latimer_fails(self):
        mark = self.path("ran")
        latency("-o", "/no/such/folder/file", "--", "touch", mark)
        latency("-e", "no_such_call", "--", "touch", mark)
        self.assertFalse(os.path.exists(mark))

    def test_usage_without_a_command_is_2(self):
        self.assert_usage(run("latency"), "nothing to watch", "--comm")
        self.assert_usage(run("latency", "-p", "0"), "process id")
        self.assert_usage(run("latency", "-p", "1", "-a"), "contradict")
        self.assert_usage(run("latency", "--dration", "1"), "--duration")
        self.assert_usage(run("latncy"), "latency")
        self.assert_usage(run("latency", "ls"), "after --")
        self.assert_usage(run("count", "-p", "1", "-d", "soon"), "--duration", "500ms")
        self.assert_usage(run("latency", "-p", "1", "-e", "raed"), "read")
        self.assert_usage(run("latency", "-p", "1", "-e", "/(/"), "(")
        self.assert_usage(run("latency", "-b", "straec", "-p", "1"), "strace")

    def test_no_such_process_is_1(self):
        gone = subprocess.Popen(["true"])
        gone.wait()
        result = latency("-p", str(gone.pid), "-d", "1")
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertIn(str(gone.pid).encode(), result.stderr)
        self.assertEqual(result.stdout, b"")

    def test_one_missing_process_of_several_is_an_error(self):
        gone = subprocess.Popen(["true"])
        gone.wait()
        living = self.target()
        result = latency("-p", f"{living.pid},{gone.pid}", "-d", "1")
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertEqual(support.tracer_of(living.pid), 0)

    def test_a_capture_that_ends_well_is_0(self):
        result = latency("-p", str(self.target().pid), "-d", "200ms")
        self.assertEqual(result.returncode, 0, result.stderr)


class FailOnLoss(support.Case):
    def test_a_complete_report_is_no_failure(self):
        self.assertEqual(latency("--fail-on-loss", "--", "true").returncode, 0)

    def test_the_command_comes_first(self):
        self.assertEqual(latency("--fail-on-loss", "--", "sh", "-c", "exit 6").returncode, 6)

    def test_loss_is_3(self):
        if support.BACKEND != "ebpf":
            self.skipTest("loss can be forced with ebpf only")
        busy = ["sh", "-c", "i=0; while [ $i -lt 20000 ]; do : </dev/null; i=$((i+1)); done"]
        forced = ["--mode", "stream", "--ring-size", "4K", "--fail-on-loss"]
        result = latency(*forced, "--", *busy)
        self.assertIn(b"INCOMPLETE", result.stderr)
        self.assertEqual(result.returncode, 3, result.stderr)
        busy[-1] += "; exit 9"
        self.assertEqual(latency(*forced, "--", *busy).returncode, 9)


if __name__ == "__main__":
    support.main()
