"""What perf script and perf trace print, of any size, with known truth: `python3 -m bench_lib.perf_texts FOLDER MB NAME...`

A process of its own, as strace_logs is and for the same reason.
"""
import argparse
import json
import os
import random
import time
from dataclasses import asdict

from .strace_logs import VERSION, Truth

BLOCK_BYTES = 4_000_000
SECONDS_MARK = b"@SECS"  # five digits, which move on with every copy of a block
FIRST_SECOND = 10_000
BLOCK_US = 900_000       # that a block may span
RETURN_COLUMN = 70       # where perf trace puts ")", when there is room
THREADS = ((812, "nginx"), (813, "nginx"), (29456, "python3.11"), (29457, "tmux: server"))
MESSAGES = {"ENOENT": "No such file or directory", "EAGAIN": "Resource temporarily unavailable"}
NUMBERS = {"ENOENT": 2, "EAGAIN": 11}
CALLS = (  # name, number, perf trace's arguments, values
    ("read", 0, "fd: 5</srv/www/index.html>, buf: 0x7ffcf94f8cbc, count: 4096", ("4096", "0", "EAGAIN")),
    ("write", 1, "fd: 1<pipe:[71070]>, buf: 0x55a916aea000, count: 512", ("512",)),
    ("openat", 257, "dfd: CWD, filename: 0xb535f2a0, flags: RDONLY|CLOEXEC", ("5", "ENOENT")),
    ("close", 3, "fd: 5</srv/www/index.html>", ("0",)),
    ("mmap", 9, "len: 8192, prot: READ|WRITE, flags: PRIVATE|ANONYMOUS", ("139763311669248",)),
    ("newfstatat", 262, "dfd: CWD, filename: 0x562f5a40, statbuf: 0x7ffcf94f8bb0", ("0", "ENOENT")),
    ("futex", 202, "uaddr: 0x7f4f50451e80, op: WAIT|PRIVATE_FLAG, val: 2", ("0", "EAGAIN")),
)


class Block:
    """Calls of some threads, one after the other, every tenth with another thread's in the middle of it."""

    def __init__(self, kind, size):
        self.source = random.Random(42)
        self.write = self.script if kind == "script" else self.trace
        self.lines, self.calls, self.us, self.bytes = [], {}, 0, 0
        while self.bytes < size and self.us < BLOCK_US:
            outer, inner = self.source.sample(THREADS, 2)
            if self.source.random() < 0.1:
                self.write(outer, inner)
            else:
                self.write(outer, None)

    def put(self, line):
        self.lines.append(line)
        self.bytes += len(line) + 1

    def count(self, name, ns, value):
        call = self.calls.setdefault(name, [0, 0, {}])
        call[0] += 1
        call[1] += ns
        if value in NUMBERS:
            call[2][value] = call[2].get(value, 0) + 1

    def choose(self):
        name, number, args, values = self.source.choice(CALLS)
        return name, number, args, self.source.choice(values)

    def script(self, task, inner):
        tid, comm = task
        name, number, _, value = self.choose()
        start, ns = self.us, self.source.randrange(300, 9000)
        head = f"{comm:>16} {tid}/{tid} [00{tid % 2}] {SECONDS_MARK.decode()}"
        self.us += 2
        self.put(f"{head}.{start:06d}000: raw_syscalls:sys_enter: NR {number} (5, 7ffcf94f8cbc, 1000, 37f, 0, 0)")
        if inner:
            self.script(inner, None)
            ns += (self.us - start) * 1000
        end = start * 1000 + ns
        self.put(f"{head}.{end:09d}:  raw_syscalls:sys_exit: NR {number} = {-NUMBERS[value] if value in NUMBERS else value}")
        self.us = end // 1000 + 1
        self.count(name, ns, value)

    def trace(self, task, inner):
        tid, comm = task
        name, _, args, value = self.choose()
        start, us = self.us, self.source.randrange(1, 40)
        self.us += 2
        shown = f"-1 {value} ({MESSAGES[value]})" if value in NUMBERS else hex(int(value)) if name == "mmap" else value
        stamp = f"{SECONDS_MARK.decode()}{start // 1000:03d}.{start % 1000:03d}"
        call = f"{name}({args}"
        if inner:
            self.put(f"{stamp} (         ): {comm}/{tid} {call + ')':<{RETURN_COLUMN}} ...")
            self.trace(inner, None)
            us += self.us - start
            call = f" ... [continued]: {name}()"
        duration = f"{us // 1000}.{us % 1000:03d}"
        self.put(f"{stamp} ({duration:>6} ms): {comm}/{tid} {call + ')':<{RETURN_COLUMN}} = {shown}")
        self.us = max(self.us, start + us + 1)
        self.count(name, us * 1000, value)


def path_of(folder, name):
    return os.path.join(folder, f"perf.{name}")


def load(folder, name, megabytes):
    try:
        with open(path_of(folder, name) + ".json", encoding="ascii") as file:
            truth = Truth(**json.load(file))
        fits = truth.version == VERSION and truth.asked_mb == megabytes and os.path.getsize(path_of(folder, name)) == truth.bytes
        return truth if fits else None
    except (OSError, ValueError, TypeError):
        return None


def write(folder, name, megabytes):
    begun = time.monotonic()
    wanted = int(megabytes * 1_000_000)
    block = Block(name, min(BLOCK_BYTES, wanted))
    template = ("\n".join(block.lines) + "\n").encode("ascii")
    copies = -(-wanted // len(template))
    with open(path_of(folder, name), "wb") as file:
        for copy in range(copies):
            file.write(template.replace(SECONDS_MARK, b"%d" % (FIRST_SECOND + copy)))
        file.flush()
        os.fsync(file.fileno())
    truth = Truth(name, "perf " + name, len(template), len(block.lines), block.calls).times(copies)
    truth.asked_mb = megabytes
    truth.seconds = round(time.monotonic() - begun, 2)
    with open(path_of(folder, name) + ".json", "w", encoding="ascii") as file:
        json.dump(asdict(truth), file)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder")
    parser.add_argument("megabytes", type=float)
    parser.add_argument("names", nargs="+", metavar="NAME", choices=("script", "trace"))
    chosen = parser.parse_args()
    for name in chosen.names:
        if load(chosen.folder, name, chosen.megabytes) is None:
            write(chosen.folder, name, chosen.megabytes)


if __name__ == "__main__":
    main()
