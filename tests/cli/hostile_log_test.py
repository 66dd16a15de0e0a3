"""Logs that are cut, in another encoding, compressed, or no logs at all."""
import gzip
import os
import random
import shutil
import struct
import subprocess

import hostile_log
from hostile_log import FINE, FINE_NS, LogCase, line, varied


class Little(LogCase):
    NOTHING = r"(?i)no (records|calls|system calls|lines)|nothing|empty"

    def test_an_empty_file(self):
        self.refused("", "is empty", "killed")
        self.refused(gzip.compress(b""), "is empty")

    def test_an_empty_file_beside_another(self):
        self.write("", "empty.strace")
        seen = self.log(FINE, "--input", os.path.join(self.folder.name, "empty.strace"))
        self.assert_fine(seen)
        self.assertFalse(seen.report["complete"])
        self.assertRegex(seen.said(), r"empty\.strace is empty")

    def test_blank_lines_only(self):
        seen = self.log("\n" * 300 + " \t \n\t\n")
        self.assertEqual((seen.calls(), seen.lines["total"], seen.rejected), (0, 302, 0))
        self.assertRegex(seen.said(), self.NOTHING)

    def test_the_table_of_strace_c(self):
        table = ("% time     seconds  usecs/call     calls    errors syscall\n"
                 "------ ----------- ----------- --------- --------- ----------------\n"
                 " 75.00    0.000300          30        10         4 openat\n"
                 " 25.00    0.000100          50         2           close\n"
                 "------ ----------- ----------- --------- --------- ----------------\n"
                 "100.00    0.000400                    12         4 total\n")
        seen = self.log(table)
        # Counts and errors as the table has them; CPU times are no latencies.
        self.assertEqual((seen.calls("openat"), seen.calls("close"), seen.ledger("completed")), (10, 2, 0))
        self.assertTrue(all(row["total_ns"] is None and not row["histogram"] for row in seen.report["syscalls"]))
        self.assertEqual(seen.report["log"]["tabulated"], 12)
        self.assertRegex(seen.said(), r"-c\b")


class Cut(LogCase):
    def test_no_final_newline(self):
        seen = self.log(FINE + FINE.rstrip("\n"))
        self.assert_fine(seen, 2)
        self.assertEqual((seen.lines["total"], seen.rejected), (2, 0))

    def test_in_a_string(self):
        seen = self.log(FINE + line('write(7, "half of a sente').rstrip("\n"))
        self.assert_fine(seen)
        # It had not returned yet, or its line is bad: the program's choice. A call it is not.
        self.assertEqual(seen.calls("write"), 0)
        self.assertEqual(seen.ledger("in_flight", "lost_exits") + seen.rejected, 1)

    def test_in_a_result(self):
        seen = self.log(FINE + line("close(31) = -1 EBA").rstrip("\n"))
        self.assert_fine(seen)
        self.assertLessEqual(seen.calls("close"), 1)
        self.assertNotIn("EBA", seen.errors())

    def test_in_a_duration(self):
        for cut in ("<0.00", "<0.", "<0", "<", "<0.000093"):
            with self.subTest(cut=cut):
                seen = self.log(FINE + line(f"lseek(5, 0, SEEK_END) = 1 {cut}").rstrip("\n"))
                # Left out, or counted without a duration: the program's choice. No call of no time.
                self.assertIn(seen.calls("lseek"), (1, 2))
                self.assertEqual(seen.total_ns("lseek"), FINE_NS)
                self.assertEqual(seen.rows("lseek")[0]["min_ns"], FINE_NS)
                self.assertEqual(seen.calls("lseek") - seen.untimed("lseek"), 1)

    def test_anywhere(self):
        whole = (FINE + line('openat(AT_FDCWD, "/etc/x\\"y", O_RDONLY) = -1 ENOENT (No such file or directory) <0.000021>')
                 + line("read(3,  <unfinished ...>") + line("--- SIGCHLD {si_signo=SIGCHLD} ---")
                 + line('<... read resumed>"x", 1) = 1 <0.000015>') + line("+++ exited with 3 +++"))
        for end in range(len(FINE), len(whole), 3):
            with self.subTest(end=end):
                self.assert_fine(self.log(whole[:end], text=False))


class Ends(LogCase):
    TEXT = FINE * 3 + line('openat(AT_FDCWD, "/no", O_RDONLY) = -1 ENOENT (No such file or directory) <0.000020>')

    def test_crlf(self):
        seen = self.log(self.TEXT.replace("\n", "\r\n"))
        plain = self.log(self.TEXT)
        self.assertEqual(seen.report["syscalls"], plain.report["syscalls"])
        self.assertEqual(seen.lines, plain.lines)
        self.assertEqual(seen.errors(), {"ENOENT": 1})

    def test_cr_only(self):
        seen = self.log((FINE * 50).replace("\n", "\r"), statuses=(0, 1), wanted=False)
        if seen.report is not None:
            self.assertIn(seen.calls(), (0, 50))  # old Macintosh files are read, or not: but not in part
            if seen.calls() == 0:
                self.assertGreater(seen.rejected, 0)
        # Never the whole file quoted back as one line.
        self.assertLess(max(map(len, seen.said().splitlines())), 500)


