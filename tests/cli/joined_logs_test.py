"""Logs of several tracers at once: each is read by its own kind's rules, and what they say is added up."""
import json
import os
import sys

import support

RECORDED = os.path.join(support.SOURCE, "tests", "golden")
LOGS = {
    "recorded": os.path.join(support.SOURCE, "tests", "queries", "sample.csv"),
    "bpftrace": os.path.join(RECORDED, "bpftrace", "recordings", "ls.out.gz"),
    "perf script": os.path.join(RECORDED, "perftrace", "recordings", "gcc.script.gz"),
}
STRACE = "".join(f"7 17000000{i:02} lseek({i}, 0, SEEK_CUR) = 0 <0.000100>\n" for i in range(10, 30)).replace(" lseek", ".000000 lseek")


class Joined(support.Case):
    def setUp(self):
        super().setUp()
        self.strace = self.path("app.strace")
        with open(self.strace, "w", encoding="utf-8") as file:
            file.write(STRACE)

    def read(self, *inputs, command="analyze", status=0):
        result = support.run(command, "--input", *inputs, "-f", "json")
        self.assertEqual(result.returncode, status, result.stderr)
        return json.loads(result.stdout)

    @staticmethod
    def counts(report):
        sums = {}
        for row in report["syscalls"]:
            key = (row["abi"], row["name"])
            count, total = sums.get(key, (0, 0))
            sums[key] = (count + row["count"], total + (row["total_ns"] or 0))
        return sums

    def assert_added_up(self, whole, parts):
        sums = {}
        for part in parts:
            for key, (count, total) in self.counts(part).items():
                old = sums.get(key, (0, 0))
                sums[key] = (old[0] + count, old[1] + total)
        self.assertEqual(self.counts(whole), sums)
        self.assertEqual(whole["ledger"]["completed"], sum(part["ledger"]["completed"] for part in parts))
        self.assertEqual(whole["log"]["input_count"], len(parts))

    def test_everything_is_added_up(self):
        inputs = [*LOGS.values(), self.strace]
        for command in ("analyze", "latency"):
            parts = [self.read(path, command=command) for path in inputs]
            whole = self.read(*inputs, command=command)
            self.assert_added_up(whole, parts)
            self.assertEqual(whole["backend"], "recorded+bpftrace+perftrace+strace")
            self.assertEqual(whole["complete"], all(part["complete"] for part in parts))

    def test_clocks_that_have_nothing_in_common(self):
        """Two of the tracers tell the time since 1970, the others that since their host began."""
        whole = self.read(*LOGS.values(), self.strace)
        self.assertIsNone(whole["duration_ns"])
        said = " ".join(whole["warnings"])
        for name, others in (("bpftrace", True), ("perftrace", True), ("strace", False)):
            self.assertEqual(f"{name}: its clock has nothing in common with that of recorded" in said, others, said)
        calendar = sum(row["count"] for path in (LOGS["recorded"], self.strace) for row in self.read(path)["syscalls"])
        over_time = sum(part["calls"] for part in whole["analysis"]["timeline"]["slices"])
        # Those that never returned are no completions, but have their time, too.
        self.assertLessEqual(abs(over_time - calendar), 20)

    def test_the_same_clock(self):
        whole = self.read(LOGS["recorded"], self.strace)
        self.assertIsNotNone(whole["duration_ns"])
        self.assertNotIn("its clock", " ".join(whole["warnings"]))

    def test_one_of_them_cannot_be_read(self):
        other = self.path("notes")
        with open(other, "w", encoding="utf-8") as file:
            file.write("these are notes\n" * 50)
        result = support.run("analyze", "--input", self.strace, other, LOGS["recorded"])
        self.assertEqual(result.returncode, 1)
        self.assertIn(b"notes", result.stderr)
        result = support.run("analyze", "--input", other, LOGS["recorded"], "-f", "json")
        self.assertEqual(result.returncode, 1)
        self.assertFalse(json.loads(result.stdout)["complete"], "what could be read is told all the same")

    def test_calls_that_no_table_has(self):
        """Each reader gives them numbers of its own."""
        mine = self.path("mine.strace")
        with open(mine, "w", encoding="utf-8") as file:
            file.write("7 1700000010.000000 first_odd() = 0 <0.000001>\n7 1700000011.000000 second_odd() = 0 <0.000001>\n")
        trace = self.path("odd.csv")
        with open(LOGS["recorded"], encoding="utf-8") as file:
            header = file.readline()
        with open(trace, "w", encoding="utf-8") as file:
            file.write(header + "1700000010000000000,5,7,7,x,x86_64,,second_odd,0,,,,,\n")
        for command in ("analyze", "latency"):
            names = {name: count for (_, name), (count, _) in self.counts(self.read(trace, mine, command=command)).items()}
            self.assertEqual(names, {"first_odd": 1, "second_odd": 2}, command)

    def test_descriptors_are_not_carried_over(self):
        """The same pid in two logs is two processes."""
        mine = self.path("mine.strace")
        with open(mine, "w", encoding="utf-8") as file:
            file.write('7 1700000010.000000 open("/etc/first", O_RDONLY) = 3 <0.000001>\n')
        perf = self.path("perf.txt")
        with open(perf, "w", encoding="utf-8") as file:
            file.write("     0.061 ( 0.019 ms): x/7 read(fd: 3, buf: 0x7ffc, count: 10) = 10\n")
        files = {f["name"] for f in self.read(mine, perf)["analysis"]["files"]}
        self.assertEqual({name for name in files if "first" in name}, {"/etc/first"})
        self.assertEqual([f["count"] for f in self.read(mine, perf)["analysis"]["files"] if f["name"] == "/etc/first"], [1])

    def test_nor_from_one_run_of_strace_to_the_next(self):
        first = '10 12:00:00.000001 open("/etc/first", O_RDONLY) = 3 <0.000001>\n'
        second = '10 12:00:01.000002 read(3, "x", 5) = 1 <0.000001>\n'
        paths = [self.path("a.strace"), self.path("b.strace")]
        for path, text in zip(paths, (first, second)):
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        files = {f["name"]: f["count"] for f in self.read(*paths)["analysis"]["files"]}
        self.assertEqual(files.get("/etc/first"), 1)

    def test_diff_reads_each_side_alone(self):
        result = support.run("diff", LOGS["recorded"], self.strace)
        self.assertEqual(result.returncode, 0, result.stderr)


if __name__ == "__main__":
    sys.exit(support.main(needs_backend=False))
