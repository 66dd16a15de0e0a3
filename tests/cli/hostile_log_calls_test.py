"""Lines that nearly are records: bad numbers and times, pieces that do not fit, names, errors, text that looks like marks."""
import csv
import io

import hostile_log
import support
from hostile_log import FINE, LogCase, line


class Local(LogCase):
    """A bad line costs itself and nothing else."""

    def test_quotes_and_brackets_without_end(self):
        seen = self.log(line('write(7, "abc, 3) = 3 <0.000010>') + line("ioctl(3, {a=[1, 2}, 3) = 0 <0.000010>")
                        + line("poll([{fd=3}, 1, 0) = 0 (Timeout) <0.000010>") + line('write(7, abc", 3) = 3 <0.000010>') + FINE)
        self.assert_fine(seen)
        # Which of the four can be made sense of is the program's choice; each of them is one thing.
        self.assertEqual(seen.calls() + seen.rejected, 5)

    def test_bad_annotations_of_descriptors(self):
        legal = [line(text) for text in (
            "close(3</srv/a>) = 0 <0.000010>",
            'read(3</srv/we\\74ird\\76>, "a", 1) = 1 <0.000010>',
            'write(4<UNIX-STREAM:[10->11,"/run/a->]>\\" b"]>, "x", 1) = 1 <0.000010>',
            'write(5</dev/pts/0<char 136:0>>, "x", 1) = 1 <0.000010>',
            "close(6</srv/gone (deleted)>(deleted)) = 0 <0.000010>",
            "mmap(NULL, 2097152, PROT_READ, MAP_PRIVATE|MAP_HUGETLB|21<<MAP_HUGE_SHIFT, 3</srv/x->, 0) = 0x7f5500000000 <0.000010>",
            "capset({version=_LINUX_CAPABILITY_VERSION_3, pid=0}, {effective=1<<CAP_CHOWN|1<<CAP_KILL, permitted=0}) = 0 <0.000010>")]
        bad = [line(text) for text in (
            'read(3<<<>>>, "a", 1) = 1 <0.000010>', 'read(3</srv/a, "a", 1) = 1 <0.000010>', 'read(3>, "a", 1) = 1 <0.000010>',
            "close(4<TCP:[1->2>) = 0 <0.000010>")]
        seen = self.log("".join(legal + bad) + FINE)
        self.assert_fine(seen)
        self.assertEqual(seen.calls() + seen.rejected, len(legal) + len(bad) + 1)
        self.assertLessEqual(seen.rejected, len(bad))

    def test_escapes(self):
        seen = self.log(line('write(7, "\\08\\377\\x", 4) = 4 <0.000010>') + line('write(7, "abc\\') + FINE
                        + line('write(7, "\\", 1) = 1 <0.000010>') + line('write(7, "cut"..., 400) = 400 <0.000010>') + FINE)
        self.assert_fine(seen, 2)  # a backslash at the end of a line takes nothing of the next
        self.assertEqual(seen.calls("write") + seen.rejected, 4)
        self.assertGreaterEqual(seen.calls("write"), 2)

    def test_two_tools_in_one_file(self):
        seen = self.log(FINE + "     0.061 ( 0.019 ms): true/27430 brk()                                       = 0x55a916aea000\n"
                        + '{"type": "printf", "data": "1 2 2 ls 3 0 400\\n"}\n' + FINE)
        self.assert_fine(seen, 2)
        self.assertEqual((seen.calls(), seen.rejected), (2, 2))

    def test_columns_that_change(self):
        texts = ("close(3) = 0 <0.000001>", "[pid  9] close(3) = 0 <0.000001>", "1795216342.000001 close(3) = 0 <0.000001>",
                 "9     1795216342.000001 close(3) = 0 <0.000001>", "12:00:00.000001 close(3) = 0 <0.000001>",
                 "     0.000005 close(3) = 0 <0.000001>", "9     [   3] close(3) = 0 <0.000001>")
        seen = self.log("".join(text + "\n" for text in texts))
        # Either read one by one, or by the columns that most have: then it is told which were not.
        self.assertEqual(seen.calls("close") + seen.rejected, len(texts))
        self.assertGreaterEqual(seen.calls("close"), 1)

    def test_fail_on_loss(self):
        path = self.write(FINE + line("close(3") + FINE)
        self.assertEqual(self.watch("--input", path, "--fail-on-loss").status, 3)
        self.assertEqual(self.watch("--input", self.write(FINE), "--fail-on-loss").status, 0)