class Encodings(LogCase):
    def test_byte_order_mark(self):
        seen = self.log(b"\xef\xbb\xbf" + (FINE * 2).encode())
        self.assertEqual(seen.calls() + seen.rejected, 2)  # passed over, or its line rejected
        self.assertGreaterEqual(seen.calls(), 1)

    def test_utf16(self):
        for name in ("utf-16-le", "utf-16-be"):
            with self.subTest(name=name):
                seen = self.log(("\ufeff" + FINE * 20).encode(name), statuses=(0, 1), wanted=False)
                if seen.report is not None:
                    self.assertEqual(seen.calls(), 0)
                self.assertRegex(seen.said(), r"UTF-?16")

    def test_nul_bytes(self):
        seen = self.log(line('write(7, "a\0b", 3) = 3 <0.000010>') + line("\0\0\0") + FINE)
        self.assert_fine(seen)
        self.assertEqual((seen.calls(), seen.rejected, seen.lines["total"]), (2, 1, 3))

    def test_paths_that_are_not_utf8(self):
        path = b"/srv/\xff\xfe\xc3("
        seen = self.log(b'812   openat(AT_FDCWD, "' + path + b'", O_RDONLY) = 3<' + path + b"> <0.000010>\n"
                        b"812   close(3<" + path + b">) = 0 <0.000010>\n"
                        b'812   openat(AT_FDCWD, "' + path + b"\n" + FINE.encode())
        self.assert_fine(seen)
        self.assertEqual((seen.calls(), seen.rejected), (3, 1))
        self.assertIn("\\xff\\xfe", "".join(seen.lines["first_rejected"]))

    def test_latin1_messages(self):
        """strerror in the user's own language: only the errno's name counts."""
        seen = self.log(line("openat(AT_FDCWD, \"/no\", O_RDONLY) = -1 ENOENT (").encode().rstrip(b"\n")
                        + "Datei nicht gefunden (gelöscht = -1 EIO)".encode("latin-1") + b") <0.000004>\n" + FINE.encode())
        self.assert_fine(seen)
        self.assertEqual(seen.errors("openat"), {"ENOENT": 1})


class NoLog(LogCase):
    def test_random_bytes(self):
        self.refused(random.Random(7).randbytes(65536), "not|no ")

    def test_random_bytes_in_lines(self):
        source = random.Random(8)
        data = b"".join(bytes(source.choice(b"\x01\x02\x1b\x7f\x80\x9b\xff(=<>\"") for _ in range(60)) + b"\n" for _ in range(500))
        self.refused(data, "not|no ")

    def test_a_program(self):
        with open(os.path.realpath("/bin/true"), "rb") as file:
            self.refused(file.read(40000), "ELF")

    def test_perf_data(self):
        self.refused(b"PERFILE2" + struct.pack("<6Q", 104, 136, 160, 280, 440, 30000) + bytes(3000), "perf")

    def test_prose(self):
        self.refused("It was a bright cold day in April,\nand the clocks were striking thirteen.\n" * 20, "not|no ")


class Compressed(LogCase):
    def setUp(self):
        super().setUp()
        self.text, self.total = varied(20000)

    def zstd(self, data):
        if shutil.which("zstd") is None:
            self.skipTest("there is no zstd")
        return subprocess.run(["zstd", "-q", "-c"], input=data, stdout=subprocess.PIPE, check=True).stdout

    def assert_whole(self, seen, times=1):
        self.assertEqual((seen.calls(), seen.total_ns(), seen.rejected), (20000 * times, self.total * times, 0))

    def test_gzip(self):
        packed = gzip.compress(self.text.encode())
        self.assert_whole(self.log(packed))  # named "log": told by its content
        self.assert_whole(self.log(packed + packed), 2)

    def test_gzip_on_standard_input(self):
        path = self.write(gzip.compress(self.text.encode()))
        with open(path, "rb") as file:
            self.assert_whole(self.read("-", stdin=file))

    def test_zstd(self):
        packed = self.zstd(self.text.encode())
        self.assert_whole(self.log(packed))
        self.assert_whole(self.log(packed + packed), 2)

    def test_a_wrong_name(self):
        self.assert_whole(self.read(self.write(self.text, "plain.gz")))

    def assert_part(self, packed, name):
        """The part that can be read is reported; then the error."""
        seen = self.log(packed, statuses=(1,))
        self.assertGreater(seen.calls(), 100)
        self.assertLess(seen.calls(), 20000)
        self.assertLessEqual(seen.rejected, 1)  # the line in which it ends
        self.assertFalse(seen.report["complete"])
        for run in (seen, seen.text):
            self.assertRegex(run.err.decode(), f"(?i){name}")
        self.assertIn(b"lseek", seen.text.out)

    def test_gzip_cut_short(self):
        packed = gzip.compress(self.text.encode())
        self.assert_part(packed[:len(packed) // 2], "gz")

    def test_gzip_damaged(self):
        packed = bytearray(gzip.compress(self.text.encode()))
        packed[len(packed) // 2:len(packed) // 2 + 64] = b"\xff" * 64
        seen = self.log(bytes(packed), statuses=(1,), wanted=False)
        self.assertRegex(seen.err.decode(), "(?i)gz")

    def test_zstd_cut_short(self):
        packed = self.zstd((varied(200000)[0]).encode())
        seen = self.log(packed[:len(packed) * 3 // 4], statuses=(1,))
        self.assertGreater(seen.calls(), 100)
        self.assertRegex(seen.err.decode(), "(?i)zst")

    def test_only_the_first_bytes(self):
        for packed in (gzip.compress(self.text.encode())[:5], b"\x28\xb5\x2f\xfd"):
            with self.subTest(packed=packed):
                seen = self.log(packed, statuses=(1,), wanted=False)
                if seen.report is not None:
                    self.assertEqual(seen.calls(), 0)

    def test_a_bomb(self):
        """100 MB of nothing in 100 KB: no line of a log is that long."""
        seen = self.log(gzip.compress(bytes(100_000_000), 1), statuses=(0, 1), wanted=False)
        if seen.report is not None:
            self.assertEqual(seen.calls(), 0)


if __name__ == "__main__":
    hostile_log.main()
