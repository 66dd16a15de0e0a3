#!/usr/bin/env python3
"""latimer --input on every recording, beside an independent count of the same text, and beside what was approved.

    recordings_test.py --latimer PATH [NAME...]

Equal must be, by name of the call: how often it returned, its errors by name, and the summed time, to the nanosecond;
and in total: killed inside, in flight, lost exits, returned without a beginning. A difference counts as explained only by
a rule that predicts its exact number:
  numbers      strace names a call it does not know by its number; latimer may know the name
  socketcall   strace prints i386 socketcall and ipc as the call inside; read by number they are themselves
Each log is read twice, without and with the flags that strace was given. One whose layout is ambiguous (its description
says why) is compared only with them.

Then NAME.expected.json: a part of latimer's report, byte for byte; only `approve` writes those. Exit status: 0 equal, 1
not, 77 latimer cannot read recordings.
"""
import argparse
import importlib.machinery
import importlib.util
import json
import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
_loader = importlib.machinery.SourceFileLoader("independent_count", os.path.join(HERE, "independent_count"))
independent_count = importlib.util.module_from_spec(importlib.util.spec_from_loader("independent_count", _loader))
_loader.exec_module(independent_count)

SKIP = 77
PATIENCE = 60
SOCKETCALL = set("""socket bind connect listen accept getsockname getpeername socketpair send recv sendto recvfrom shutdown
    setsockopt getsockopt sendmsg recvmsg accept4 recvmmsg sendmmsg""".split())
IPC = set("semop semget semctl semtimedop msgsnd msgrcv msgget msgctl shmat shmdt shmget shmctl".split())
ROW = ("abi", "name", "count", "errors", "total_ns", "min_ns", "max_ns", "p50_ns", "p99_ns", "killed_inside", "in_flight")
LEDGER = ("enters", "exits", "completed", "in_flight", "no_return", "lost_exits", "child_returns", "refused",
          "began_before_attach", "lost_enters", "lost", "total_lost", "enter_residual", "exit_residual", "balanced", "lines")


