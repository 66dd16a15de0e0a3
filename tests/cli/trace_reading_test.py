"""Traces that are not as the recorder made them, read back."""
import csv
import json
import os

import support
from trace_rows import COLUMNS, trace


class Reading(support.Case):
    """Traces that are not as the recorder made them."""

    def setUp(self):
        super().setUp()
        self.trace = self.path("t.csv")
        self.assertEqual(trace("-o", self.trace, "--", "ls", "/etc").returncode, 0)
        with open(self.trace, encoding="utf-8") as file:
            self.text = file.read()
        self.rows = self.text.splitlines()
        self.whole = self.read(self.text)

    def read(self, text, *options):
        path = self.path("edited.csv")
        with open(path, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        result = support.run("latency", "-f", "json", "--input", path, *options)
        return json.loads(result.stdout) if result.returncode == 0 else result.stderr.decode()

    def same(self, report):
        self.assertIsInstance(report, dict, report)
        self.assertEqual(report["syscalls"], self.whole["syscalls"])

    def test_line_ends_quotes_and_columns_of_a_spreadsheet(self):
        table = list(csv.reader(self.rows))
        self.same(self.read(self.text.replace("\n", "\r\n")))
        self.same(self.read("\ufeff" + self.text))
        order = list(range(len(COLUMNS)))[::-1]
        for quoting, separator in ((csv.QUOTE_ALL, ","), (csv.QUOTE_MINIMAL, ";")):
            path = self.path("x.csv")
            with open(path, "w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file, quoting=quoting, delimiter=separator)
                for number, row in enumerate(table):
                    extra = "note" if number == 0 else "a, b; c"
                    writer.writerow([extra, *(row[i] for i in order)])
            with open(path, encoding="utf-8", newline="") as file:
                report = self.read(file.read())
            self.same(report)
            self.assertTrue(report["complete"])

    def test_rounded_numbers_are_refused_with_their_line(self):
        row = next(csv.reader([self.rows[5]]))
        rounded = ",".join(["1.79534E+18", *row[1:4], "x", "x86_64", "39", "getpid", "1", "", "", "", "", ""])
        report = self.read("\n".join([*self.rows[:5], rounded, *self.rows[5:]]) + "\n")
        self.assertFalse(report["complete"])
        self.assertEqual(sum(report["ledger"]["lines"]["rejected"].values()), 1)
        self.assertIn("spreadsheet", report["ledger"]["lines"]["first_rejected"][0])

    def test_a_row_less(self):
        report = self.read("\n".join([*self.rows[:10], *self.rows[11:]]) + "\n")
        self.assertFalse(report["complete"])
        self.assertIn("are there", " ".join(report["warnings"]))

    def test_without_its_end_or_beginning(self):
        report = self.read("\n".join(self.rows[:-1]) + "\n")
        self.assertFalse(report["complete"])
        report = self.read("\n".join([self.rows[0], *self.rows[2:]]) + "\n")
        self.assertEqual([row["total_ns"] for row in report["syscalls"]], [row["total_ns"] for row in self.whole["syscalls"]])

    def test_a_newer_version(self):
        message = self.read(self.text.replace('""version"":1', '""version"":2', 1))
        self.assertIn("line 2", message)
        self.assertIn("version 2", message)

    def test_without_flags(self):
        table = list(csv.reader(self.rows))
        path = self.path("x.csv")
        with open(path, "w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(row[:-1] for row in table)
        with open(path, encoding="utf-8", newline="") as file:
            report = self.read(file.read())
        self.assertFalse(report["complete"])
        self.assertIn("flags", " ".join(report["warnings"]))

    def test_impossible_numbers(self):
        for column, value in ((1, "9223372036854775807"), (0, "0"), (0, "-5")):
            table = list(csv.reader(self.rows))
            table[4][column] = value
            path = self.path("x.csv")
            with open(path, "w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows(table)
            with open(path, encoding="utf-8", newline="") as file:
                report = self.read(file.read())
            self.assertFalse(report["complete"])
            self.assertEqual(sum(report["ledger"]["lines"]["rejected"].values()), 1)

    def test_another_csv(self):
        self.assertIn("no column 'syscall'", self.read("timestamp_ns,tid,syscalls\n1,2,read\n"))
        self.assertIn("no column 'timestamp_ns'", self.read(self.text.replace("timestamp_ns", "time", 1)))

    def test_a_folder_of_traces(self):
        folder = self.path("traces")
        os.mkdir(folder)
        for name in ("a.csv", "b.csv", "notes.txt"):
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write(self.text)
        result = support.run("latency", "-f", "json", "--input", folder)
        self.assertEqual(result.returncode, 0, result.stderr)
        report = json.loads(result.stdout)
        self.assertEqual(report["log"]["input_count"], 2)
        # They are copies of one.
        self.assertIn("for the second time", " ".join(report["warnings"]))
        self.assertFalse(report["complete"])

    def test_two_recordings(self):
        other = self.path("other.csv")
        result = support.run("trace", "-b", support.BACKEND, "-o", other, "--", "true")
        self.assertEqual(result.returncode, 0, result.stderr)
        report = json.loads(support.run("latency", "-f", "json", "--input", self.path("t.csv"), other).stdout)
        self.assertTrue(report["complete"])
        self.assertIn("2 recordings are added up", " ".join(report["warnings"]))

    def test_empty_and_single(self):
        report = self.read("\n".join([*self.rows[:2]]) + "\n")
        self.assertEqual(report["syscalls"], [])
        self.assertFalse(report["complete"])
        report = self.read("\n".join(self.rows[:3]) + "\n")
        self.assertEqual(sum(row["count"] for row in report["syscalls"]), 1)


if __name__ == "__main__":
    support.main()
