"""The queries, the traces that they are tried on, and the comparison with expected.py."""
import csv
import glob
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from collections import namedtuple

import expected

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = expected.SOURCE
DOCS = os.path.join(SOURCE, "docs", "queries")
PATIENCE = 120  # seconds after which something hangs
SKIP = 77

COLUMNS = expected.COLUMNS["calls"].split()
NUMBERS = {"timestamp_ns", "duration_ns", "pid", "tid", "syscall_nr", "return_value", "fd"}
Row = namedtuple("Row", COLUMNS)


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(SKIP)


def read(path):
    with open(path, encoding="utf-8", newline="") as file:
        return file.read()


def queries():
    return {os.path.basename(path)[:-4]: read(path) for path in sorted(glob.glob(os.path.join(DOCS, "*.sql")))}


def statements():
    """The queries, and the views that they are about."""
    return {**queries(), "calls": "select * from calls;", "meta": "select what, json from meta;"}


def csv_line(fields):
    """Fields quoted as core/record/trace_format.h has it."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(fields)
    return text.getvalue()


def meta_line(what, facts):
    return csv_line([what, *[""] * 11, json.dumps(facts, separators=(",", ":")), ""])


def parse(parts):
    """([Row], [(what, JSON text)]) of a trace in one or more files."""
    rows, meta = [], []
    for part in parts:
        table = list(csv.reader(io.StringIO(part), strict=True))
        assert table[0] == COLUMNS, table[0]
        for fields in table[1:]:
            assert len(fields) == len(COLUMNS), fields
            if fields[0].startswith("#"):
                meta.append((fields[0], fields[12]))
                continue
            values = [None if field == "" else int(field) if name in NUMBERS else field
                      for name, field in zip(COLUMNS, fields)]
            rows.append(Row(*values))
    return rows, meta


def sample():
    return read(os.path.join(HERE, "sample.csv"))


# What one recording hardly has at once: calls that nobody saw begin, or return; names that look like something else; what
# CSV and comments are made of; large numbers; equal durations. The first field is in milliseconds.
ODD_ROWS = [
    ["", "", 30, 30, "", "x86_64", 0, "read", 10, "", 0, "pipe:[12345]", "0, 0x0, 10", "began_before"],
    [2000, "", 30, 30, "NULL", "x86_64", 257, "openat", -1, "EPERM", "", "/etc/a#b, \"c\"", "", "refused"],
    [2100, "", 30, 31, "NA", "x86_64", 0, "read", "", "", 3, "pipe:#9", "3, 0x0, 1", "killed"],
    [2200, 7, "", 32, "\\x3dcmd", "x86_64", 202, "futex", -516, "ERESTART_RESTARTBLOCK", "", "", "0x1",
     "continuation|paired"],
    [2300, 864000000000001, 30, 30, "big", "i386", "", "foreign_call", 4611686018427387905, "", "", "", "", ""],
    [2400, 5, 30, 30, "caf\u00e9", "x86_64", 257, "openat", -2, "ENOENT", "", "./caf\u00e9/na\u00efve.txt", "", ""],
    [2500, 6, 30, 30, "caf\u00e9", "x86_64", 257, "openat", 4, "", "", "/srv/\u00e9/na\u00efve.txt", "", ""],
    [2510, 6, 30, 30, "x", "x86_64", 257, "openat", -2, "ENOENT", "", "/srv/a.txt", "", ""],
    [2520, 6, 30, 30, "x", "x86_64", 257, "openat", -2, "ENOENT", "", "/srv/b.txt", "", ""],
    [2530, 6, 30, 30, "x", "x86_64", 257, "openat", 4, "", "", "/opt/b.txt", "", ""],
    [2540, 6, 30, 30, "x", "x86_64", 257, "openat", 5, "", "", "/etc/a.txt", "", ""],
    [2600, 6, 30, 30, "x", "x86_64", 257, "openat", "", "", "", "/srv/never/found.txt", "", "killed"],
    [2700, 6, 30, 30, "x", "x86_64", 257, "openat", -2, "ENOENT", "", "/etc/found.txt", "", ""],
    [2800, 50, 30, 30, "x", "x86_64", 4, "stat", 0, "", "", "/", "\"/\", 0x0", ""],
    [2900, 60, 30, 30, "x", "x86_64", 47, "recvmsg", 77, "", 5, "received", "5, 0x0, 0", ""],
    [2950, 61, 30, 30, "x", "x86_64", 0, "read", 12, "", 6, "/dev/pts/0", "6, 0x0, 99", ""],
    [2960, 61, 30, 30, "x", "x86_64", 0, "read", 12, "", 6, "/dev/tty1", "6, 0x0, 99", ""],
    [3100, 63, 30, 30, "x", "x86_64", 42, "connect", -115, "EINPROGRESS", 8, "tcp:10.0.0.5:443", "8, 0x0, 16", ""],
    [3110, 64, 30, 33, "y", "x86_64", 0, "read", 9, "", 8, "tcp:10.0.0.5:443", "8, 0x0, 16", ""],
    [3300, 65, 30, 30, "x", "x86_64", 1, "write", 11, "", 9, "memfd:sealed #1", "9, 0x0, 11", ""],
    [3400, 66, 30, 30, "x", "x86_64", 59, "execve", -2, "ENOENT", "", "/opt/bin/\\\\x\\x0a", "", ""],
    [3500, 67, 30, 30, "y", "x86_64", 322, "execveat", 0, "", "", "/opt/y", "", ""],
    [3600, "", 30, 30, "y", "x86_64", 231, "exit_group", "", "", "", "", "7", "no_return"],
    *[[4000 + i, 10 + i // 2, 30, 30, "z", "x86_64", 228, "clock_gettime", 0, "", "", "", "", ""] for i in range(101)],
    # The sum of what these return tells which of them were added.
    *[[5000 + i, 200 + i, 40, 40, "mover", "x86_64", i, name, 2**i, "", 0, target, "", ""]
      for target in ("/data", "unix:#7")
      for i, name in enumerate("read pread64 readv preadv preadv2 recvfrom recvmsg recvmmsg copy_file_range splice tee write "
                               "pwrite64 writev pwritev pwritev2 sendto sendmsg sendmmsg sendfile sendfile64 vmsplice".split())],
    *[[6000 + i, 300, 40, 40, "opener", "x86_64", i, name, 0, "", "", "/data", "", ""]
      for i, name in enumerate("open openat openat2 creat dup".split())],
    *[[7000 + i, 400 + i, 50, 50, "peer", "x86_64", 0, "read", 1, "", 3, target, "", ""]
      for i, target in enumerate("tcp-from:[::1]:9 udp-bound:0.0.0.0:53 inet:10.0.0.1:1 raw:10.0.0.1 sctp:10.0.0.1:1 vsock:2:1 "
                                 "netlink:0:00000000 packet: bluetooth: socket:[12345] unix:@abstract pipe:#3 "
                                 "anon_inode:[eventfd] received memfd:tcp:1".split())],
]


def odd_trace():
    """Those rows, far from sorted by time, and a ledger with losses."""
    lines = sample().splitlines(keepends=True)
    end = json.loads(next(csv.reader([lines[-1]]))[12])
    end["all_rows"] = len(ODD_ROWS) + 5
    end["complete"] = False
    end["end_reason"] = "killed, \"rudely\""
    end["ledger"]["lost"].update(ring_full=5, skipped=0)
    end["ledger"]["total_lost"] = 5
    base = 1795345204394401583
    rows = [[row[0] if row[0] == "" else base + row[0] * 10**6, *row[1:]] for row in ODD_ROWS]
    return "".join(lines[:2]) + "".join(map(csv_line, reversed(rows))) + meta_line("#end", end)


def rotated_trace():
    """The sample as latimer trace --rotate would have left it."""
    lines = sample().splitlines(keepends=True)
    head, begin, body, end = lines[0], json.loads(next(csv.reader([lines[1]]))[12]), lines[2:-1], lines[-1]
    pieces = [body[:100], body[100:200], body[200:]]
    parts = []
    for number, piece in enumerate(pieces, 1):
        begin["part"] = number
        last = meta_line("#end", {"part": number, "rows": len(piece), "continues": True}) if number < 3 else end
        parts.append(head + meta_line("#begin", begin) + "".join(piece) + last)
    return parts


def live_trace(folder, backend):
    """What latimer records here and now; None and why where it cannot."""
    latimer = os.environ.get("LATIMER", "")
    if not os.access(latimer, os.X_OK):
        return None, "LATIMER names no program"
    path = os.path.join(folder, f"{backend}.csv")
    program = "ls / /nowhere | wc -l; exec 3</etc/passwd; read x <&3"
    result = subprocess.run([latimer, "trace", "-b", backend, "-o", path, "--", "sh", "-c", program], cwd=folder,
                            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=PATIENCE, check=False)
    if result.returncode != 0 or not os.path.exists(path):
        return None, result.stderr.decode(errors="replace").strip()
    return read(path), None


class Case(unittest.TestCase):
    """One engine. A class below says with answers(parts, folder) what it makes of the files of a trace:
    {query: (columns, rows)}."""

    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="latimer-queries-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def lay(self, parts):
        """The files, named as --rotate names them."""
        names = ["run.csv" if i == 1 else f"run.{i}.csv" for i in range(1, len(parts) + 1)]
        for name, part in zip(names, parts):
            with open(os.path.join(self.folder, name), "w", encoding="utf-8", newline="") as file:
                file.write(part)
        return names

    def run_here(self, command, **options):
        """Like a user in a folder with a run.csv and Latimer's docs; without their own start-up files."""
        docs = os.path.join(self.folder, "docs")
        if not os.path.lexists(docs):
            os.symlink(os.path.join(os.path.abspath(SOURCE), "docs"), docs)
        result = subprocess.run(command, cwd=self.folder, env={**os.environ, "HOME": self.folder}, timeout=PATIENCE,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", check=False, **options)
        self.assertEqual((result.returncode, result.stderr), (0, ""), command)
        return result.stdout

    def check(self, parts):
        rows, meta = parse(parts)
        seen = self.answers(self.lay(parts))
        self.assertEqual(set(seen), set(expected.COLUMNS), "a query without an expectation, or the other way round")
        for query, (columns, answer) in seen.items():
            with self.subTest(query=query):
                wanted = expected.answer_of(query, rows, meta)
                self.assert_same(wanted, answer)
                if answer:  # sqlite3 says nothing of no rows
                    self.assertEqual(columns, expected.COLUMNS[query].split())

    def assert_same(self, wanted, seen):
        for place, (want, got) in enumerate(zip(wanted, seen)):
            same = len(want) == len(got) and all(
                w.matches(g) if isinstance(w, expected.Rounded) else (type(w), w) == (type(g), g) for w, g in zip(want, got))
            self.assertTrue(same, f"row {place}:\n  expected {want}\n  seen     {got}")
        self.assertEqual(len(wanted), len(seen), "rows")

    def test_sample(self):
        rows, meta = parse([sample()])
        self.assertGreater(len(rows), 400)
        self.assertEqual([what for what, _ in meta], ["#begin", "#end"])
        # A query that has nothing to say of the sample would not be tested by it.
        for query in expected.COLUMNS:
            self.assertGreater(len(expected.answer_of(query, rows, meta)), 0, query)
        self.check([sample()])

    def test_odd_rows(self):
        self.check([odd_trace()])

    def test_several_files(self):
        self.check(rotated_trace())

    def test_no_calls(self):
        lines = sample().splitlines(keepends=True)
        self.check(["".join(lines[:2] + lines[-1:])])

    def test_live_strace(self):
        self.check_live("strace")

    def test_live_ebpf(self):
        self.check_live("ebpf")

    def check_live(self, backend):
        trace, why = live_trace(self.folder, backend)
        if trace is None:
            self.skipTest(f"nothing can be recorded here: {why}")
        self.check([trace])


def readme_lines(beginning):
    """The examples of docs/queries/README.md that begin with a word."""
    lines = re.findall(r"^    (.*)$", read(os.path.join(DOCS, "README.md")), re.MULTILINE)
    return [line for line in lines if line.startswith(beginning)]


def find_program(name):
    return shutil.which(name) or skip(f"no program {name}")
