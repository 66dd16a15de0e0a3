#!/usr/bin/env python3
"""latimer --input on every recording of bpftrace's, beside an independent count of the same text.

    recordings_test.py --latimer PATH [NAME...]

Equal must be, by ABI and number of the call: how often it returned, its errors by number, and the summed time, to the
nanosecond; and in total what began before, came back in children, was refused, did not return, was under way at the end, or
was lost. Exit status: 0 equal, 1 not.
"""
import argparse
import collections
import gzip
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
RECORDINGS = os.path.join(HERE, "recordings")
PATIENCE = 60
SIGRETURN = {("x86_64", 15), ("i386", 173), ("i386", 119)}
TERMS = {"a": "began_before_attach", "b": "child_returns", "r": "refused", "d": "no_return"}


class Count:
    """What a straight reading of the text gives; none of it is latimer's."""

    def __init__(self, text):
        self.calls = collections.defaultdict(lambda: [0, 0, collections.Counter()])  # count, time, errors
        self.total = collections.Counter()
        self.maps = {}
        self.told_lost = 0
        for line in text.splitlines():
            self.json_line(line) if line.startswith("{") else self.line(line)
        self.settle()

    def json_line(self, line):
        said = json.loads(line)
        if said["type"] in ("printf", "value"):
            self.line(said["data"].rstrip("\n"))
        elif said["type"] == "lost_events":
            self.told_lost += said["data"]["events"]
        elif said["type"] == "map":
            for name, value in said["data"].items():
                self.maps.setdefault(name, {}).update(value if isinstance(value, dict) else {"": value})

    def line(self, line):
        words = line.split()
        if line.startswith("Lost "):
            self.told_lost += int(words[1])
        elif line.startswith("@"):
            name, _, value = line.partition(": ")
            name, _, key = name.rstrip("]").partition("[")
            numbers = [int(number) for number in value.strip("()").split(", ")]
            self.maps.setdefault(name, {})[key] = numbers if value.startswith("(") else numbers[0]
        elif words and words[0] in "crabdl" and len(words) == 10:
            _, duration, _, _, number, flags, value = (int(word) for word in words[1:8])
            self.record(words[0], duration, number, flags, value)

    def record(self, kind, duration, number, flags, value):
        call = ("i386" if flags & 1 else "x86_64", number)
        self.total[TERMS.get(kind, kind)] += 1
        if kind not in "cr":
            return
        row = self.calls[call]
        row[0] += 1
        row[1] += duration
        if -4095 <= value < 0 and call not in SIGRETURN:
            row[2][-value] += 1

    def settle(self):
        for tid, (start, number, flags, _) in self.maps.get("@s", {}).items():
            if start < 10:
                continue
            if flags & 2:
                duration, value = self.maps["@cut"][tid]
                self.record("c", duration, number, flags, value)
                self.total["settled"] += 1
            else:
                self.total["in_flight"] += 1

    def missing(self):
        """Records that the kernel printed and nobody read."""
        read = sum(self.total[kind] for kind in ("c", "refused", "began_before_attach", "child_returns"))
        return self.maps.get("@exits", {"": 0})[""] - (read - self.total["settled"])


def of_latimer(latimer, path):
    run = subprocess.run([latimer, "latency", "--input", path, "-f", "json"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, timeout=PATIENCE, check=False)
    if run.returncode != 0:
        return None, run.stderr.decode(errors="replace")
    return json.loads(run.stdout), ""


def differences(report, count):
    rows = {(row["abi"], row["number"]): row for row in report["syscalls"]}
    for call in sorted(set(rows) | set(count.calls)):
        calls, time, errors = count.calls[call]
        row = rows.get(call, {"count": 0, "total_ns": 0, "errors": {}})
        seen = (row["count"], row["total_ns"] or 0, sum(row["errors"].values()))
        if seen != (calls, time, sum(errors.values())):
            yield f"{call}: latimer {seen}, counted {(calls, time, sum(errors.values()))}"
    ledger = report["ledger"]
    for term in ("began_before_attach", "child_returns", "refused", "no_return", "in_flight"):
        if (ledger[term] or 0) != count.total[term]:
            yield f"{term}: latimer {ledger[term]}, counted {count.total[term]}"
    if ledger["lost_exits"] != count.missing():
        yield f"lost: latimer {ledger['lost_exits']}, counted {count.missing()}"
    told = max(count.told_lost, count.missing())
    if (ledger["lost"]["tool_reported"] or 0) != told:
        yield f"told lost: latimer {ledger['lost']['tool_reported']}, counted {told}"
    if ledger["enters"] != count.maps.get("@enters", {"": 0})[""]:
        yield f"enters: latimer {ledger['enters']}, the kernel {count.maps.get('@enters')}"
    lossless = told == 0
    if ledger["exit_residual"] or ledger["lines"]["rejected"] or (lossless and ledger["enter_residual"]):
        yield f"the ledger: {ledger}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--latimer", required=True)
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    names = options.names or sorted(name[:-len(".out.gz")] for name in os.listdir(RECORDINGS) if name.endswith(".out.gz"))
    differing = 0
    for name in names:
        path = os.path.join(RECORDINGS, name + ".out.gz")
        with gzip.open(path, "rt", encoding="ascii") as file:
            count = Count(file.read())
        report, error = of_latimer(options.latimer, path)
        found = list(differences(report, count)) if report else [error]
        differing += bool(found)
        print(f"{name}: {'; '.join(found) if found else 'equal, ' + str(sum(row[0] for row in count.calls.values())) + ' calls'}")
    return 1 if differing or not names else 0


if __name__ == "__main__":
    sys.exit(main())
