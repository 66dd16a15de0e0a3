#!/usr/bin/env python3
"""Every scenario of known truth by eBPF aggregate, eBPF stream and strace: what is exact, and every other difference.

Truth-bearing calls must be exact in all three. Every other call is compared between the three; where it differs, a
rule must name the reason and hold for all three numbers.
"""
import argparse
import ctypes
import os
import platform
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from truth_lib import judge, runner  # noqa: E402  (needs the path above)
from truth_test import setuid_copy  # noqa: E402

ATTACH_ONLY = {"hung"}


def scenarios(workload):
    listed = subprocess.run([workload, "--list"], capture_output=True, text=True, check=True).stdout
    return [line.split()[0] for line in listed.splitlines() if line.split()[0] not in ATTACH_ONLY]


def joins(call, counts, truths):
    """A thread that joins sleeps in futex only when the other still runs: at most once for each thread made."""
    threads = [truth["threads_made"] for truth in truths]
    return call == "x86_64:futex" and all(count <= made for count, made in zip(counts, threads))


RULES = [("whether a joining thread must wait depends on which comes first; at most once for each thread", joins)]


def threads_made(report):
    """clone3 and clone make threads here, fork and vfork children."""
    return sum(row["count"] for row in report["syscalls"] if row["name"] in ("clone3", "clone"))


def observe(chosen, way, scenario):
    with tempfile.TemporaryDirectory() as folder:
        command = [chosen.workload, scenario]
        if scenario == "setuid-exec":
            command += ["--", setuid_copy(chosen.workload, folder)]
        output, report = runner.run_command(chosen.latimer, way, command)
    truth = runner.truth_in(output)
    truth["threads_made"] = threads_made(report)
    return truth, report


def explain(call, counts, truths):
    for reason, rule in RULES:
        if rule(call, counts, truths):
            return reason
    return None


def compare(seen):
    """Lines about calls that are not truth-bearing and differ; the number of those that no rule explains."""
    truths = [truth for truth, _ in seen.values()]
    tables = [judge.rows_by_call(report) for _, report in seen.values()]
    bearing = set().union(*(truth["truth"] for truth in truths))
    lines, unexplained = [], 0
    for call in sorted(set().union(*tables) - bearing):
        counts = [table.get(call, judge.NOTHING)["count"] for table in tables]
        if len(set(counts)) > 1:
            reason = explain(call, counts, truths)
            unexplained += reason is None
            lines.append(f"      {call}: {' / '.join(map(str, counts))}: {reason or 'NOT EXPLAINED'}")
    return lines, unexplained


def summary(truth, report):
    bearing = [call for call in truth["truth"]]
    made = sum(made["count"] for made in truth["truth"].values())
    book = report["ledger"]
    parts = [f"{len(bearing)} calls, {made} times"]
    for field in ("killed_inside", "refused"):
        if truth[field]:
            parts.append(f"{field} {sum(truth[field].values())}")
    for term in ("child_returns", "no_return"):
        if book[term]:
            parts.append(f"{term} {book[term]}")
    return ", ".join(parts)


def row(chosen, ways, scenario):
    """Prints one scenario; returns the number of complaints."""
    seen = {way: observe(chosen, way, scenario) for way in ways}
    failures = 0
    first = next(iter(seen.values()))
    complaints = {way: judge.everything(*pair) for way, pair in seen.items()}
    marks = "  ".join(f"{'exact, balanced' if not complaints[way] else 'WRONG':15}" for way in ways)
    print(f"  {scenario:18} {marks}  {summary(*first)}")
    for way in ways:
        for complaint in complaints[way]:
            print(f"      {way}: {complaint}")
        failures += len(complaints[way])
    lines, unexplained = compare(seen)
    print("\n".join(lines), end="\n" if lines else "", flush=True)
    return failures + unexplained


def fix_addresses():
    """A randomised address space changes how often malloc asks for memory, whatever traces. Children inherit this."""
    addr_no_randomize = 0x0040000  # linux/personality.h
    ctypes.CDLL(None).personality(addr_no_randomize)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--latimer", required=True)
    parser.add_argument("--workload", required=True)
    parser.add_argument("--way", action="append", choices=runner.WAYS, help="only these; may be repeated")
    parser.add_argument("scenario", nargs="*")
    chosen = parser.parse_args()
    fix_addresses()
    ways = chosen.way or list(runner.WAYS)
    for way in ways:
        runner.require_way(way)
    print(f"Linux {platform.release()}\n  {'scenario':18} {'  '.join(f'{way:15}' for way in ways)}  truth")
    wrong = sum(row(chosen, ways, scenario) for scenario in chosen.scenario or scenarios(chosen.workload))
    print("everything exact or explained" if not wrong else f"{wrong} figures are wrong or not explained")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
