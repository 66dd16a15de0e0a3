#!/usr/bin/env python3
"""`latimer count -- CMD` beside `strace -f -c` on five real programs: every row equal, or the difference explained.

A difference counts as explained only by a rule that predicts its exact number from latimer's own report:
  restarts   a call that a signal interrupted is completed and made again. Which signals arrive inside a call depends
             on the tracer (under ptrace an ignored SIGCHLD interrupts too), so ERESTART* completions are taken off.
             strace -c does not split its errors by errno; the rule is tried only where latimer saw such errors.
  varies     the program does not make the same calls every time (names of temporary files are drawn until one is free):
             another run under strace shows exactly latimer's number.
"""
import argparse
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from truth_lib import runner  # noqa: E402  (needs the path above)

PROGRAMS = {
    "find": ["find", "/usr/include", "-name", "*.h"],
    "tar": ["tar", "-P", "-cf", "{folder}/archive.tar", "/usr/include/linux"],
    "python3": ["/usr/bin/python3", "-B", "-c", "import json, re, subprocess; subprocess.run(['true'])"],
    "g++": ["g++", "-c", "-o", "{folder}/hello.o", "{folder}/hello.cpp"],
    "sh": ["sh", "-c", "for i in 1 2 3 4 5 6 7 8 9 10; do ls /usr >/dev/null; grep root /etc/passwd >/dev/null; done"],
}
HELLO = "#include <string>\nint main() { return static_cast<int>(std::string(\"hello\").size()); }\n"
# The same addresses, names and hash seeds in every run, so that only the tracer differs.
ENVIRONMENT = {**os.environ, "PYTHONHASHSEED": "0", "LC_ALL": "C", "CCACHE_DISABLE": "1"}


def still(command, folder):
    """Without a randomised address space, which decides how often malloc asks for memory."""
    return ["setarch", "-R", *[word.replace("{folder}", folder) for word in command]]


def by_latimer(latimer, command, folder):
    """{name: (count, errors, {errno: count})}, and whether the report is complete."""
    environment = dict(os.environ)
    os.environ.update(ENVIRONMENT)
    try:
        _, report = runner.run_command(latimer, "ebpf-aggregate", still(command, folder), "count")
    finally:
        os.environ.clear()
        os.environ.update(environment)
    rows = {}
    for row in report["syscalls"]:
        if row["count"]:
            rows[row["name"]] = (row["count"], row["error_count"], row["errors"])
    return rows, report["complete"]


def by_strace(command, folder):
    """{name: (count, errors)} of the table that strace -c prints."""
    table = os.path.join(folder, "strace.table")
    subprocess.run(["strace", "-f", "-c", "-o", table, *still(command, folder)], check=True, stdin=subprocess.DEVNULL,
                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENVIRONMENT)  # pipes, as latimer's run has
    rows = {}
    with open(table, encoding="utf-8") as file:
        for line in file:
            words = line.split()
            # % time, seconds, usecs/call, calls, [errors,] name
            if len(words) in (5, 6) and words[3].isdigit() and words[-1] != "total":
                rows[words[-1]] = (int(words[3]), int(words[4]) if len(words) == 6 else 0)
    return rows


def restarts(errors):
    return sum(count for name, count in errors.items() if name.startswith("ERESTART"))


# How often strace is run again until it has seen the number of a program that varies, which may be a rare one.
MOST_RUNS = 30


def explanation(call, ours, runs):
    """The rule that predicts the difference exactly, or None. `runs`: what strace saw, run by run."""
    count, errors, by_errno = ours
    again = restarts(by_errno)
    if again and (count - again, errors - again) == runs[0].get(call, (0, 0)):
        return f"restarts: {again} completions with ERESTART*"
    if any(run.get(call, (0, 0)) == ours[:2] for run in runs[1:]):
        return "varies: so did another run under strace"
    return None


def compare(latimer, name, command):
    """Prints every row that differs; returns how many of them are not explained."""
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "hello.cpp"), "w", encoding="ascii") as file:
            file.write(HELLO)
        by_strace(command, folder)  # what the first run alone does: caches of the program's own, page cache
        theirs = by_strace(command, folder)
        ours, complete = by_latimer(latimer, command, folder)
        runs = [theirs]
        differ = [call for call in sorted(set(ours) | set(theirs))
                  if ours.get(call, (0, 0))[:2] != theirs.get(call, (0, 0))]
        while len(runs) < MOST_RUNS and not all(explanation(call, ours.get(call, (0, 0, {})), runs) for call in differ):
            runs.append(by_strace(command, folder))
    unexplained, differing = 0, []
    for call in differ:
        mine, other = ours.get(call, (0, 0, {})), theirs.get(call, (0, 0))
        reason = explanation(call, mine, runs)
        unexplained += reason is None
        differing.append(f"    {call}: latimer {mine[0]} ({mine[1]} errors), strace {other[0]} ({other[1]}): "
                         f"{reason or 'NOT EXPLAINED'}")
    total = sum(row[0] for row in ours.values())
    print(f"  {name:8} {len(ours)} kinds of calls, {total} calls, complete {complete}: "
          f"{'all equal' if not differing else f'{len(differing)} differ'}")
    print("\n".join(differing), end="\n" if differing else "", flush=True)
    return unexplained + (not complete)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--latimer", required=True)
    parser.add_argument("--workload", help="not used; every truth test is given one")
    parser.add_argument("program", nargs="*", help=f"of: {' '.join(PROGRAMS)} (default: all)")
    chosen = parser.parse_args()
    for way in ("ebpf-aggregate", "strace"):
        runner.require_way(way)
    wanted = chosen.program or list(PROGRAMS)
    for name in wanted:
        if name not in PROGRAMS:
            parser.error(f"there is no program {name}")
        if shutil.which(PROGRAMS[name][0]) is None:
            runner.skip(f"{PROGRAMS[name][0]} is not installed")
    return 1 if sum(compare(chosen.latimer, name, PROGRAMS[name]) for name in wanted) else 0


if __name__ == "__main__":
    sys.exit(main())
