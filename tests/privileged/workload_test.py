#!/usr/bin/env python3
"""The workloads' truth against the lines that strace prints, read by rules of this file alone.

The truth is what latimer is measured by, so it must not rest on latimer's own reading of strace.
"""
import argparse
import collections
import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from truth_lib import runner  # noqa: E402  (needs the path above)

CALL = re.compile(r"(?:<\.\.\. (\w+) resumed>|(\w+)\()")
RESULT = re.compile(r"= (\?|-?\w+)(?: (E\w+))?[^=]*$")
ODD_NAME = re.compile(r"syscall_0x([0-9a-f]+)")
# "1234  [ 110] getppid() = 1": strace names a call by the ABI it came by, but only the number (-n) tells which.
START = re.compile(r"^\d+ +\[ *(\d+)\] ")
MESSAGE = re.compile(r"\bmsg_len=(\d+)")
I386 = {"chdir": "12", "access": "33", "getppid": "64", "getpgrp": "65"}


def name_of(text, number):
    odd = ODD_NAME.fullmatch(text)
    if odd:
        return f"x86_64:syscall_{int(odd.group(1), 16)}"
    return f"{'i386' if I386.get(text) == number else 'x86_64'}:{text}"


def moved(name, text, result):
    """Bytes that a completion moved: what it returned, or the lengths of the messages whose number it returned."""
    if name in ("x86_64:sendmmsg", "x86_64:recvmmsg"):
        return sum(int(length) for length in MESSAGE.findall(text))
    return int(result) if result.isdigit() else 0


def read_log(path):
    """Completions, errors, calls without return and bytes, each by call."""
    counts, errors, dead, sizes = (collections.Counter() for _ in range(4))
    with open(path, encoding="utf-8", errors="replace") as file:
        for line in file:
            start = START.match(line)
            text = line[start.end():] if start else ""
            call = CALL.match(text)
            # "<unfinished ...>" is half a line, whose other half comes later; ") = ?" after it is its end.
            if call is None or "<unfinished" in text and ") = ?" not in text:
                continue
            name, result = name_of(call.group(1) or call.group(2), start.group(1)), RESULT.search(text)
            if result and result.group(1) == "?" and not result.group(2):
                dead[name] += 1
                continue
            counts[name] += 1
            if result and result.group(2):
                errors[name, result.group(2)] += 1
            elif result:
                sizes[name] += moved(name, text, result.group(1))
    return counts, errors, dead, sizes


def differences(truth, log):
    counts, errors, dead, sizes = read_log(log)
    for call, made in truth["truth"].items():
        expected = made["count"] + truth["launch_adds"].get(call, 0)
        if counts[call] != expected:
            yield f"{call}: truth {expected}, strace {counts[call]}"
        for error, count in made["errors"].items():
            if errors[call, error] != count:
                yield f"{call} {error}: truth {count}, strace {errors[call, error]}"
    for call, count in truth["killed_inside"].items():
        if dead[call] != count:
            yield f"{call} without return: truth {count}, strace {dead[call]}"
    for call, size in truth["bytes"].items():
        if sizes[call] != size:
            yield f"{call} bytes: truth {size}, strace {sizes[call]}"


def usage(workload):
    """What the workload does with a wrong command line, and with a list of its scenarios."""
    def run(*arguments):
        return subprocess.run([workload, *arguments], capture_output=True, text=True, check=False)
    for arguments in ((), ("nonsense",), ("loop", "many"), ("loop", "1", "2"), ("--nonsense",), ("setuid-exec",), ("--threads", "2", "brk")):
        done = run(*arguments)
        if done.returncode != 2 or not done.stderr or done.stdout:
            yield f"{arguments}: ended with {done.returncode}, said {done.stderr!r} and {done.stdout!r}"
    listed = run("--list")
    if listed.returncode != 0 or not all("(N=" in line for line in listed.stdout.splitlines()):
        yield f"--list: {listed.stdout!r}"
    by_hand, printed = ([*runner.truth_in(run(scenario, "1").stdout)] for scenario in ("brk", "loop"))
    if by_hand != printed:
        yield f"brk prints its line itself, and otherwise: {by_hand}, {printed}"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--latimer", help="not used; every truth test is given one")
    parser.add_argument("--workload", required=True)
    parser.add_argument("scenario")
    parser.add_argument("n", nargs="*", help="the scenario's N")
    chosen = parser.parse_args()
    if chosen.scenario == "usage":
        wrong = list(usage(chosen.workload))
        print("\n".join(wrong))
        return 1 if wrong else 0
    runner.require_way("strace")
    with tempfile.TemporaryDirectory() as folder:
        log = os.path.join(folder, "log")
        done = subprocess.run(["strace", "-f", "-n", "-o", log, chosen.workload, chosen.scenario, *chosen.n],
                              capture_output=True, text=True, timeout=runner.PATIENCE_S, check=False)
        if done.returncode == runner.WORKLOAD_SKIPPED:
            runner.skip(done.stderr.strip())
        if done.returncode != 0:
            print(f"strace ended with {done.returncode}: {done.stderr[-500:]}")
            return 1
        found = list(differences(runner.truth_in(done.stdout), log))
    for line in found:
        print(f"{chosen.scenario}: {line}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
