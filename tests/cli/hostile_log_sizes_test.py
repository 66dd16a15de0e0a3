"""Logs with too much of something: long lines, deep nesting, many threads, many names, many lines."""
import hostile_log
from hostile_log import FINE, FINE_NS, LogCase, line, varied

MIB = 1024  # in KiB


class Sizes(LogCase):
    def write_lines(self, lines):
        path = self.path("log")
        with open(path, "w", encoding="ascii") as file:
            file.writelines(lines)
        return path

    def assert_jobs_agree(self, path, seen):
        """More workers see the same, wherever they divide the log."""
        for jobs in (1, 2, 4):
            other = self.read(path, "--jobs", jobs, text=False)
            for key in ("syscalls", "ledger", "in_flight", "complete", "warnings"):
                self.assertEqual(other.report[key], seen.report[key], f"{key} with --jobs {jobs}")

    def test_a_line_of_10_mb(self):
        path = self.write_lines([line('write(7, "' + "a" * (10 << 20) + '", 10485760) = 10485760 <0.000100>'), FINE])
        seen = self.read(path)
        self.assert_fine(seen)
        self.assertEqual((seen.calls("write"), seen.total_ns("write"), seen.lines["total"]), (1, 100_000, 2))

    def test_long_lines_everywhere(self):
        """Longer than any block it is read in, so that every block ends in the middle of one."""
        path = self.write_lines([line(f'write(7, "{"ab" * (i * 1000)}", 1) = 1 <0.000100>') for i in range(300)] + [FINE])
        seen = self.read(path)
        self.assert_fine(seen)
        self.assertEqual((seen.calls("write"), seen.total_ns("write"), seen.rejected), (300, 30_000_000, 0))
        self.assert_jobs_agree(path, seen)

    def test_a_million_brackets(self):
        for opening in ("(", "[", "{", "<", '3<', '"', '"\\', "/*", "TCP:["):
            with self.subTest(opening=opening):
                path = self.write_lines([line("ioctl(3, " + opening * 1_000_000 + ") = 0 <0.000010>"), FINE])
                seen = self.read(path, text=False, seconds=10)  # a scan that starts anew at each would take hours
                self.assert_fine(seen)
                self.assertEqual(seen.calls() + seen.rejected, 2)

    def test_a_million_round_brackets_are_one_bad_line(self):
        seen = self.read(self.write_lines([line("ioctl(3, " + "(" * 1_000_000 + ") = 0 <0.000010>"), FINE]))
        self.assertEqual((seen.calls(), seen.rejected), (1, 1))
        self.assertLess(sum(map(len, seen.lines["first_rejected"])), 10_000)

    def test_deep_nesting_that_is_right(self):
        deep = "{a=" * 10_000 + "1" + "}" * 10_000
        round_deep = "(" * 10_000 + ")" * 10_000
        seen = self.log(line(f"bpf(BPF_MAP_CREATE, {deep}, 8) = 0 <0.000010>") + line(f"bpf({round_deep}) = 0 <0.000010>") + FINE)
        self.assert_fine(seen)
        self.assertEqual((seen.calls("bpf"), seen.rejected), (2, 0))

    def test_200000_threads_that_wait(self):
        path = self.write_lines(line("read(3,  <unfinished ...>", 1000 + i) for i in range(200_000))
        seen = self.read(path)
        self.assertEqual((seen.calls(), seen.rejected, seen.report["ledger"]["in_flight"]), (0, 0, 200_000))
        self.assertEqual(sum(row["in_flight"] for row in seen.rows()), 200_000)

    def test_threads_that_come_and_go(self):
        """Memory is for those who live: a million that have ended leave nothing."""
        path = self.write_lines(line("read(3,  <unfinished ...>", pid) + line('<... read resumed>"x", 1) = 1 <0.000010>', pid)
                                + line("+++ exited with 0 +++", pid) for pid in range(1000, 401_000))
        seen = self.read(path, most_rss_kib=128 * MIB)
        self.assertEqual((seen.calls("read"), seen.total_ns("read"), seen.rejected), (400_000, 4_000_000_000, 0))
        self.assertEqual(seen.report["ledger"]["in_flight"], 0)

    def test_100000_ends_of_executions_that_nobody_began(self):
        """Whose they are is not looked for among all others, each time."""
        threads = range(1000, 101_000)
        path = self.write_lines([*(line("close(3) = 0 <0.000010>", pid) for pid in threads),
                                 *(line("<... execve resumed>) = 0 <0.000010>", pid) for pid in threads)])
        seen = self.read(path, text=False, seconds=10)
        self.assertEqual((seen.calls("close"), seen.calls("execve"), seen.rejected), (100_000, 100_000, 0))
        self.assertEqual(seen.report["ledger"]["lost"]["mismatch"], 100_000)

    def test_100000_unknown_calls(self):
        path = self.write_lines(line(f"syscall_{1000 + i:#x}(0x1) = -1 ENOSYS (Function not implemented) <0.000010>")
                                for i in range(100_000))
        seen = self.read(path)
        # Each on its own, or from some number on together: the program's choice. None is left out, and what is printed has
        # an end (hostile_log counts the lines).
        self.assertEqual((seen.calls(), seen.errors(), seen.rejected), (100_000, {"ENOSYS": 100_000}, 0))
        self.assertEqual(seen.total_ns(), 10_000 * 100_000)

    def test_100000_made_up_names(self):
        seen = self.read(self.write_lines(line(f"made_up_{i}(0x1) = 0 <0.000010>") for i in range(100_000)))
        self.assertEqual(seen.calls() + seen.rejected, 100_000)

    def test_100000_bad_lines(self):
        """They are counted; what is said of them has an end."""
        seen = self.read(self.write_lines([*(line(f"close({i} = 0") for i in range(100_000)), FINE]))
        self.assert_fine(seen)
        self.assertEqual((seen.calls(), seen.rejected), (1, 100_000))
        self.assertFalse(seen.report["complete"])

    def test_100000_kinds_of_processes(self):
        path = self.write_lines(f"{1000 + i}<name{i}> close(3) = 0 <0.000010>\n" for i in range(100_000))
        for by in ("comm", "process"):
            with self.subTest(by=by):
                seen = self.read(path, "--input-flags", "-f -T -Y", "--by", by, most_rss_kib=1024 * MIB)
                self.assertEqual((seen.calls("close"), seen.rejected), (100_000, 0))

    def test_400000_lines(self):
        path = self.write_lines(FINE for _ in range(400_000))
        seen = self.read(path)
        self.assert_fine(seen, 400_000)
        self.assertEqual((seen.lines["total"], seen.lines["records"], seen.total_ns()), (400_000, 400_000, 400_000 * FINE_NS))
        self.assertTrue(seen.report["complete"])

    def test_jobs(self):
        """Pieces of calls, wherever the log is divided, find each other."""
        text, total = varied(100)

        def lines():
            for i in range(3000):
                yield from (line('read(3,  <unfinished ...>', 900 + i % 7), text,
                            line('<... read resumed>"x", 1) = 1 <0.000010>', 900 + i % 7))
            yield FINE
        path = self.write_lines(lines())
        seen = self.read(path)
        self.assertEqual((seen.calls("read"), seen.total_ns("read")), (3000, 30_000_000))
        self.assertEqual((seen.calls("lseek"), seen.total_ns("lseek")), (300_001, 3000 * total + FINE_NS))
        self.assertTrue(seen.report["complete"])
        self.assert_jobs_agree(path, seen)


if __name__ == "__main__":
    hostile_log.main()
