#!/usr/bin/env python3
"""latimer --input on every recording of perf's, beside an independent count of the same text.

    recordings_test.py --latimer PATH [NAME...]

Equal must be, by call: how often it returned, its errors by number, and the summed time, to the nanosecond (microsecond of perf
trace); and in total what began before, came back in children, or was lost. Exit status: 0 equal, 1 not.
"""
import argparse
import collections
import gzip
import json
import os
import re
import subprocess
import sys

import trace_count

HERE = os.path.dirname(os.path.abspath(__file__))
RECORDINGS = os.path.join(HERE, "recordings")
PATIENCE = 60
HEAD = r"^.*?\s(?:(?P<pid>\d+)/)?(?P<tid>\d+)\s+(?:\[\d+\]\s+)?(?P<s>\d+)\.(?P<f>\d{6}|\d{9}):\s+"
RAW = re.compile(HEAD + r"raw_syscalls:sys_(?P<side>enter|exit): NR (?P<nr>-?\d+) (?:= (?P<value>-?\d+)|\()")
NAMED = re.compile(HEAD + r"syscalls:sys_(?P<side>enter|exit)_(?P<name>\w+): (?:0x(?P<value>[0-9a-f]+)$)?")
FORK = re.compile(r"PERF_RECORD_FORK\((\d+):(\d+)\)")
END = re.compile(r"PERF_RECORD_EXIT\(\d+:(\d+)\)")
LOST = re.compile(r"PERF_RECORD_LOST\D*(\d+)")
NUMBERS = {"openat": 257, "newfstat": 5, "read": 0}
CLONES, EXECVE, SIGRETURN, EXITS = {56, 57, 58, 435}, 59, 15, {60, 231}
RESTARTS_NAMED = {512: "ERESTARTSYS", 513: "ERESTARTNOINTR", 514: "ERESTARTNOHAND", 516: "ERESTART_RESTARTBLOCK"}
RESTARTS = {512, 513, 514, 516}


class Count:
    """What a straight reading of the text gives; none of it is latimer's."""

    def __init__(self, text):
        self.calls = collections.defaultdict(lambda: [0, 0, collections.Counter()])  # count, time, errors
        self.total = collections.Counter()
        self.open = {}
        self.heard = set()
        self.process = {}
        self.cut_short = {}  # by task: the end of a call, by a signal that it may die of
        for line in text.splitlines():
            self.line(line)
        for tid in list(self.cut_short):
            self.goes_on(tid)

    def line(self, line):
        found = RAW.match(line) or NAMED.match(line)
        if found:
            return self.call(found.groupdict())
        if end := END.search(line):
            task = int(end[1])
            self.cut_short.pop(task, None)
            self.open.pop(task, None)
            self.heard.discard(task)
            self.process.pop(task, None)
        elif fork := FORK.search(line):
            self.process[int(fork[2])] = int(fork[1])
        elif lost := LOST.search(line):
            self.total["told lost"] += int(lost[1])
            # What ends now may be a later call than what is open: how long that took, nobody knows.
            self.open = {task: (number, None) for task, (number, _) in self.open.items()}
        return None

    def call(self, seen):
        tid, number = int(seen["tid"]), int(seen["nr"]) if seen.get("nr") else NUMBERS[seen["name"]]
        now = int(seen["s"]) * 10**9 + int(seen["f"].ljust(9, "0"))
        self.goes_on(tid)
        if seen["pid"]:
            self.process[tid] = int(seen["pid"])
        if seen["side"] == "enter":
            if tid in self.open:
                self.total["lost exits"] += 1
            self.heard.add(tid)
            self.open[tid] = (number, now)
            if number in EXITS:
                del self.open[tid]
                self.heard.discard(tid)
            return
        value = int(seen["value"]) if seen.get("nr") else int.from_bytes(int(seen["value"], 16).to_bytes(8, "big"), "big", signed=True)
        if -value in RESTARTS:
            self.cut_short[tid] = (number, value, now)
            return
        self.exit(tid, number, value, now)

    def goes_on(self, tid):
        """What a signal cut short has returned after all."""
        if tid in self.cut_short:
            self.exit(tid, *self.cut_short.pop(tid))

    def exit(self, tid, number, value, now):
        if number == -1:
            number = self.open.get(tid, (SIGRETURN, 0))[0]
        if tid not in self.open and tid not in self.heard and value == 0 and number in CLONES:
            self.heard.add(tid)
            self.total["in children"] += 1
            return
        if number == EXECVE and value == 0 and self.open.get(tid, (None, 0))[0] != EXECVE:
            others = [t for t, (n, _) in self.open.items() if n == EXECVE and self.process.get(t) == self.process.get(tid)]
            if len(others) == 1:
                self.open[tid] = self.open.pop(others[0])
        row = self.calls[number]
        row[0] += 1
        if -4095 <= value < 0 and number != SIGRETURN:
            row[2][-value] += 1
        if self.open.get(tid, (None, 0))[0] == number:
            began = self.open.pop(tid)[1]
            row[1] += 0 if began is None else max(0, now - began)
        elif tid in self.heard:
            self.total["lost enters"] += 1
        else:
            self.total["began before"] += 1
        self.heard.add(tid)


