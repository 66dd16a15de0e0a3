"""Strace logs of any size whose truth is known: `python3 -m bench_lib.strace_logs FOLDER MB NAME...`

The benchmark runs this as a process of its own: what a process has once used of memory counts as use of the programs
that it starts afterwards (ru_maxrss is kept over execve), so the one that measures must stay small.
"""
import argparse
import json
import os
import sys
import time
from dataclasses import asdict, dataclass, field

from . import strace_contents
from .strace_block import STAMP_MARK, TID_MARK

VERSION = 1  # of what is written: logs of another one are not used again
BLOCK_BYTES = 8_000_000
FIRST_STAMP = 179_521_634  # tens of seconds
FIRST_TID = 100            # hundreds
PID_COUNT = 100_000

BLOCKS = {
    "short": (strace_contents.SHORT_FLAGS, strace_contents.short_block),
    "long": (strace_contents.LONG_FLAGS, strace_contents.long_block),
    "threads": (strace_contents.THREADS_FLAGS, strace_contents.threads_block),
}


@dataclass
class Truth:
    name: str
    flags: str  # strace's
    bytes: int = 0
    lines: int = 0
    calls: dict = field(default_factory=dict)  # name: [completions, ns in all, {errno: completions}]
    no_return: int = 0
    in_flight: int = 0
    asked_mb: float = 0
    version: int = VERSION
    seconds: float = 0  # that writing took

    @property
    def count(self):
        return sum(call[0] for call in self.calls.values())

    def times(self, factor):
        """Of the log that is this one `factor` times over."""
        calls = {name: [count * factor, ns * factor, {error: n * factor for error, n in errors.items()}]
                 for name, (count, ns, errors) in self.calls.items()}
        return Truth(self.name, self.flags, self.bytes * factor, self.lines * factor, calls, self.no_return * factor,
                     self.in_flight * factor, self.asked_mb)


def path_of(folder, name):
    return os.path.join(folder, name + ".strace")


def load(folder, name, megabytes):
    """The truth of a log that is there already; None: there is none like it."""
    try:
        with open(path_of(folder, name) + ".json", encoding="ascii") as file:
            truth = Truth(**json.load(file))
        fits = truth.version == VERSION and truth.asked_mb == megabytes and os.path.getsize(path_of(folder, name)) == truth.bytes
        return truth if fits else None
    except (OSError, ValueError, TypeError):
        return None


def write_blocks(file, name, megabytes):
    flags, make = BLOCKS[name]
    wanted = int(megabytes * 1_000_000)
    block = make(min(BLOCK_BYTES, wanted))
    template = block.template()
    copies = -(-wanted // len(template))
    for copy in range(copies):
        stamped = template.replace(STAMP_MARK.encode(), b"%d" % (FIRST_STAMP + copy))
        file.write(stamped.replace(TID_MARK.encode(), b"%d" % (FIRST_TID + copy % 900)))
    return Truth(name, flags, len(template), len(block.lines), block.calls, block.no_return).times(copies)


def write_pids(file, processes=PID_COUNT):
    """Processes of two threads, each of which makes one call that returns and one that never does."""
    file.writelines(pids_lines(processes))
    calls = {"clone3": [processes, processes * 60_000, {}], "set_robust_list": [processes, processes * 2_000, {}]}
    return Truth("pids", "-f -ttt -T", file.tell(), 4 * processes, calls, 0, 2 * processes)


def pids_lines(processes):
    flags = "CLONE_VM|CLONE_FS|CLONE_FILES|CLONE_SIGHAND|CLONE_THREAD|CLONE_SETTLS|CLONE_CHILD_CLEARTID"
    for number in range(processes):
        leader, thread = 1_000_000 + 2 * number, 1_000_001 + 2 * number
        stamp = f"{FIRST_STAMP * 10 + number // 1000}.{number % 1000:03d}"
        yield (f"{leader} {stamp}001 clone3({{flags={flags}, exit_signal=0, tls=0x7f59e250a6c0}}, 88) = {thread} <0.000060>\n"
               f"{thread} {stamp}101 set_robust_list(0x7f59e250a9a0, 24) = 0 <0.000002>\n"
               f"{thread} {stamp}203 futex(0x7f59e250a990, FUTEX_WAIT_PRIVATE, 2, NULL <unfinished ...>\n"
               f"{leader} {stamp}240 read({number % 900},  <unfinished ...>\n").encode("ascii")


def write(folder, name, megabytes):
    begun = time.monotonic()
    with open(path_of(folder, name), "wb") as file:
        truth = write_pids(file) if name == "pids" else write_blocks(file, name, megabytes)
        file.flush()
        os.fsync(file.fileno())  # nothing is to be written back while something is measured
    truth.asked_mb = megabytes
    truth.seconds = round(time.monotonic() - begun, 2)
    with open(path_of(folder, name) + ".json", "w", encoding="ascii") as file:
        json.dump(asdict(truth), file)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder")
    parser.add_argument("megabytes", type=float)
    parser.add_argument("names", nargs="+", metavar="NAME", choices=(*BLOCKS, "pids"))
    chosen = parser.parse_args()
    for name in chosen.names:
        if load(chosen.folder, name, chosen.megabytes) is None:
            write(chosen.folder, name, chosen.megabytes)


if __name__ == "__main__":
    sys.exit(main())
