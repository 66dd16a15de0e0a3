"""Whose log it is that comes through a pipe: seen without taking anything away from who reads it."""
import gzip
import json
import os
import subprocess
import sys
import time

import support

GOLDEN = os.path.join(support.SOURCE, "tests", "golden")
LOGS = {
    "perf script": os.path.join(GOLDEN, "perftrace", "recordings", "gcc.script.gz"),
    "perf trace": os.path.join(GOLDEN, "perftrace", "recordings", "trace-gcc.trace.gz"),
    "bpftrace": os.path.join(GOLDEN, "bpftrace", "recordings", "gcc.out.gz"),
    "bpftrace in JSON": os.path.join(GOLDEN, "bpftrace", "recordings", "ls-json.out.gz"),
}
STRACE = b"812   lseek(5, 0, SEEK_CUR) = 0 <0.000007>\n" * 40


def comparable(report):
    """What the report says of the calls, and nothing of how it was read."""
    return {key: report[key] for key in ("syscalls", "ledger", "backend")}


class Pipes(support.Case):
    def reports(self, *arguments, **options):
        result = subprocess.run([support.LATIMER, "latency", "-f", "json", *arguments], stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, timeout=support.PATIENCE, env=support.environment(), check=False, **options)
        self.assertIn(result.returncode, (0, 1), result.stderr)
        return comparable(json.loads(result.stdout))

    def test_the_same_as_from_a_file(self):
        for name, path in LOGS.items():
            with self.subTest(log=name), open(path, "rb") as file:
                packed = file.read()
                from_file = self.reports("--input", path)
                self.assertGreater(len(from_file["syscalls"]), 0)
                self.assertEqual(self.reports("--input", "-", input=packed), from_file)
                self.assertEqual(self.reports("--input", "-", input=gzip.decompress(packed)), from_file)

    def test_redirected(self):
        for path in LOGS.values():
            with open(path, "rb") as file:
                self.assertEqual(self.reports("--input", "-", stdin=file), self.reports("--input", path))

    def test_a_descriptor_of_the_shell(self):
        for path in LOGS.values():
            read_end, write_end = os.pipe()
            with subprocess.Popen(["zcat", path], stdout=write_end):
                os.close(write_end)
                report = self.reports("--input", f"/dev/fd/{read_end}", pass_fds=[read_end])
                os.close(read_end)
            self.assertEqual(report, self.reports("--input", path))

    def test_a_writer_that_takes_its_time(self):
        """Its first words come alone, and the rest later than anybody waits for to see what it is."""
        for name, path in LOGS.items():
            with self.subTest(log=name), gzip.open(path) as file:
                text = file.read()
                first = text.index(b"\n") + 1
                # What perf script says of a task comes before its first call.
                while name == "perf script" and b"raw_syscalls" not in text[:first]:
                    first = text.index(b"\n", first) + 1
                self.assertEqual(self.slowly(text[:first], text[first:]), self.reports("--input", path))

    def slowly(self, *pieces):
        with subprocess.Popen([support.LATIMER, "latency", "-f", "json", "--input", "-"], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=support.environment()) as process:
            for piece in pieces:
                process.stdin.write(piece)
                process.stdin.flush()
                time.sleep(0.6)
            out, err = process.communicate(timeout=support.PATIENCE)
        self.assertIn(process.returncode, (0, 1), err)
        return comparable(json.loads(out))

    def test_what_strace_wrote(self):
        report = self.slowly(STRACE[:20], STRACE[20:])
        self.assertEqual((report["backend"], report["syscalls"][0]["count"]), ("strace", 40))

    def test_nothing(self):
        result = subprocess.run([support.LATIMER, "latency", "--input", "-"], stdin=subprocess.DEVNULL, capture_output=True,
                                timeout=support.PATIENCE, env=support.environment(), check=False)
        empty = subprocess.run([support.LATIMER, "latency", "--input", "-"], input=b"", capture_output=True,
                               timeout=support.PATIENCE, env=support.environment(), check=False)
        self.assertEqual((empty.returncode, empty.stderr), (result.returncode, result.stderr))


if __name__ == "__main__":
    sys.exit(support.main(needs_backend=False))