class Numbers(LogCase):
    def test_results_beyond_64_bits(self):
        seen = self.log(line('read(3, "", 1) = 99999999999999999999999 <0.000010>')
                        + line("lseek(3, 9223372036854775807, SEEK_SET) = 9223372036854775807 <0.000010>")
                        + line('write(3, "", 0) = 18446744073709551611 <0.000010>')
                        + line("brk(NULL) = 0xffffffffffffffffffffffff <0.000010>")
                        + line("getpid() = -99999999999999999999 <0.000010>"))
        # Nothing is taken for an error because of a number that wrapped.
        self.assertEqual(seen.errors(), {})
        self.assertEqual(seen.calls() + seen.rejected, 5)
        self.assertEqual(seen.total_ns(), seen.calls() * 10_000)
        self.assertEqual(seen.calls("lseek"), 1)

    DURATIONS = ("9223372036.854775808", "18446744073.709551615", "99999999999999999999.000001", "-0.000005", "-1", "nan", "inf",
                 "0,000123", "0.0000000001", "1e-9", "0x10", "1.2.3", "", "...", " 0.000003", "0.000003 ")

    def test_durations_that_are_none(self):
        for duration in self.DURATIONS:
            with self.subTest(duration=duration):
                seen = self.log(FINE + line(f'read(3, "", 1) = 0 <{duration}>') + FINE, text=False)
                self.assert_fine(seen, 2)
                # A call without a duration or a bad line, as the program likes; in no sum, and told.
                self.assertEqual(seen.total_ns("read"), 0)
                self.assertEqual(seen.untimed("read"), seen.calls("read"))
                self.assertEqual(seen.calls("read") + seen.rejected, 1)

    def test_a_sum_beyond_64_bits(self):
        long = line('read(3, "", 1) = 0 <9000000000.000000>')
        for count in (2, 3, 1000):
            with self.subTest(count=count):
                seen = self.log(long * count + FINE)  # hostile_log looks for sums that have wrapped
                self.assert_fine(seen)
                self.assertEqual(seen.calls("read") + seen.rejected, count)

    def test_process_ids(self):
        bad = "".join(f"{pid} close(3) = 0 <0.000010>\n" for pid in (
            "0    ", "-5   ", "4294967296", "2147483648", "99999999999999999999", "[pid abc]", "[pid 12", "12]  ", "1.5  "))
        seen = self.log(FINE * 20 + bad + FINE)
        self.assert_fine(seen, 21)
        self.assertEqual(seen.calls("close") + seen.rejected, 9)


class Times(LogCase):
    def stamped(self, stamp, text="getpid() = 812 <0.000001>"):
        return line(f"{stamp} {text}")

    def test_backwards(self):
        seen = self.log("".join(self.stamped(f"1795216342.{999000 - i * 1000:06d}") for i in range(300)))
        self.assertEqual((seen.calls(), seen.total_ns()), (300, 300_000))
        self.assertLess(seen.report["duration_ns"], 10 ** 9)

    def test_backwards_inside_a_call(self):
        seen = self.log(self.stamped("1795216342.500000", "read(3,  <unfinished ...>")
                        + self.stamped("1795216342.100000", '<... read resumed>"x", 1) = 1') + self.stamped("1795216342.600000"))
        self.assertEqual((seen.calls("read"), seen.calls("getpid")), (1, 1))
        self.assertEqual(seen.total_ns("read"), 0)

    def test_far_away(self):
        stamps = ("99999999999999.999999", "9223372037.000000", "9223372036.854775", "0.000000", "-5.000000", "1795216342.000000")
        seen = self.log("".join(map(self.stamped, stamps)), "--input-flags", "-f -ttt -T")
        self.assertEqual(seen.calls() + seen.rejected, len(stamps))
        self.assertEqual(seen.total_ns(), seen.calls() * 1000)
        self.assertGreaterEqual(seen.calls(), 1)

    def test_midnight(self):
        seen = self.log(self.stamped("23:59:59.900000", "read(3,  <unfinished ...>")
                        + self.stamped("00:00:00.100000", '<... read resumed>"x", 1) = 1') + self.stamped("00:00:00.200000"))
        self.assertEqual((seen.calls("read"), seen.rejected), (1, 0))
        self.assertIn(seen.total_ns("read"), (0, 200_000_000))  # across midnight, or not known
        self.assertLess(seen.report["duration_ns"], 10 ** 9)

    def test_times_of_day_that_are_none(self):
        stamps = ("24:00:00.000000", "23:59:60.999999", "25:61:61.000000", "12:60:00.000000", "-1:00:00.000000")
        good = self.stamped("23:59:59.999999") + self.stamped("00:00:00.000001")
        seen = self.log(good + "".join(map(self.stamped, stamps)) + good, "--input-flags", "-f -tt -T")
        self.assertEqual(seen.calls() + seen.rejected, len(stamps) + 4)  # a leap second may be one
        self.assertGreaterEqual(seen.calls(), 4)
        self.assertGreaterEqual(seen.rejected, 3)