def of_latimer(latimer, path):
    run = subprocess.run([latimer, "latency", "--input", path, "-f", "json"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, timeout=PATIENCE, check=False)
    if run.returncode != 0:
        return None, run.stderr.decode(errors="replace")
    return json.loads(run.stdout), ""


def script_differences(report, count):
    rows = {row["number"]: row for row in report["syscalls"]}
    for number in sorted(set(rows) | set(count.calls)):
        calls, time, errors = count.calls[number]
        row = rows.get(number, {"count": 0, "total_ns": 0, "errors": {}})
        seen = (row["count"], row["total_ns"] or 0, sum(row["errors"].values()))
        if seen != (calls, time, sum(errors.values())):
            yield f"NR {number}: latimer {seen}, counted {(calls, time, sum(errors.values()))}"


def trace_differences(report, count):
    rows = {row["name"]: row for row in report["syscalls"]}
    for name in sorted(set(rows) | set(count.calls)):
        calls, time, untimed, errors = count.calls[name]
        row = rows.get(name, {"count": 0, "total_ns": 0, "untimed": 0, "errors": {}})
        seen = (row["count"], row["total_ns"] or 0, row["untimed"] or 0, row["errors"])
        counted = (calls, time * 1000, untimed, {RESTARTS_NAMED.get(error, error): n for error, n in errors.items()})
        if seen != counted:
            yield f"{name}: latimer {seen}, counted {counted}"
    ledger = report["ledger"]
    if ledger["in_flight"] + ledger["no_return"] != count.total["in flight or dead"]:
        yield f"in flight: latimer {ledger['in_flight']}, no return {ledger['no_return']}, counted {count.total['in flight or dead']}"


def differences(report, count):
    yield from (trace_differences if isinstance(count, trace_count.Count) else script_differences)(report, count)
    ledger = report["ledger"]
    for name, term in (("in children", "child_returns"), ("began before", "began_before_attach"), ("lost enters", "lost_enters"),
                       ("lost exits", "lost_exits")):
        if (ledger[term] or 0) != count.total[name]:
            yield f"{name}: latimer {ledger[term]}, counted {count.total[name]}"
    if (ledger["lost"].get("tool_reported") or 0) != count.total["told lost"]:
        yield f"told lost: latimer {ledger['lost'].get('tool_reported')}, counted {count.total['told lost']}"
    if ledger["enter_residual"] or ledger["exit_residual"] or ledger["lines"]["rejected"]:
        yield f"the ledger: {ledger}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--latimer", required=True)
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    kinds = {".script.gz": Count, ".trace.gz": trace_count.Count}
    files = sorted(name for name in os.listdir(RECORDINGS) if name.endswith(tuple(kinds)))
    names = [name for name in files if not options.names or name.split(".")[0] in options.names]
    differing = 0
    for name in names:
        path = os.path.join(RECORDINGS, name)
        with gzip.open(path, "rt", encoding="utf-8", errors="replace", newline="\n") as file:
            count = kinds[name[name.index("."):]](file.read())
        report, message = of_latimer(options.latimer, path)
        found = [message] if report is None else list(differences(report, count))
        differing += bool(found)
        calls = sum(row[0] for row in count.calls.values())
        print(f"{name:32} {calls:8} calls  {'differs' if found else 'equal'}")
        for line in found:
            print("    " + line)
    print(f"{len(names)} recordings, {differing} differ")
    return 1 if differing or not names else 0


if __name__ == "__main__":
    sys.exit(main())
