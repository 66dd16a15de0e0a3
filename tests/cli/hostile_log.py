"""Reading logs that are damaged, hostile or strange: running latimer on them, and what must hold whatever is in them.

    the exit status is 0, 1, 2 or 3: no signal, no abort
    it ends soon, in bounded memory
    what people see is short, valid UTF-8, and holds no control characters
    the JSON is valid, no sum has wrapped, and every line is a record, ignored or rejected
"""
import json
import os
import time
from dataclasses import dataclass
from typing import Optional

import support

try:
    import jsonschema
except ImportError:
    jsonschema = None

SECONDS = 30
MOST_LINES = 200
MOST_RSS_KIB = 256 * 1024
SCHEMA_UP_TO = 500_000  # bytes of report: a schema takes its time
TROUBLE = (b"Sanitizer", b"terminate called", b"runtime error:", b"Assertion", b"Segmentation")

FINE_NS = 7000


def line(text, pid=812):
    return f"{pid:<5} {text}\n"


FINE = line("lseek(5, 0, SEEK_CUR) = 0 <0.000007>")  # a call that must be counted whatever is around it
assert len(FINE) == 43


def as_bytes(data):
    return data.encode("utf-8", "surrogateescape") if isinstance(data, str) else data


def varied(count, pid=812):
    """So many good calls that do not compress to nothing, and their sum in ns."""
    lines, total, state = [], 0, 1
    for _ in range(count):
        state = state * 1103515245 + 12345 & 0x7FFFFFFF
        us = state >> 12 & 0xFFFF
        total += us * 1000
        lines.append(line(f"lseek({state >> 20}, {state}, SEEK_SET) = {state} <0.{us:06d}>", pid))
    return "".join(lines), total


@dataclass
class Seen:
    """One run: what came out, what it took."""
    status: int
    out: bytes
    err: bytes
    seconds: float
    rss_kib: int
    report: Optional[dict] = None
    text: Optional["Seen"] = None  # the same log as a text report

    def rows(self, name=None):
        return [row for row in self.report["syscalls"] if name is None or row["name"] == name]

    def calls(self, name=None):
        return sum(row["count"] for row in self.rows(name))

    def total_ns(self, name=None):
        return sum(row["total_ns"] or 0 for row in self.rows(name))

    def untimed(self, name=None):
        return sum(row["untimed"] or 0 for row in self.rows(name))

    def errors(self, name=None):
        errors = {}
        for row in self.rows(name):
            for error, count in row["errors"].items():
                errors[error] = errors.get(error, 0) + count
        return errors

    def ledger(self, *terms):
        return sum(self.report["ledger"][term] or 0 for term in terms)

    @property
    def lines(self):
        return self.report["ledger"]["lines"]

    @property
    def rejected(self):
        return sum(self.lines["rejected"].values())

    def said(self):
        """All that a user reads, of both reports."""
        pieces = [self.out, self.err] + ([self.text.out, self.text.err] if self.text else [])
        return b"\n".join(pieces).decode("utf-8", "replace")


def wait_for(process, seconds):
    """The status (None: it had to be killed), the seconds it took, and the KiB of its peak.

    The peak is read while it runs: that of wait4() counts what Python had used before execve too.
    """
    begun = time.monotonic()
    killed, peak = False, 0
    while True:
        status = process.poll()
        taken = time.monotonic() - begun
        if status is not None:
            return (None if killed else status), taken, peak
        peak = max(peak, int((support.status_field(process.pid, "VmHWM") or "0 kB").split()[0]))
        if taken > seconds and not killed:
            killed = True
            process.kill()
        time.sleep(0.002)