def reads_recordings(latimer):
    shown = subprocess.run([latimer, "latency", "--help"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                           stdin=subprocess.DEVNULL, timeout=PATIENCE, check=False)
    return b"--input" in shown.stdout


class Answer:
    """What latimer made of one log: `report`, or the `status` and `message` it ended with."""

    def __init__(self, latimer, log, flags=None):
        with tempfile.TemporaryDirectory(prefix="latimer-recordings-") as folder:
            out = os.path.join(folder, "report.json")
            told = [] if flags is None else ["--input-flags=" + flags]
            ended = subprocess.run([latimer, "latency", "--input", log, *told, "-f", "json", "-o", out],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
                                   timeout=PATIENCE, check=False)
            self.status = ended.returncode
            # Where the log lies depends on the machine.
            self.message = (ended.stdout + ended.stderr).decode("utf-8", "replace").replace(os.path.dirname(log) + "/", "")
            self.report = None
            if os.path.exists(out) and os.path.getsize(out):
                with open(out, encoding="utf-8") as file:
                    self.report = json.loads(file.read().splitlines()[-1].replace(os.path.dirname(log) + "/", ""))


def by_name(report, ours):
    """latimer's rows summed over ABIs, {name: {count, errors, total_ns}}; names that strace did not know as it wrote them."""
    unnamed = {}
    for name in ours:
        if name.startswith("syscall_0x"):
            number = int(name[len("syscall_"):], 16)
            unnamed[number - 2**64 if number >= 2**63 else number] = name
    rows, explained = {}, set()
    for row in report["syscalls"]:
        name = row["name"]
        if name not in ours and row["number"] in unnamed:
            name = unnamed[row["number"]]
            explained.add("numbers")
        if not row["count"]:
            continue
        sum_ = rows.setdefault(name, {"count": 0, "error_count": 0, "errors": {}, "total_ns": 0})
        sum_["count"] += row["count"]
        sum_["error_count"] += row["error_count"]
        for error, count in row["errors"].items():
            sum_["errors"][error] = sum_["errors"].get(error, 0) + count
        if row["total_ns"] is None or sum_["total_ns"] is None:
            sum_["total_ns"] = None
        else:
            sum_["total_ns"] += row["total_ns"]
    return rows, explained


def folded(rows, group, name):
    """The rows of `group` and `name` as one."""
    result = {}
    for own, row in rows.items():
        key = name if own in group or own == name else own
        if key not in result:
            result[key] = {**row, "errors": dict(row["errors"])}
            continue
        into = result[key]
        into["count"] += row["count"]
        into["error_count"] += row["error_count"]
        for error, count in row["errors"].items():
            into["errors"][error] = into["errors"].get(error, 0) + count
        into["total_ns"] = None if row["total_ns"] is None or into["total_ns"] is None else into["total_ns"] + row["total_ns"]
    return result


def differences(answer, ours):
    """What is not equal, as lines; and the rules that explained the rest."""
    if answer.report is None:
        if ours["calls"] + ours["exits"] + sum(ours["in_flight"].values()) + sum(ours["killed_inside"].values()) == 0:
            return [] if answer.status > 0 else ["neither a report nor an error"], {"refused"}  # a log without records
        return [f"no report; exit status {answer.status}: {answer.message.strip()[:300]}"], set()
    report, mine = answer.report, ours["syscalls"]
    theirs, explained = by_name(report, mine)
    for group, name in ((SOCKETCALL, "socketcall"), (IPC, "ipc")):
        if name in theirs and theirs[name]["count"] != mine.get(name, {"count": 0})["count"]:
            theirs, mine = folded(theirs, group, name), folded(mine, group, name)
            explained.add("socketcall")
    found = []
    for name in sorted(set(mine) | set(theirs)):
        if mine.get(name) != theirs.get(name):
            found.append(f"{name}: counted {short(mine.get(name))}, latimer {short(theirs.get(name))}")
    ledger = report["ledger"]
    totals = {
        "killed inside": (sum(ours["killed_inside"].values()), sum(row["killed_inside"] for row in report["syscalls"])),
        "in flight": (sum(ours["in_flight"].values()), sum(row["in_flight"] for row in report["syscalls"])),
        "in flight (ledger)": (sum(ours["in_flight"].values()), ledger["in_flight"]),
        "lost exits": (ours["lost_exits"], ledger["lost_exits"]),
        "without a beginning": (sum(ours["resumed_alone"].values()),
                                (ledger["began_before_attach"] or 0) + (ledger["lost_enters"] or 0)),
    }
    for what, (counted, latimers) in totals.items():
        if counted != latimers:
            found.append(f"{what}: counted {counted}, latimer {latimers}")
    lines = ledger["lines"]
    if lines["total"] != lines["records"] + sum(lines["ignored"].values()) + sum(lines["rejected"].values()):
        found.append(f"lines: {lines} do not add up")
    return found, explained


def short(row):
    if row is None:
        return "nothing"
    errors = " ".join(f"{name}={count}" for name, count in sorted(row["errors"].items()))
    return f"{row['count']} calls, errors {row['error_count']} ({errors}), {row['total_ns']} ns"


def approvable(answer):
    """The part of the report that is kept: no times of day, no machine, a row on a line."""
    if answer.report is None:
        return json.dumps({"exit_status": answer.status, "message": answer.message}, indent=1, ensure_ascii=False) + "\n"
    report = answer.report
    rows = sorted(({key: row.get(key) for key in ROW} for row in report["syscalls"]), key=lambda row: (row["abi"], row["name"]))
    for row in rows:
        row["errors"] = dict(sorted(row["errors"].items()))
    ledger = {key: report["ledger"].get(key) for key in LEDGER}
    text = ['{"exit_status": %d, "complete": %s,' % (answer.status, json.dumps(report["complete"])), '"syscalls": [']
    text.append(",\n".join(" " + json.dumps(row, ensure_ascii=False) for row in rows))
    text.append("],")
    text.append('"ledger": ' + json.dumps(ledger, sort_keys=True, ensure_ascii=False) + ",")
    text.append('"warnings": ' + json.dumps(report["warnings"], indent=1, ensure_ascii=False) + "}")
    return "\n".join(text) + "\n"


def table_alone(log, wall):
    """What a log says that holds nothing but strace's own table, as a count; None: it holds more, or nothing. The times of
    such a table mean something only where the flags say that they are wall time."""
    if os.path.isdir(log):
        return None
    rows = {}
    for name, (calls, errors, time) in (independent_count.table_of(independent_count.text_of(log).split("\n")) or {}).items():
        rows[name] = {"count": calls, "error_count": errors, "errors": {"(not named)": errors} if errors else {},
                      "total_ns": time if wall else None}
    return rows or None


class Recording:
    def __init__(self, path):
        self.name = os.path.basename(path)[: -len(".json")]
        self.description, self.log = independent_count.load(path)
        self.flags = self.description["flags"]
        self.expected = os.path.join(os.path.dirname(path), self.name + ".expected.json")
        self.ours = independent_count.count_log(self.log, self.flags).as_json()

    def as_told(self, flags):
        """The count to be expected of who knows these flags."""
        if self.ours["calls"]:
            return self.ours
        table = table_alone(self.log, "-w" in flags.split())
        return self.ours if table is None else {**self.ours, "syscalls": table, "calls": 1}

    def compare(self, latimer):
        """(differences, rules used, what is to be approved)"""
        told = Answer(latimer, self.log, self.flags or None)
        found, explained = differences(told, self.as_told(self.flags))
        found = ["with --input-flags: " + line for line in found]
        kept = told
        if "ambiguous" not in self.description:
            kept = Answer(latimer, self.log)
            more, rules = differences(kept, self.as_told(""))
            found += more
            explained |= rules
        return found, explained, approvable(kept)

    def row(self, verdict):
        total = "-" if self.ours["total_ns"] is None else f"{self.ours['total_ns'] / 1e9:.6f}"
        flags = self.flags if len(self.flags) <= 44 else self.flags[:41] + "..."
        numbers = f"{self.ours['lines']:6} {self.ours['calls']:6} {self.ours['errors']:6} {total:>11}"
        return f"{self.name:26} {flags:44} {numbers}  {verdict}"


HEAD = f"{'recording':26} {'flags':44} {'lines':>6} {'calls':>6} {'errors':>6} {'total s':>11}  equal?"


def chosen(names):
    paths = [path for path in independent_count.every_recording()
             if not names or os.path.basename(path)[: -len(".json")] in names]
    missing = set(names) - {os.path.basename(path)[: -len(".json")] for path in paths}
    if missing:
        raise SystemExit("there is no recording " + ", ".join(sorted(missing)))
    return paths


def check_counter(paths):
    """The counter against the tables that strace itself wrote; the number of logs that differ."""
    wrong = 0
    for path in paths:
        found = independent_count.check(*independent_count.load(path))
        if found:
            wrong += 1
            print(f"the counter differs from strace's own table in {os.path.basename(path)}:", *found, sep="\n    ")
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--latimer", required=True, metavar="PATH")
    parser.add_argument("names", nargs="*", metavar="NAME")
    arguments = parser.parse_args()
    paths = chosen(arguments.names)
    if check_counter(paths):
        return 1
    if not reads_recordings(arguments.latimer):
        print(f"skipped: `{arguments.latimer} latency` has no --input")
        return SKIP
    print(HEAD)
    wrong = 0
    for path in paths:
        recording = Recording(path)
        found, explained, text = recording.compare(arguments.latimer)
        if not os.path.exists(recording.expected):
            found.append("nothing was approved yet: see approve")
        else:
            with open(recording.expected, encoding="utf-8") as file:
                if file.read() != text:
                    found.append("not what was approved: `approve --look` shows the difference")
        verdict = "DIFFERS" if found else "explained: " + ", ".join(sorted(explained)) if explained else "equal"
        print(recording.row(verdict), *found, sep="\n    ", flush=True)
        wrong += bool(found)
    print(f"{len(paths)} recordings, {wrong} differ")
    return 1 if wrong or not paths else 0


if __name__ == "__main__":
    sys.exit(main())
