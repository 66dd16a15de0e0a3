"""Names that want to steer the terminal, break the formats, or pretend to be another."""
import csv
import io
import json
import os
import re
import shutil

import support

# At most 15 bytes of it become the comm. strace itself cuts a comm at a newline.
EVIL = "a\x1b]0;own\x07" + ("\n" if support.BACKEND == "ebpf" else "") + "=1,\"\\x41"


def unescape(text):
    return re.sub(rb"\\(?:\\|x([0-9a-f]{2}))", lambda m: bytes([int(m[1], 16)]) if m[1] else b"\\", text.encode())


class Hostile(support.Case):
    def evil_command(self, name=EVIL.encode()):
        path = os.path.join(self.folder.name.encode(), name)
        shutil.copy("/bin/true", path)
        return path

    def harmless(self, data):
        text = data.decode("utf-8")
        for c in text:
            self.assertTrue(c == "\n" or c == "\r" or (ord(c) >= 0x20 and not 0x7F <= ord(c) < 0xA0), repr(c))
        return text

    def test_text(self):
        result = support.latency("--by", "comm", "--", self.evil_command())
        self.assertEqual(result.returncode, 0, result.stderr)
        text = self.harmless(result.stderr)
        self.assertIn("a\\x1b]0;own\\x07", text)

    def test_error_messages(self):
        result = support.latency("--", "no\x1b[2Jthing")
        self.assertEqual(result.returncode, 127)
        self.assertIn("no\\x1b[2Jthing", self.harmless(result.stderr))
        self.harmless(support.run("\x1b[2J").stderr)
        self.harmless(support.run("latency", "-p", "\x1b[2J").stderr)
        self.harmless(support.run("latency", "--\x1b[2J").stderr)
        self.harmless(support.run("latency", "-a", "-e", "\x1b[2J").stderr)

    def test_json(self):
        command = self.evil_command()
        result = support.latency("-f", "json", "-o", "-", "--by", "comm", "--", command)
        report = json.loads(result.stdout)
        self.assertEqual(unescape(report["target"]["argv"][0]), command)
        names = {unescape(row["key"]["name"]) for row in report["syscalls"]}
        self.assertIn(EVIL.encode()[:15], names)

    def test_csv(self):
        result = support.latency("-f", "csv", "-o", "-", "--by", "comm", "--", self.evil_command(b"=1+1"))
        rows = list(csv.DictReader(io.StringIO(result.stdout.decode(), newline="")))
        subjects = {row["subject"] for row in rows if row["record"] == "syscall"}
        self.assertIn("\\x3d1+1", subjects)
        self.assertEqual({unescape(s) for s in subjects} & {b"=1+1"}, {b"=1+1"})

    def test_bytes_that_are_not_utf8(self):
        names = set()
        for name in (b"\xff\xfe", b"\\xff\\xfe", "é".encode(), b"\xe9"):
            result = support.latency("-f", "json", "-o", "-", "--by", "comm", "--", self.evil_command(name))
            row = json.loads(result.stdout.decode("utf-8"))["syscalls"]
            names |= {r["key"]["name"] for r in row}
            self.assertIn(name, {unescape(r["key"]["name"]) for r in row})
        self.assertGreaterEqual(len(names), 4)


if __name__ == "__main__":
    support.main()