class LogCase(support.Case):
    validator = None

    @classmethod
    def setUpClass(cls):
        if jsonschema is not None:
            with open(os.path.join(support.SOURCE, "docs", "latimer.schema.json"), encoding="utf-8") as file:
                cls.validator = jsonschema.Draft202012Validator(json.load(file))

    def write(self, data, name="log"):
        path = os.path.join(self.folder.name, name)
        with open(path, "wb") as file:
            file.write(as_bytes(data))
        return path

    # Running

    def start(self, *arguments, **options):
        """latimer latency ARGUMENTS with its output in files, for finish()."""
        folder = os.path.join(self.folder.name, ".seen")
        os.makedirs(folder, exist_ok=True)
        self.out_path, self.err_path = os.path.join(folder, "out"), os.path.join(folder, "err")
        with open(self.out_path, "wb") as out, open(self.err_path, "wb") as err:
            options.setdefault("stdout", out)
            options.setdefault("stderr", err)
            return support.start("latency", *map(str, arguments), **options)

    def finish(self, process, statuses=(0, 1, 2, 3), most_rss_kib=MOST_RSS_KIB, csv=False, seconds=SECONDS):
        status, taken, rss = wait_for(process, seconds)
        with open(self.out_path, "rb") as out, open(self.err_path, "rb") as err:
            seen = Seen(status, out.read(), err.read(), taken, rss)
        self.assertIsNotNone(status, f"it did not end within {seconds} s; it said {seen.err[-400:]!r}")
        self.assertIn(status, (0, 1, 2, 3), seen.err[-400:])
        self.assertIn(status, statuses, seen.err[-400:])
        for word in TROUBLE:
            self.assertNotIn(word, seen.err)
        self.assertLess(rss, most_rss_kib, "KiB of memory at its peak")
        self.assert_harmless(seen.out, csv)
        self.assert_harmless(seen.err)
        return seen

    def watch(self, *arguments, statuses=(0, 1, 2, 3), most_rss_kib=MOST_RSS_KIB, csv=False, seconds=SECONDS, **options):
        return self.finish(self.start(*arguments, **options), statuses, most_rss_kib, csv, seconds)

    def assert_harmless(self, data, csv=False):
        self.assertLess(data.count(b"\n"), MOST_LINES, data[:400])
        allowed = "\n\t\r" if csv else "\n\t"
        text = data.decode("utf-8")
        bad = {c for c in text if c not in allowed and (ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0)}
        self.assertEqual(bad, set(), data[:400])

    # Reports

    def load(self, path):
        """A report that holds together; None: there is none."""
        if not os.path.exists(path) or os.path.getsize(path) == 0:
            return None
        with open(path, "rb") as file:
            data = file.read()
        self.assert_harmless(data)
        report = json.loads(data.decode("utf-8"))
        lines = report["ledger"]["lines"]
        self.assertIsNotNone(lines, "a log has lines")
        self.assertEqual(lines["total"], lines["records"] + sum(lines["ignored"].values()) + sum(lines["rejected"].values()), lines)
        self.assertLessEqual(len(lines["first_rejected"]), 20)
        self.assertGreaterEqual(report["duration_ns"] or 0, 0)
        for row in report["syscalls"]:
            self.assert_row_holds(row)
        if report["complete"]:
            self.assertEqual(sum(lines["rejected"].values()), 0)
        if self.validator is not None and len(data) < SCHEMA_UP_TO:
            faults = [f"{error.json_path}: {error.message[:200]}" for error in self.validator.iter_errors(report)]
            self.assertEqual(faults, [])
        return report

    def assert_row_holds(self, row):
        self.assertGreaterEqual(row["count"], 0)
        self.assertLess(len(row["name"]), 200)
        self.assertEqual(row["error_count"], sum(row["errors"].values()))
        if row["total_ns"] is not None and row["count"] > (row["untimed"] or 0):
            timed = row["count"] - (row["untimed"] or 0)
            self.assertLessEqual(0, row["min_ns"])
            self.assertLessEqual(row["min_ns"], row["max_ns"])
            # A sum that has wrapped is not between these.
            self.assertLessEqual(row["max_ns"], row["total_ns"])
            self.assertLessEqual(row["min_ns"] * timed, row["total_ns"])
            self.assertLessEqual(row["total_ns"], row["max_ns"] * timed)

    def read(self, path, *options, statuses=(0,), text=True, wanted=True, **others):
        """The JSON report on a log, and with `text` what is printed instead of it without -f."""
        out = os.path.join(self.folder.name, ".report.json")
        if os.path.exists(out):
            os.remove(out)
        seen = self.watch("--input", path, *options, "-f", "json", "-o", out, statuses=statuses, **others)
        seen.report = self.load(out)
        if wanted:
            self.assertIsNotNone(seen.report, seen.err)
        if text and "stdin" not in others:
            seen.text = self.watch("--input", path, *options, statuses=statuses, **others)
            self.assertEqual(seen.text.status, seen.status, "the format makes no difference")
        return seen

    def log(self, data, *options, **others):
        return self.read(self.write(data), *options, **others)

    def refused(self, data, *words, statuses=(1,)):
        """Something that is no log: one clear sentence, and no calls."""
        seen = self.log(data, statuses=statuses, wanted=False)
        if seen.report is not None:
            self.assertEqual(seen.calls(), 0)
        self.assert_sentence(seen.err, *words)
        return seen

    def assert_sentence(self, err, *words):
        self.assertTrue(err.startswith(b"latimer: "), err)
        self.assertLessEqual(err.count(b"\n"), 3, err)
        self.assertLess(max(map(len, err.splitlines())), 500, err)
        for word in words:
            self.assertRegex(err.decode("utf-8"), f"(?i){word}")

    def assert_fine(self, seen, count=1):
        """The good lines have been counted, whatever was around them."""
        self.assertEqual((seen.calls("lseek"), seen.total_ns("lseek")), (count, count * FINE_NS))


def stdin_of(data):
    """A pipe that holds `data`, for at most what a pipe holds."""
    read_end, write_end = os.pipe()
    os.write(write_end, as_bytes(data))
    os.close(write_end)
    return read_end


def main():
    support.main(needs_backend=False)