class Pieces(LogCase):
    """Entries and exits that do not fit. Every exit is a call, or told to be without its entry."""

    def exits(self, seen):
        """A return counts, whether its beginning is in the log or not; the ledger tells the latter apart."""
        self.assertEqual(seen.calls(), seen.ledger("completed") + seen.ledger("began_before_attach", "lost_enters"))
        return seen.calls()

    def test_resumed_without_entry(self):
        seen = self.log(line('<... read resumed>"x", 1) = 1 <0.000010>') + line("<... futex resumed>) = 0 <1.500000>") + FINE)
        self.assert_fine(seen)
        self.assertEqual((self.exits(seen), seen.rejected), (3, 0))

    def test_unfinished_twice(self):
        seen = self.log(line("read(3,  <unfinished ...>") * 2 + line('write(7, "x", 1 <unfinished ...>')
                        + line("<... write resumed>) = 1 <0.000010>") + FINE)
        self.assertEqual((seen.calls("lseek"), seen.calls("write"), seen.calls("read")), (1, 1, 0))
        self.assertEqual(seen.ledger("lost_exits", "in_flight", "no_return"), 2)
        self.assertFalse(seen.report["complete"])

    def test_another_name(self):
        seen = self.log(line("read(3,  <unfinished ...>") + line("<... write resumed>) = 1 <0.000010>")
                        + line('<... read resumed>"x", 1) = 1 <0.000030>') + FINE)
        self.assert_fine(seen)
        self.assertEqual(self.exits(seen), 3)
        self.assertIn(seen.total_ns("read"), (0, 30_000))  # not that of the write
        self.assertTrue(seen.calls("read") == 1 or seen.ledger("lost_exits") == 1, "the write ended the read")

    def test_resumed_twice(self):
        seen = self.log(line("read(3,  <unfinished ...>") + line('<... read resumed>"x", 1) = 1 <0.000010>') * 2 + FINE)
        self.assert_fine(seen)
        self.assertEqual(self.exits(seen), 3)
        self.assertGreaterEqual(seen.calls("read"), 1)

    def test_a_process_id_used_again(self):
        seen = self.log(line("read(3,  <unfinished ...>") + line("+++ exited with 0 +++")
                        + line('execve("/bin/x", ["x"], 0x7ffd0c /* 0 vars */) = 0 <0.000100>')
                        + line('<... read resumed>"x", 1) = 1 <0.000010>') + line("+++ exited with 0 +++"))
        self.assertEqual(seen.calls("execve"), 1)
        self.assertEqual(self.exits(seen), 2)  # the new process was never in a read
        self.assertEqual(seen.ledger("no_return", "lost_exits"), 1)


class Names(LogCase):
    def test_strange_names_of_calls(self):
        seen = self.log(line("a" * 20000 + "(1) = 0 <0.000010>") + line("(1, 2) = 3 <0.000010>") + line('Öpen("x") = 0 <0.000010>')
                        + line("syscall_0xffffffffffffffff(0x1) = -1 ENOSYS (Function not implemented) <0.000010>")
                        + line("???( <unfinished ...>") + line("<... ??? resumed>) = ?") + line("close (3) = 0 <0.000010>") + FINE)
        self.assert_fine(seen)  # hostile_log looks for names without bound
        self.assertEqual(seen.errors(), {"ENOSYS": 1})

    def test_forms_of_errors(self):
        seen = self.log(line('read(3, "", 1) = -1 EFOO (Foo happened) <0.000010>')
                        + line("write(3) = -1 (errno 4000) <0.000010>")
                        + line("ioctl(3) = -1 ENOTSUPP (Unknown error 524) <0.000010>")
                        + line("recvfrom(3) = -1 EAGAIN (Resource (temporarily) unavailable = -1 EIO (x)) <0.000010>")
                        + line("ptrace(PTRACE_PEEKUSER) = -1 <0.000010>")
                        + line("futex(0x1) = ? ERESTART_RESTARTBLOCK (Interrupted by signal) <0.000010>")
                        + line("fsync(3) = -1 EWOULDBLOCK (x) <0.000010>")
                        + line("poll(0x1) = ? <unavailable>", 813) + line("pause() = ?", 814) + FINE)
        self.assert_fine(seen)
        self.assertEqual(seen.errors("read"), {"EFOO": 1})
        [(error, count)] = seen.errors("write").items()
        self.assertIn("4000", error)
        self.assertEqual(count, 1)
        self.assertEqual(seen.errors("ioctl"), {"ENOTSUPP": 1})
        self.assertEqual(seen.errors("recvfrom"), {"EAGAIN": 1})
        self.assertEqual((seen.calls("ptrace"), seen.errors("ptrace")), (1, {}))
        self.assertEqual(seen.errors("futex"), {"ERESTART_RESTARTBLOCK": 1})
        self.assertIn(seen.errors("fsync"), ({"EAGAIN": 1}, {"EWOULDBLOCK": 1}))  # two names of one number
        self.assertEqual((seen.calls("poll"), seen.calls("pause"), seen.ledger("no_return")), (0, 0, 2))
        self.assertEqual((seen.calls(), seen.total_ns("read")), (8, 10_000))

    def test_many_unknown_errors(self):
        """Whoever writes the log chooses the names: their number has a bound, their count is exact."""
        seen = self.log("".join(line(f"close({i}) = -1 EX{i} (x) <0.000010>") for i in range(50_000)) + FINE)
        self.assertEqual((seen.calls("close"), sum(seen.errors("close").values())), (50_000, 50_000))


