"""latimer trace: what lands in the file, and what is left of it when the recorder dies."""
import json
import os
import resource
import signal
import subprocess
import sys
import time

import support
from trace_rows import rows_of, trace


class Trace(support.Case):
    def recorded(self, *command, options=()):
        path = self.path("t.csv")
        result = trace("-o", path, *options, "--", *command, cwd=self.folder.name)
        self.assertEqual(result.returncode, 0, result.stderr)
        with open(path, encoding="utf-8") as file:
            return rows_of(file.read())

    def named(self, calls, *names):
        return [call for call in calls if call["syscall"] in names]

    def test_calls_have_their_files(self):
        with open(self.path("in"), "w", encoding="utf-8") as file:
            file.write("hello\n")
        script = "import os; os.chdir('.'); f = os.open('in', os.O_RDONLY); os.read(f, 100); os.close(f); os.stat('in'); " \
                 "os.open('absent', 0) if 0 else None; r, w = os.pipe(); os.write(w, b'x'); os.read(r, 1)"
        calls, beginning, end = self.recorded(sys.executable, "-c", script)
        self.assertEqual((beginning["format"], beginning["version"], beginning["backend"]), ("latimer-trace", 1, support.BACKEND))
        self.assertTrue(end["complete"])
        self.assertEqual(end["rows"], len(calls))
        mine = os.path.join(os.path.realpath(self.folder.name), "in")
        opened = [c for c in self.named(calls, "openat", "open") if c["path"].endswith("/in")]
        self.assertEqual([os.path.realpath(c["path"]) for c in opened], [mine])
        fd = opened[0]["return_value"]
        about = [c["syscall"] for c in calls if c["fd"] == fd and os.path.realpath(c["path"]) == mine]
        self.assertIn("read", about)
        self.assertIn("close", about)
        self.assertTrue(any(c["path"].startswith("pipe:#") and c["syscall"] == "write" for c in calls))
        self.assertEqual([c["flags"] for c in self.named(calls, "exit_group")], ["no_return"])
        self.assertTrue(all(c["timestamp_ns"] for c in calls))

    def test_a_selection_still_knows_its_files(self):
        with open(self.path("in"), "w", encoding="utf-8") as file:
            file.write("hello\n")
        calls, _, end = self.recorded("cat", "in", options=("-e", "read"))
        self.assertEqual({c["syscall"] for c in calls}, {"read"})
        self.assertIn("/in", {c["path"][-3:] for c in calls})
        self.assertNotIn("", {c["path"] for c in calls})
        self.assertEqual(end["rows"], len(calls))
        self.assertTrue(end["complete"])
        for command in ("latency", "analyze"):
            report = json.loads(support.run(command, "-f", "json", "--input", self.path("t.csv")).stdout)
            self.assertTrue(report["complete"], command)
            self.assertEqual([row["name"] for row in report["syscalls"]], ["read"])

    def test_children_inherit_what_is_open(self):
        calls, _, _ = self.recorded("sh", "-c", "exec 7<>inherited; (exec 7>&-; true); cat <&7; true")
        read = [c for c in calls if c["comm"] == "cat" and c["syscall"] == "read" and c["fd"] == "0"]
        self.assertTrue(read)
        self.assertTrue(all(c["path"].endswith("/inherited") for c in read), read)

    def test_failures_and_arguments(self):
        calls, _, _ = self.recorded("sh", "-c", "cat '/nope, \"x\"' 2>/dev/null; true")
        missing = [c for c in calls if c["path"] == '/nope, "x"']
        self.assertEqual([(c["errno"], c["return_value"]) for c in missing], [("ENOENT", "-2")])
        self.assertIn('"/nope, \\\\"x\\\\""', missing[0]["args"])  # C's escape, then ours

    def test_names_that_would_hurt(self):
        """A spreadsheet takes what begins with = for a formula; lines and terminals have their own bytes."""
        names = ["=cmd|' /C calc'!A0", "+1", "-1+1", "@x", "new\nline", "tab\t", "<b>&amp;", "a,b\"c", "\xe9 \u00e9", "esc\x1b[31m"]
        for name in names:
            calls, _, _ = self.recorded(sys.executable, "-c", "import os,sys; os.access(sys.argv[1], 0)", name)
            paths = [c["path"] for c in self.named(calls, "access", "faccessat", "faccessat2")]
            found = [p for p in paths if p.endswith(name.encode().decode("utf-8")) or "\\x" in p]
            self.assertTrue(found, (name, paths))
            for path in paths:
                self.assertNotRegex(path, r"^[=+@-]")
                self.assertNotRegex(path, r"[\x00-\x1f\x7f]")

    def test_a_name_of_its_own_cannot_be_a_formula(self):
        if support.BACKEND == "strace":
            self.skipTest("strace tells no names, and those of /proc are looked at once")
        calls, _, _ = self.recorded(sys.executable, "-c", "open('/proc/self/comm', 'w').write('=1+1'); import os; os.getppid()")
        self.assertIn("\\x3d1+1", {c["comm"] for c in calls})

    def test_reads_back_equal(self):
        path = self.path("t.csv")
        self.assertEqual(trace("-o", path, "--", "ls", "-lR", "/etc/apt").returncode, 0)
        with open(path, encoding="utf-8") as file:
            calls, _, end = rows_of(file.read())
        report = json.loads(support.run("latency", "-f", "json", "--input", path).stdout)
        self.assertTrue(report["complete"])
        self.assertEqual(report["backend"], support.BACKEND)
        returned = [c for c in calls if c["flags"] not in ("no_return", "killed", "began_before")]
        self.assertEqual(sum(row["count"] for row in report["syscalls"]), len(returned))
        for row in report["syscalls"]:
            own = [c for c in returned if c["syscall"] == row["name"]]
            self.assertEqual(row["count"], len(own))
            self.assertEqual(row["total_ns"] or 0, sum(int(c["duration_ns"] or 0) for c in own))
            self.assertEqual(sum(row["errors"].values()), sum(1 for c in own if c["errno"]))
        for term in ("enters", "exits", "completed", "no_return", "in_flight"):
            self.assertEqual(report["ledger"][term], end["ledger"][term])

    def test_packed_reads_the_same(self):
        path = self.path("t.csv.zst")
        result = trace("-o", path, "--", "ls", "/etc")
        self.assertEqual(result.returncode, 0, result.stderr)
        with open(path, "rb") as file:
            self.assertEqual(file.read(4), b"\x28\xb5\x2f\xfd")
        report = json.loads(support.run("latency", "-f", "json", "--input", path).stdout)
        self.assertTrue(report["complete"])
        self.assertEqual(report["log"]["inputs"][0]["compression"], "zstd")

    def test_by_the_letter(self):
        path = self.path("f.csv")
        result = support.run("trace", "--backend", support.BACKEND, "--command", "ls -l '/etc'", "--output", path)
        self.assertEqual(result.returncode, 0, result.stderr)
        with open(path, encoding="utf-8") as file:
            _, beginning, _ = rows_of(file.read())
        self.assertEqual(beginning["target"]["argv"], ["ls", "-l", "/etc"])
        result = support.run("trace", "--backend", support.BACKEND, "--command", "ls / | wc -l", "--output", path)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertGreater(int(result.stdout), 3)
        target = self.target()
        result = support.run("trace", "--backend", support.BACKEND, "--pid", str(target.pid), "--duration", "0.2", "--output", path)
        self.assertEqual(result.returncode, 0, result.stderr)
        with open(path, encoding="utf-8") as file:
            _, beginning, end = rows_of(file.read())
        self.assertEqual(beginning["target"]["pids"], [target.pid])
        self.assertEqual(end["end_reason"], "duration reached")
        self.assertEqual([call["name"] for call in end["in_flight"]], ["clock_nanosleep"])

    def test_what_was_open_before(self):
        script = "import os,time\nf = open('/etc/passwd','rb',0)\nos.write(1, b'x')\nwhile True:\n f.seek(0); f.read(1); time.sleep(0.01)"
        child = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
        self.addCleanup(child.stdout.close)
        self.addCleanup(child.wait)
        self.addCleanup(child.kill)
        os.read(child.stdout.fileno(), 1)
        path = self.path("t.csv")
        result = trace("-o", path, "-p", str(child.pid), "-d", "0.3")
        self.assertEqual(result.returncode, 0, result.stderr)
        with open(path, encoding="utf-8") as file:
            calls, _, _ = rows_of(file.read())
        reads = self.named(calls, "read", "lseek")
        self.assertTrue(reads)
        self.assertEqual({c["path"] for c in reads}, {"/etc/passwd"})

    def test_a_process_with_100_000_descriptors(self):
        """Or with as many as this host lets a process have; of a log with 100,000 in any case."""
        most = min(100_000, resource.getrlimit(resource.RLIMIT_NOFILE)[1] - 100)
        for name in ("many", "last"):
            with open(self.path(name), "w", encoding="utf-8") as file:
                file.write("x")
        begin = f"import os, resource, sys, time; resource.setrlimit(resource.RLIMIT_NOFILE, ({most + 100}, {most + 100})); " \
                f"fds = [os.open(sys.argv[1], os.O_RDONLY) for i in range({most})]; last = os.open(sys.argv[2], os.O_RDONLY); "
        body = "os.pread(fds[-1], 1, 0); os.pread(last, 1, 0)"
        files = [self.path("many"), self.path("last")]
        child = subprocess.Popen([sys.executable, "-c", f"{begin}print('ready', flush=True)\nwhile True: {body}; time.sleep(0.01)", *files],
                                 stdout=subprocess.PIPE, text=True)
        self.addCleanup(child.wait)
        self.addCleanup(child.kill)
        self.addCleanup(child.stdout.close)
        self.assertEqual(child.stdout.readline(), "ready\n")
        result = trace("-o", self.path("t.csv"), "-p", str(child.pid), "-d", "3")
        self.assertEqual(result.returncode, 0, result.stderr)
        with open(self.path("t.csv"), encoding="utf-8") as file:
            calls, _, end = rows_of(file.read())
        self.assertTrue(end["complete"])
        read = self.named(calls, "pread64")
        self.assertGreater(len(read), 20)
        self.assertEqual({os.path.basename(c["path"]) for c in read}, {"many", "last"})
        # The same opened under the recorder's eyes.
        calls, _, end = self.recorded(sys.executable, "-c", begin + body, *files)
        self.assertTrue(end["complete"])
        self.assertEqual([os.path.basename(c["path"]) for c in self.named(calls, "pread64")[-2:]], ["many", "last"])
        log = self.path("many.strace")
        with open(log, "w", encoding="utf-8") as file:
            for fd in range(3, 100_003):
                file.write(f'7 open("/data/{fd % 10}", O_RDONLY) = {fd} <0.000001>\n')
            file.write("".join(f'7 read({fd}, "x", 1) = 1 <0.000001>\n' for fd in (3, 50_000, 100_002)))
        report = json.loads(support.run("analyze", "--input", log, "-f", "json").stdout)
        self.assertEqual({f["name"]: f["reads"] for f in report["analysis"]["files"] if f["reads"]}, {"/data/3": 1, "/data/0": 1, "/data/2": 1})

    def test_a_killed_recorder_leaves_what_it_saw(self):
        path = self.path("t.csv")
        child = subprocess.Popen([sys.executable, "-c", "import os\nwhile True: os.getppid()"])
        self.addCleanup(child.wait)
        self.addCleanup(child.kill)
        recorder = support.start("trace", "-b", support.BACKEND, "-o", path, "-p", str(child.pid))
        support.wait_until(lambda: os.path.exists(path) and os.path.getsize(path) > 20_000, "rows in the file")
        recorder.kill()
        recorder.communicate()
        with open(path, "rb") as file:
            text = file.read()
        whole = text[:text.rfind(b"\n") + 1].decode()
        calls, beginning, end = rows_of(whole)
        self.assertTrue(calls and beginning)
        self.assertIsNone(end)
        result = support.run("latency", "-f", "json", "--input", path)
        report = json.loads(result.stdout)
        self.assertFalse(report["complete"])
        self.assertEqual(sum(row["count"] for row in report["syscalls"]), len(calls))
        self.assertIn("no end", " ".join(report["warnings"]))

    def test_a_killed_recorder_of_a_packed_trace(self):
        path = self.path("t.csv.zst")
        child = subprocess.Popen([sys.executable, "-c", "import os\nwhile True: os.getppid()"])
        self.addCleanup(child.wait)
        self.addCleanup(child.kill)
        recorder = support.start("trace", "-b", support.BACKEND, "-o", path, "-p", str(child.pid))
        support.wait_until(lambda: os.path.exists(path) and os.path.getsize(path) > 5_000, "rows in the file")
        recorder.kill()
        recorder.communicate()
        result = support.run("latency", "-f", "json", "--input", path)
        self.assertEqual(result.returncode, 0, result.stderr)
        report = json.loads(result.stdout)
        self.assertFalse(report["complete"])
        self.assertGreater(sum(row["count"] for row in report["syscalls"]), 100)
        self.assertEqual(support.run("latency", "--fail-on-loss", "--input", path).returncode, 3)

    def test_a_fifo(self):
        fifo = self.path("fifo")
        os.mkfifo(fifo)
        recorder = support.start("trace", "-b", support.BACKEND, "-o", fifo, "--", "true")
        reader = os.open(fifo, os.O_RDONLY)
        with open(reader, encoding="utf-8") as file:
            calls, _, end = rows_of(file.read())
        self.assertEqual(recorder.wait(support.PATIENCE), 0)
        self.assertEqual(end["rows"], len(calls))
        recorder = support.start("trace", "-b", support.BACKEND, "-o", fifo, "--", "true")
        time.sleep(0.5)
        self.assertIsNone(recorder.poll(), "it waits for a reader")
        recorder.send_signal(signal.SIGINT)
        self.assertNotEqual(recorder.wait(support.PATIENCE), 0)
        self.assertIn(b"nobody has come to read it", recorder.stderr.read())

    def test_a_full_disk(self):
        if os.geteuid() != 0:
            self.skipTest("mounting a small disk needs root")
        disk = self.path("disk")
        os.mkdir(disk)
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", disk], stderr=subprocess.PIPE, check=False)
        if mounted.returncode != 0:
            self.skipTest(f"no small disk can be mounted: {mounted.stderr.decode().strip()}")
        self.addCleanup(subprocess.run, ["umount", disk], check=False)
        path = os.path.join(disk, "t.csv")
        result = trace("-o", path, "--", sys.executable, "-c", "import os\nfor i in range(20000): os.getppid()\nprint('done')")
        self.assertEqual(result.returncode, 125)
        self.assertIn(b"No space left on device", result.stderr)
        self.assertIn(b"done", result.stdout)
        with open(path, encoding="utf-8") as file:
            text = file.read()
        self.assertTrue(text.endswith("\n"))
        calls, _, end = rows_of(text)
        self.assertGreater(len(calls), 100)
        self.assertIsNone(end)
        report = json.loads(support.run("latency", "-f", "json", "--input", path).stdout)
        self.assertFalse(report["complete"])

    def test_what_is_made_is_recorded_or_lost(self):
        if support.BACKEND != "ebpf":
            self.skipTest("strace stops the program instead of losing")
        made = 400_000
        script = f"import os, threading\ndef work():\n for i in range({made // 2}): os.getppid()\n" \
                 "t = [threading.Thread(target=work) for i in range(2)]\nfor x in t: x.start()\nfor x in t: x.join()"
        for options in (("--ring-size", "16K"), ()):
            calls, _, end = self.recorded(sys.executable, "-c", script, options=("-e", "getppid", *options))
            lost = end["ledger"]["lost"]["ring_full"]
            self.assertEqual({c["syscall"] for c in calls}, {"getppid"})
            # Calls that open and close descriptors are watched, too, and may be among the lost.
            self.assertLessEqual(len(calls), made)
            self.assertLessEqual(made - len(calls), lost, options)
            self.assertTrue(end["ledger"]["balanced"])
            self.assertEqual(end["complete"], lost == 0)

    def test_bounded_and_rotated(self):
        path = self.path("t.csv")
        loop = [sys.executable, "-c", "import os\nfor i in range(20000): os.getppid()"]
        result = trace("-o", path, "--max-size", "300K", "--", *loop)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn(b"stopped at --max-size", result.stderr)
        self.assertLess(os.path.getsize(path), 900_000)
        with open(path, encoding="utf-8") as file:
            _, _, end = rows_of(file.read())
        self.assertEqual(end["end_reason"], "size reached")
        result = trace("-o", path, "--max-size", "300K", "--rotate", "2", "--", *loop)
        self.assertEqual(result.returncode, 0, result.stderr)
        names = sorted(os.listdir(self.folder.name))
        self.assertEqual(len(names), 2, names)
        self.assertNotIn("t.csv", names)
        report = json.loads(support.run("latency", "-f", "json", "--input", *[self.path(n) for n in names]).stdout)
        self.assertFalse(report["complete"])
        self.assertIn("rotated", " ".join(report["warnings"]))

    def test_parts_of_an_earlier_trace_stay(self):
        path = self.path("t.csv")
        with open(self.path("t.2.csv"), "w", encoding="utf-8") as file:
            file.write("old")
        result = trace("-o", path, "--max-size", "300K", "--rotate", "2", "--", "true")
        self.assertEqual(result.returncode, 125)
        self.assertIn(b"t.2.csv is there", result.stderr)
        self.assertFalse(os.path.exists(path))

    def test_one_recorder_for_a_file(self):
        path = self.path("t.csv")
        first, second = self.target(), self.target()
        recorder = support.start("trace", "-b", support.BACKEND, "-o", path, "-p", str(first.pid))
        support.wait_until(lambda: os.path.exists(path) and os.path.getsize(path) > 100, "the first recorder")
        result = trace("-o", path, "-p", str(second.pid), "-d", "0.1")
        self.assertEqual(result.returncode, 2)
        self.assertIn(b"another latimer records", result.stderr)
        recorder.send_signal(signal.SIGINT)
        recorder.communicate()
        self.assertEqual(recorder.returncode, 0)

    def test_the_time_is_that_of_the_recording(self):
        path = self.path("t.csv")
        target = self.target()
        self.assertEqual(trace("-o", path, "-p", str(target.pid), "-d", "0.4").returncode, 0)
        report = json.loads(support.run("latency", "-f", "json", "--input", path).stdout)
        self.assertGreaterEqual(report["duration_ns"], 390_000_000)
        self.assertTrue(report["complete"])

    def test_a_call_that_death_ended_is_no_work(self):
        script = "import os, threading, time\nr, w = os.pipe()\nthreading.Thread(target=lambda: os.read(r, 1), daemon=True).start()\ntime.sleep(0.3)"
        self.recorded(sys.executable, "-c", script)
        report = json.loads(support.run("analyze", "-f", "json", "--input", self.path("t.csv")).stdout)
        self.assertEqual(report["analysis"]["all"]["count"], sum(row["count"] for row in report["syscalls"]))
        self.assertEqual(report["analysis"]["all"]["total_ns"], sum(row["total_ns"] or 0 for row in report["syscalls"]))
        work = {row["work"]: row["total_ns"] for row in report["analysis"]["work"]}
        self.assertLess(work.get("pipe", 0) + work.get("I/O of unknown files", 0), 200_000_000)

    def test_wrong_use(self):
        for arguments, words in (((), "needs a file"),
                                 (("-o", self.path("no/such/f.csv")), "cannot write"),
                                 (("-o", self.folder.name), "Is a directory"),
                                 (("-o", self.path("f"), "--rotate", "3"), "--max-size"),
                                 (("-o", self.path("f"), "--max-size", "x"), "max-size"),
                                 (("-o", "-"), "mix with")):
            result = trace(*arguments, "--", "true")
            self.assertEqual(result.returncode, 125, (arguments, result.stderr))
            self.assertIn(words, result.stderr.decode())

    def test_the_commands_end_is_ours(self):
        path = self.path("t.csv")
        self.assertEqual(trace("-o", path, "--", "sh", "-c", "exit 7").returncode, 7)
        self.assertEqual(trace("-o", path, "--", "sh", "-c", "kill -TERM $$").returncode, -signal.SIGTERM)
        with open(path, encoding="utf-8") as file:
            _, _, end = rows_of(file.read())
        self.assertEqual(end["exit_status"], 128 + signal.SIGTERM)


if __name__ == "__main__":
    support.main()
