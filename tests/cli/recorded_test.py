"""analyze, histogram, report, convert: what they make of a trace, held against the trace's own rows."""
import csv
import json
import os
import re
import sys

import support

COLUMNS = ("timestamp_ns,duration_ns,pid,tid,comm,abi,syscall_nr,syscall,return_value,errno,fd,path,args,flags").split(",")
SCRIPT = """
import os, socket, threading, time
with open('data', 'wb', 0) as f:
    for i in range(20): f.write(b'x' * 1000)
    os.fsync(f.fileno())
with open('data', 'rb', 0) as f:
    while f.read(500): pass
a, b = socket.socketpair()
a.send(b'hello'); b.recv(10)
server = socket.socket(); server.bind(('127.0.0.1', 0)); server.listen()
client = socket.socket(); client.connect(server.getsockname())
other, _ = server.accept()
client.send(b'x' * 100); other.recv(1000)
for s in (client, other, server, a, b): s.close()
t = threading.Thread(target=lambda: [os.stat('data') for i in range(50)]); t.start(); t.join()
time.sleep(0.02)
for name in ('<script>alert(1)</script>', 'a|b', '`x`', 'new\\nline'): os.access(name, 0)
"""


class Recorded(support.Case):
    def setUp(self):
        super().setUp()
        self.trace = self.path("run.csv")
        result = support.run("trace", "-b", support.BACKEND, "-o", self.trace, "--", sys.executable, "-c", SCRIPT, cwd=self.folder.name)
        self.assertEqual(result.returncode, 0, result.stderr)
        with open(self.trace, encoding="utf-8") as file:
            rows = [dict(zip(COLUMNS, row)) for row in list(csv.reader(file))[1:]]
        ended = ("no_return", "killed", "began_before")
        self.calls = [r for r in rows if not r["timestamp_ns"].startswith("#") and not set(r["flags"].split("|")) & set(ended)]

    def analysis(self, *options):
        result = support.run("analyze", "--input", self.trace, "-f", "json", *options)
        self.assertEqual(result.returncode, 0, result.stderr)
        return json.loads(result.stdout)

    def test_sums_are_those_of_the_rows(self):
        analysis = self.analysis()["analysis"]
        ns = lambda rows: sum(int(r["duration_ns"] or 0) for r in rows)
        for part in ("work", "threads", "processes"):
            self.assertEqual(sum(r["count"] for r in analysis[part]), len(self.calls), part)
            self.assertEqual(sum(r["total_ns"] for r in analysis[part]), ns(self.calls), part)
            self.assertEqual(sum(r["errors"] for r in analysis[part]), sum(1 for r in self.calls if r["errno"]), part)
        by_tid = {}
        for call in self.calls:
            by_tid.setdefault(int(call["tid"]), []).append(call)
        self.assertEqual({t["tid"]: (t["count"], t["total_ns"]) for t in analysis["threads"]},
                         {tid: (len(rows), ns(rows)) for tid, rows in by_tid.items()})
        data = [r for r in self.calls if r["path"].endswith("/data")]
        own = [f for f in analysis["files"] if f["name"].endswith("/data")][0]
        self.assertEqual((own["count"], own["total_ns"]), (len(data), ns(data)))
        self.assertEqual((own["written_bytes"], own["read_bytes"]), (20_000, 20_000))
        slices = analysis["timeline"]["slices"]
        self.assertEqual(sum(s["calls"] for s in slices), len(self.calls))
        self.assertEqual(sum(sum(s["latency"]) for s in slices), sum(1 for r in self.calls if r["duration_ns"]))

    def test_kinds_of_work(self):
        work = {row["work"]: row for row in self.analysis()["analysis"]["work"]}
        self.assertEqual(work["fsync"]["count"], 1)
        self.assertEqual(work["disk write"]["written_bytes"], 20_000)
        self.assertGreaterEqual(work["network"]["written_bytes"], 105)
        self.assertTrue(work["sleep"]["waits"])
        self.assertGreaterEqual(work["sleep"]["total_ns"], 20_000_000)
        self.assertEqual(sum(1 for row in work.values() if row["bottleneck"]), 1)

    def test_peers_and_connections(self):
        analysis = self.analysis()["analysis"]
        peers = {row["name"]: row for row in analysis["peers"]}
        connected = [name for name in peers if re.match(r"tcp:127\.0\.0\.1:\d+$", name)]
        self.assertEqual(len(connected), 1, sorted(peers))
        self.assertIn("tcp-from:127.0.0.1", peers)
        rows = {row["peer"]: row for row in analysis["connections"]}
        self.assertEqual(rows[connected[0]]["written_bytes"], 100)
        self.assertIsNotNone(rows[connected[0]]["establish_max_ns"])
        self.assertEqual(rows["tcp-from:127.0.0.1"]["read_bytes"], 100)

    def test_text_fits_and_names_the_bottleneck(self):
        result = support.run("analyze", self.trace, "--top", "5", env=support.environment(COLUMNS="100"))
        text = result.stdout.decode()
        self.assertEqual(result.returncode, 0, result.stderr)
        for words in ("where the time went", "<- bottleneck", "hot files", "peers", "connections", "threads", "ledger"):
            self.assertIn(words, text)
        self.assertNotRegex(text, r"[\x00-\x08\x0b-\x1f\x7f]")

    def test_histogram(self):
        reads = [r for r in self.calls if r["syscall"] == "read"]
        for buckets in ("log2", "linear", "1us,10us,100us,1ms"):
            result = support.run("histogram", "--input", self.trace, "--syscall", "read", "--buckets", buckets, "-f", "json")
            one = json.loads(result.stdout)["distributions"][0]
            self.assertEqual(one["count"], len(reads))
            self.assertEqual(sum(bar["count"] for bar in one["bars"]), len(reads))
            for bar in one["bars"] if buckets != "linear" else ():
                inside = [r for r in reads if bar["lo_ns"] <= int(r["duration_ns"]) < (bar["hi_ns"] or 1 << 62)]
                self.assertEqual(bar["count"], len(inside), bar)
        result = support.run("histogram", "--input", self.trace, "--syscall", "read", "--by", "path", "-f", "json")
        groups = {one["group"]: one["count"] for one in json.loads(result.stdout)["distributions"]}
        self.assertEqual([n for g, n in groups.items() if g.endswith("/data")],
                         [sum(1 for r in reads if r["path"].endswith("/data"))])
        text = support.run("histogram", self.trace, "--syscall", "read", env=support.environment(COLUMNS="80")).stdout.decode()
        self.assertTrue(all(len(line) <= 80 for line in text[text.index("read:"):text.index("ledger")].splitlines()), text)
        svg = support.run("histogram", self.trace, "--syscall", "read", "-f", "svg").stdout.decode()
        self.assertTrue(svg.startswith("<svg") and svg.endswith("</svg>\n"))

    def test_report_as_markdown(self):
        path = self.path("r.md")
        result = support.run("report", "--input", self.trace, "--output", path)
        self.assertEqual(result.returncode, 0, result.stderr)
        with open(path, encoding="utf-8") as file:
            text = file.read()
        for words in ("# System calls of", "## Where the time went", "**bottleneck**", "## Hot files", "## Connections", "## The books"):
            self.assertIn(words, text)
        # In a table every row has as many cells as its head.
        for table in re.findall(r"(?:^\|.*\n)+", text, re.M):
            cells = {len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}
            self.assertEqual(len(cells), 1, table)
        self.assertNotIn("<script>", re.sub(r"(?<!`)(`+)(?!`)[^\n]*?(?<!`)\1(?!`)", "", text))

    def test_convert_of_two_recordings_at_once(self):
        """The same thread ids at the same time: each call keeps its time and length."""
        paths = []
        for number, text in enumerate(("10 12:00:00.000000 read(3, \"x\", 1) = 1 <0.500000>\n", "10 12:00:00.250000 write(3, \"x\", 1) = 1 <0.500000>\n")):
            paths.append(self.path(f"{number}.strace"))
            with open(paths[-1], "w", encoding="utf-8") as file:
                file.write(text)
        out = self.path("both.json")
        result = support.run("convert", *paths, "-o", out)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn(b"1 calls overlap", result.stderr)
        with open(out, encoding="utf-8") as file:
            slices = {e["name"]: (e["ts"], e["dur"], e["tid"]) for e in json.load(file)["traceEvents"] if e["ph"] == "X"}
        self.assertEqual(slices["read"], (0, 500000, 10))
        self.assertEqual(slices["write"][:2], (250000, 500000))
        self.assertNotEqual(slices["write"][2], 10)

    def test_a_report_into_a_fifo(self):
        fifo = self.path("fifo")
        os.mkfifo(fifo)
        process = support.start("report", "--input", self.trace, "-o", fifo, "-f", "markdown")
        with open(fifo, encoding="utf-8") as file:
            self.assertIn("# System calls of", file.read())
        self.assertEqual(process.wait(support.PATIENCE), 0)
        process.stderr.close()
        process.stdout.close()

    def test_loss_is_loss_with_a_selection_too(self):
        with open(self.trace, encoding="utf-8") as file:
            text = file.read()
        lossy = self.path("lossy.csv")
        with open(lossy, "w", encoding="utf-8") as file:
            head, end = text.rsplit("\n#end,", 1)
            file.write(head + "\n#end," + end.replace('""complete"":true', '""complete"":false', 1))
        for options in ((), ("-e", "read")):
            result = support.run("analyze", "--input", lossy, "--fail-on-loss", *options)
            self.assertEqual(result.returncode, 3, options)

    def test_narrow_screens(self):
        for command, columns in ((("analyze", "--input", self.trace), 80), (("analyze", "--input", self.trace), 100),
                                 (("diff", self.trace, self.trace), 100)):
            terminal = support.Terminal(command, columns=columns)
            self.assertEqual(terminal.read_all(), 0)
            text = re.sub(r"\x1b\[[0-9;]*m|\r", "", terminal.output.decode("utf-8", "replace"))
            # But for the line that says what is read, which overwrites itself.
            wide = [line for line in text.splitlines() if len(line) > columns and "\x1b[K" not in line]
            self.assertEqual(wide, [], (columns, command[0]))

    def test_convert(self):
        path = self.path("r.json")
        result = support.run("convert", self.trace, "-o", path)
        self.assertEqual(result.returncode, 0, result.stderr)
        with open(path, encoding="utf-8") as file:
            document = json.load(file)
        slices = [e for e in document["traceEvents"] if e["ph"] == "X"]
        self.assertGreaterEqual(len(slices), len(self.calls))
        ends = {}
        for event in slices:
            start, length = round(event["ts"] * 1000), round(event["dur"] * 1000)
            self.assertGreaterEqual(start, ends.get(event["tid"], start))
            ends[event["tid"]] = start + length
        self.assertEqual({e["tid"] for e in document["traceEvents"] if e["ph"] == "M" and e["name"] == "thread_name"},
                         {e["tid"] for e in slices})

    def diff(self, *arguments):
        result = support.run("diff", *arguments, "-f", "json")
        return result.returncode, json.loads(result.stdout) if result.stdout else result.stderr.decode()

    def test_diff(self):
        status, same = self.diff(self.trace, self.trace)
        self.assertEqual(status, 0)
        for call in same["calls"]:
            self.assertEqual((call["counts"], call["errors"], call["presence"]), ("equal", "equal", "both"), call["name"])
            self.assertIn(call["latency"], ("same", "unclear", None))
        # The same run with every read a hundred times as long, twice as many writes, and no fsync.
        changed = self.path("changed.csv")
        with open(self.trace, encoding="utf-8") as file:
            table = list(csv.reader(file))
        rows = []
        for row in table:
            row = list(row)
            if row[7] == "read" and row[1]:
                row[1] = str(int(row[1]) * 100)
            if row[7] != "fsync":
                rows.append(row)
            if row[7] == "write":
                rows.append(row)
        with open(changed, "w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)
        status, other = self.diff(self.trace, changed)
        calls = {call["name"]: call for call in other["calls"]}
        self.assertEqual(calls["read"]["latency"], "slower")
        self.assertEqual(calls["write"]["counts"], "more")
        self.assertEqual(calls["fsync"]["presence"], "gone")
        self.assertTrue(any("INCOMPLETE" in w or "different" in w or "strace" in w for w in other["warnings"]))
        for condition, wanted in (("read.p50 > 2x", 4), ("read.p50 > 2x surely", 4), ("write.count > +10%", 4), ("read.count > 0", 4),
                                  ("read.p50 > 1000x", 0), ("munlockall.count > 5", 1), ("munlockall.p50 > 1ms", 1), ("fsync.count < 1", 4)):
            self.assertEqual(support.run("diff", self.trace, changed, "--fail-if", condition).returncode, wanted, condition)
        # Both watched everything, so that what is not there was not made.
        self.assertEqual(support.run("diff", self.trace, self.trace, "--fail-if", "munlockall.count > 5").returncode, 0)
        # A call that came to fail more often is told, whatever its time.
        with open(self.trace, encoding="utf-8") as file:
            rows = file.read().splitlines()
        failing = self.path("failing.csv")
        with open(failing, "w", encoding="utf-8") as file:
            for row in rows:
                cells = next(csv.reader([row]))
                if len(cells) > 9 and cells[7] == "close" and not cells[9]:
                    cells[8:10] = ["-9", "EBADF"]
                csv.writer(file, lineterminator="\n").writerow(cells)
        for form in ("text", "markdown"):
            text = support.run("diff", self.trace, failing, "-f", form).stdout.decode()
            self.assertRegex(text, r"errors: close \d+ -(?:\\)?> \d+")
        for condition, words in (("read.p51 > 1x", "column"), ("raed.p50 > 1x", "raed"), ("", "CONDITIONS"), ("read.p50 >", "column")):
            result = support.run("diff", self.trace, changed, "--fail-if", condition)
            self.assertEqual(result.returncode, 2, condition)
            self.assertIn(words, result.stderr.decode())
        runs = ["--before", self.trace] * 3 + ["--after", changed] * 3
        status, several = self.diff(*runs)
        self.assertTrue(several["by_run"])
        text = support.run("diff", self.trace, changed).stdout.decode()
        self.assertIn("slower", text)
        markdown = support.run("diff", self.trace, changed, "-f", "markdown").stdout.decode()
        self.assertIn("| `read` | slower", markdown)

    def test_report_as_html(self):
        path = self.path("r.html")
        result = support.run("report", "--input", self.trace, "--output", path)
        self.assertEqual(result.returncode, 0, result.stderr)
        with open(path, encoding="utf-8") as file:
            text = file.read()
        self.assertTrue(text.startswith("<!DOCTYPE html>"))
        self.assertNotIn("<script>alert", text)
        self.assertIn("Content-Security-Policy", text)
        self.assertIn(f'data-value="{len(self.calls)}"', text)

    def test_what_is_read_is_not_overwritten(self):
        with open(self.trace, "rb") as file:
            before = file.read()
        link = self.path("link.csv")
        os.symlink(self.trace, link)
        for name in (self.trace, link):
            for arguments in (("convert", self.trace), ("diff", self.trace, self.trace), ("analyze", self.trace), ("report", self.trace, "-f", "json")):
                result = support.run(*arguments, "-o", name)
                self.assertEqual(result.returncode, 2, arguments)
                self.assertIn(b"one of the logs to read", result.stderr)
        with open(self.trace, "rb") as file:
            self.assertEqual(file.read(), before)

    def test_wrong_use(self):
        for arguments, words in ((("analyze",), "nothing to read"),
                                 (("analyze", "--", "true"), "starts no command"),
                                 (("report", self.trace), "--output"),
                                 (("report", self.trace, "-o", self.path("x.doc")), "which format"),
                                 (("histogram", self.trace), "--syscall"),
                                 (("histogram", self.trace, "--syscall", "raed"), "read"),
                                 (("histogram", self.trace, "--syscall", "read", "--buckets", "10us,1us"), "longer"),
                                 (("convert", self.trace), "--output"),
                                 (("diff", self.trace), "two files"),
                                 (("diff", self.trace, self.path("absent")), "absent"),
                                 (("analyze", self.path("absent.csv")), "absent.csv")):
            result = support.run(*arguments)
            self.assertNotEqual(result.returncode, 0, arguments)
            self.assertIn(words, result.stderr.decode(), arguments)


if __name__ == "__main__":
    support.main()