class Marks(LogCase):
    MARKS = (") = -1 EIO (Input/output error)", ") = 5 <9.000000>", '\\") = 5 <9.0>', " <unfinished ...>", "<... close resumed>)",
             "+++ killed by SIGKILL +++", "--- SIGSEGV {} ---", "[pid 77] ", "strace: Process 99 attached\\n", "/* no */", "/*", "*/",
             " <detached ...>", "= ?", "<", ">", "\\\\", '\\"', '\\\\\\"', "(((", ")))", "{[", "% time", "?", "\\33[31m", "5</x>")

    def test_marks_in_strings_are_text(self):
        seen = self.log("".join(line(f'write(7</srv/a b>, "{mark}", 9) = 9 <0.000010>')
                                + line(f'openat(AT_FDCWD</srv>, "{mark}", O_RDONLY) = -1 ENOENT (No such file or directory) <0.000020>')
                                for mark in self.MARKS))
        count = len(self.MARKS)
        self.assertEqual((seen.rejected, seen.calls("write"), seen.calls("openat"), seen.calls()), (0, count, count, 2 * count))
        self.assertEqual((seen.total_ns("write"), seen.total_ns("openat")), (count * 10_000, count * 20_000))
        self.assertEqual(seen.errors(), {"ENOENT": count})
        self.assertEqual((seen.ledger("in_flight", "no_return"), sum(seen.lines["ignored"].values())), (0, 0))
        self.assertTrue(seen.report["complete"])


class Injection(LogCase):
    """What a log says must not reach the terminal, or a spreadsheet, as more than text."""

    EVIL = "\x1b[2J\x1b]0;mine\x07\x9b31m\u202e\x7f"

    def evil(self):
        leader = "812<\\33]0;mine\\7\\33[2J> "
        return (leader + "close(3) = 0 <0.000010>\n" + "813<=1+1> close(3) = 0 <0.000010>\n" + '814<a"b,c|d> close(3) = 0 <0.000010>\n'
                + "815<</script><b>> close(3) = 0 <0.000010>\n" + leader + f"close({self.EVIL}\n" + f"{self.EVIL}\n"
                + leader + f"{self.EVIL}(1) = 0 <0.000010>\n" + leader + f"close(4) = -1 {self.EVIL} <0.000010>\n"
                + leader + "%s%n%d() = 0 <0.000010>\n" + leader + "close(4) = 0 <0.000010>\n")

    def test_reports(self):
        for options in ((), ("--by", "comm"), ("--by", "thread")):
            with self.subTest(options=options):
                seen = self.log(self.evil(), "--input-flags", "-f -T -Y", *options)  # hostile_log looks at every byte of it
                self.assertGreaterEqual(seen.calls("close"), 4)

    def test_a_terminal(self):
        terminal = support.Terminal(["latency", "--input", self.write(self.evil()), "--by", "comm"], NO_COLOR="1")
        terminal.read_all()
        self.assert_harmless(terminal.output.replace(b"\r\n", b"\n"))

    def test_csv(self):
        seen = self.watch("--input", self.write(self.evil()), "--input-flags", "-f -T -Y", "--by", "comm", "-f", "csv", csv=True)
        rows = list(csv.DictReader(io.StringIO(seen.out.decode(), newline="")))
        subjects = {row["subject"] for row in rows if row["record"] == "syscall"}
        self.assertIn("\\x3d1+1", subjects)
        for row in rows:
            for cell in row.values():
                self.assertFalse((cell or "").startswith(("=", "+", "-", "@", "\t", "\r")) and not is_number(cell), cell)

    def test_the_name_of_the_file(self):
        for name in ("\x1b[2Jlog", "=1+1", "-rf", "%s%n", "a\nlatimer: b", "\udcff\udcfe"):
            with self.subTest(name=name):
                path = self.write(FINE, name)
                self.assert_fine(self.read(path))
                missing = self.read(path + "-missing", statuses=(1, 2), wanted=False)
                self.assertNotIn(b"\nlatimer: b", missing.err)


def is_number(text):
    try:
        float(text)
    except ValueError:
        return False
    return True


if __name__ == "__main__":
    hostile_log.main()
