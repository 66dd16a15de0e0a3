"""What perf trace prints, damaged, strange or too much of it. See hostile_log.py for what must hold of all of it."""
import gzip
import os
import random

import hostile_log
import support
from hostile_log import LogCase

RECORDINGS = os.path.join(support.SOURCE, "tests", "golden", "perftrace", "recordings")


def whole(call, value="0", tid=812, start=10, took=7, comm="nginx"):
    return f"{start / 1000:10.3f} ({took / 1000:6.3f} ms): {comm}/{tid} {call:<70} = {value}\n"


def entered(call, tid=812, start=10):
    return f"{start / 1000:10.3f} (         ): nginx/{tid} {call:<70} ...\n"


FINE = whole("lseek(fd: 5, whence: CUR)")  # a call that must be counted whatever is around it
BEGIN = FINE * 40                          # enough of them to tell what it is


class PerfTrace(LogCase):
    def assert_counted(self, seen, more=0):
        """The good calls, and so many others."""
        self.assertEqual((seen.calls("lseek"), seen.total_ns("lseek")), (40, 40 * hostile_log.FINE_NS))
        self.assertEqual(seen.calls(), 40 + more)

    def recording(self, name):
        with gzip.open(os.path.join(RECORDINGS, name + ".trace.gz")) as file:
            return file.read()

    def test_fine(self):
        seen = self.log(BEGIN)
        self.assert_counted(seen)
        self.assertEqual(seen.rejected, 0)

    def test_bad_lines_cost_themselves(self):
        for bad in ("lseek(fd: 5) = 0\n", whole("lseek(fd: 5)", "9" * 30), whole("lseek(fd: 5)", "-1 EFROBNICATE (x)"),
                    whole("frobnicate(fd: 5)"), whole("LSEEK(fd: 5)"), "LOST 99999999999999999999 events!\n", whole("lseek", ""),
                    "     0.010 ( 0.007 ms): \n", "     0.010 ( 0.007 ms): nginx/99999999999 lseek() = 0\n", " = 3\n",
                    "99999999999999999999.010 ( 0.007 ms): nginx/812 lseek() = 0\n"):
            with self.subTest(bad=bad):
                seen = self.log(BEGIN + bad + FINE.replace("lseek", "close"), text=False)
                self.assert_counted(seen, 1)
                self.assertEqual(seen.rejected, 1)

    def test_durations_that_are_none(self):
        for took in ("18446744073708.906", "18446744073709551615.999", "9223372036854775.808", "99999999999999999999.000", "-0.001",
                     "0.0001", "nan", "1e9", " "):
            with self.subTest(took=took):
                bad = f"     0.010 ({took} ms): nginx/812 close(fd: 5) = 0\n"
                seen = self.log(BEGIN + bad, text=False)
                self.assertEqual(seen.calls("close") + seen.rejected, 1)
                self.assertEqual(seen.total_ns("close"), 0)

    def test_nul_bytes(self):
        seen = self.log((BEGIN + whole("read(fd: 5</tmp/\0\0>)") + whole("close(fd: 5)", comm="a\0b") + "\0\0\0\n").encode())
        self.assert_counted(seen, 2)
        self.assertEqual(seen.rejected, 1)

    def test_names_and_paths_of_all_bytes(self):
        strange = bytes(byte for byte in range(1, 256) if byte != 10)
        texts = [whole("close(fd: 5)", comm="COMM").encode().replace(b"COMM", strange[i:i + 14]) for i in range(0, len(strange), 14)]
        texts.append(whole("close(fd: 5<PATH>)").encode().replace(b"PATH", strange))
        seen = self.log(BEGIN.encode() + b"".join(texts), "--by", "comm")
        self.assertEqual((seen.calls("close"), seen.rejected), (len(texts), 0))

    def test_a_line_of_10_mb(self):
        long = "a" * (10 << 20)
        for text, calls in ((whole(f"close(fd: 5</{long}>)"), 1), (long + "\n", 0), (whole("close(" + long + ")", comm=""), 1)):
            seen = self.log(BEGIN + text, text=False)
            self.assert_counted(seen, calls)
            self.assertEqual(seen.lines["total"], 41)

    def test_300000_that_could_be_ends(self):
        """A scan that starts anew at each would take hours."""
        for piece in (") = ", ")", ") = -1 (unknown) ", "  (", "1.000 ( 1.000 ms): ", "/1 a(", " ... [continued]: ", ") ="):
            for end in (" = 0", " " * 300_000, ""):
                with self.subTest(piece=piece, end=end[:5]):
                    text = "     0.010 ( 0.007 ms): nginx/812 close(" + piece * 300_000 + end + "\n"
                    seen = self.log(BEGIN + text + whole("close(fd: 5)"), text=False, seconds=15)
                    self.assertEqual(seen.calls("lseek"), 40)
                    self.assertEqual(seen.lines["total"], 42)

    def test_records_without_end(self):
        """Each could be the beginning of one with many lines."""
        open_record = "     0.010 ( 0.007 ms): nginx/812 close(fd: 5</tmp/x)\n"
        seen = self.log(FINE * 1000 + (open_record + "y\n" * 20) * 5000 + FINE.replace("lseek", "close"), text=False)
        self.assertEqual((seen.calls("lseek"), seen.calls("close")), (1000, 1))
        self.assertEqual(seen.lines["total"], 1001 + 21 * 5000)

    def test_200000_open_threads(self):
        path = self.path("log")
        with open(path, "w", encoding="ascii") as file:
            file.write(BEGIN)
            file.writelines(entered("read(fd: 3)", tid=1000 + i) for i in range(200_000))
        seen = self.read(path, text=False)
        self.assert_counted(seen)
        self.assertEqual(seen.ledger("in_flight"), 200_000)

    def test_300000_threads_that_come_and_go(self):
        path = self.path("log")
        with open(path, "w", encoding="ascii") as file:
            file.write(BEGIN)
            for i in range(300_000):
                file.write(f"         ? (         ): nginx/{1000 + i}  ... [continued]: clone())   = 0\n"
                           + f"     0.010 (         ): nginx/{1000 + i} exit(error_code: 0)   = ?\n")
        seen = self.read(path, text=False, most_rss_kib=32 * 1024)
        self.assertEqual(seen.ledger("no_return"), 300_000)

    def test_a_recording_cut_at_every_byte(self):
        text = self.recording("trace-attached")
        whole_text = self.log(text)
        lines = 0
        for size in range(1, len(text)):
            seen = self.log(text[:size], statuses=(0, 1), text=False, wanted=False)
            if seen.status == 0:
                lines = seen.lines["records"]
                self.assertLessEqual(seen.rejected, 1)
        self.assertEqual(lines, whole_text.lines["records"] - 1)

    def test_a_recording_with_bytes_changed(self):
        source, text = random.Random(11), self.recording("trace-killed-in-pause")
        for _ in range(40):
            damaged = bytearray(text)
            for _ in range(200):
                damaged[source.randrange(len(damaged))] = source.choice(b"\0\n =()/.0123456789?:\xff" + bytes([source.randrange(256)]))
            self.log(bytes(damaged), statuses=(0, 1), text=False, wanted=False)

    def test_line_ends_of_others(self):
        text = self.recording("trace-restart-block")
        truth = self.log(text)
        seen = self.log(text.replace(b"\n", b"\r\n"))
        self.assertEqual((seen.calls(), seen.total_ns(), seen.rejected), (truth.calls(), truth.total_ns(), 0))
        self.refused(text.replace(b"\n", b"\r"), "CR alone", "tr ")

    def test_utf16(self):
        for encoding in ("utf-16", "utf-16-be"):
            data = BEGIN.encode(encoding)
            self.refused(data if encoding == "utf-16" else b"\xfe\xff" + data, "UTF-16", "iconv")

    def test_binary(self):
        for seed in (1, 2):
            path = self.write(random.Random(seed).randbytes(65536))
            seen = self.watch("-b", "perftrace", "--input", path, statuses=(1,))
            self.assert_sentence(seen.err, "not|no ")

    def test_a_table_alone(self):
        table = self.recording("trace-summary")
        table = table[table.index(b"\n Summary of events:"):]
        self.refused(table, "table of perf trace -s", "perf trace -S")
        seen = self.watch("-b", "perftrace", "--input", self.write(table), statuses=(1,))
        self.assert_sentence(seen.err, "table of perf trace -s", "perf trace -S")

    def test_packed_and_cut(self):
        packed = gzip.compress(self.recording("trace-killed-in-pause"))
        seen = self.log(packed[:len(packed) // 2], statuses=(1,))
        self.assertGreater(seen.calls(), 10)
        self.assertFalse(seen.report["complete"])


if __name__ == "__main__":
    hostile_log.main()
