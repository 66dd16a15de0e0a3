#!/usr/bin/env python3
"""latimer validate: right tracers are found right, and everything that can go wrong with one is found and named."""
import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from truth_lib import runner, scene  # noqa: E402  (needs the path above)
from truth_lib.bpftrace_faults import VERSION, fake_bpftrace  # noqa: E402

TIME_LIMIT_S = 240


def validate(chosen, *arguments, environment=None):
    """`latimer validate ARGUMENTS -f json`: its outcome and result (None: there is none)."""
    outcome = scene.run(chosen, "validate", "--workload-program", chosen.workload, "--seed", "1", "-f", "json",
                        *arguments, way=False, environment=environment, timeout=TIME_LIMIT_S)
    try:
        return outcome, json.loads(outcome.output)
    except ValueError:
        return outcome, None


def cells(result):
    return {(cell["scenario"], cell["way"]): cell for cell in result["cells"]}


def words(cell):
    return "; ".join(complaint["text"] for complaint in cell["complaints"])


def test_everybody(chosen):
    """All six ways, of what is hard for tracers: no cell is wrong, and what differs is explained."""
    outcome, result = validate(chosen, *[f"--scenario={name}" for name in
                                         ("enoent", "int80", "setuid-exec", "seccomp", "eintr-restart", "staircase")])
    if result is None:
        return outcome.complaints(0)
    # A host that wakes sleepers late now and then is not what this is about.
    late = any(not each["agrees"] for each in result["call_by_call"])
    complaints = outcome.complaints((0, 1) if late else 0)
    for (scenario, way), cell in cells(result).items():
        if cell["verdict"] not in ("exact", "explained"):
            complaints.append(f"{scenario} by {way}: {cell['verdict']}: {words(cell)}")
    verdicts = {way: cell["verdict"] for (scenario, way), cell in cells(result).items() if scenario == "int80"}
    if len(verdicts) != 6 or [way for way, verdict in verdicts.items() if verdict == "explained"] != [
            "perftrace-record", "perftrace-live"]:
        complaints.append(f"int80: {verdicts}")
    if {each["scenario"] for each in result["call_by_call"]} != {"staircase"}:
        complaints.append("the staircase was not compared call by call")
    return complaints


def test_durations(chosen):
    """Ten runs: sleeps are told alike."""
    outcome, result = validate(chosen, "--scenario", "sleep", "--runs", "10", "--backends", "ebpf,strace")
    rows = result["latency"] if result else []
    complaints = outcome.complaints(0)
    if len(rows) != 8 or any(row["verdict"] == "DISAGREE" for row in rows):
        complaints.append(f"{[(row['way'], row['call'], row['quantile'], row['verdict']) for row in rows]}")
    return complaints


def test_command(chosen):
    """Without a truth: a command that always does the same, seen in three ways."""
    outcome, result = validate(chosen, "--backends", "ebpf,strace", "--runs", "3", "--", "ls", "/etc")
    complaints = outcome.complaints(0)
    if result is None or not result["beside"] or {row["verdict"] for row in result["beside"]} != {"equal"}:
        complaints.append(f"{[row for row in (result or {'beside': []})['beside'] if row['verdict'] != 'equal']}")
    return complaints


def test_command_that_varies(chosen):
    """What a program does now so and now so is not held against a tracer."""
    script = "i=$(($(date +%N | sed 's/^0*//') % 7)); while [ $i -gt 0 ]; do : < /dev/null; i=$((i - 1)); done"
    outcome, result = validate(chosen, "--backends", "ebpf", "--runs", "8", "--", "sh", "-c", script)
    rows = {row["what"]: row["verdict"] for row in (result or {"beside": []})["beside"]}
    complaints = outcome.complaints(0)
    return complaints + ([] if rows.get("x86_64:openat") in ("varies", "timing") else [f"{rows}"])


def test_no_backend(chosen):
    nowhere = {"PATH": "/latimer/nothing/here"}
    outcome, _ = validate(chosen, "--scenario", "loop", "--backends", "strace", environment=nowhere)
    return outcome.complaints(1, "strace cannot be used here", "apt install strace")


def test_left_out(chosen):
    """Who asks for nobody in particular gets those that are here, and is told of the others."""
    outcome, result = validate(chosen, "--scenario", "enoent", environment={"PATH": "/latimer/nothing/here"})
    left_out = [each["way"] for each in (result or {"left_out": []})["left_out"]]
    complaints = outcome.complaints(0)
    return complaints + ([] if "strace" in left_out and "bpftrace" in left_out else [f"left out: {left_out}"])


def test_dies_at_once(chosen):
    with scene.temporary() as folder:
        fake = fake_bpftrace(folder, VERSION + "cat > /dev/null\necho 'cannot do this' >&2\nexit 1\n")
        outcome, result = validate(chosen, "--scenario", "enoent", "--backends", "bpftrace", environment=fake)
    return outcome.complaints(1) + ([] if result and "cannot do this" in words(result["cells"][0]) else [f"{result}"])


def test_dies_half_way(chosen):
    """A tracer that is killed in the middle of a run: a failure, and not of the truth."""
    with scene.temporary() as folder:
        real = shutil.which("bpftrace")
        fake = fake_bpftrace(folder, f"case $1 in --version) exec {real} --version;; esac\n{real} \"$@\" &\n"
                                     "child=$!\n(sleep 4; kill -9 $child) &\nwait $child\n")
        outcome, result = validate(chosen, "--scenario", "threads-sleep", "--backends", "bpftrace", environment=fake)
    cell = result["cells"][0] if result else {"verdict": None}
    return outcome.complaints(1) + ([] if cell["verdict"] == "FAIL" else [f"{cell}"])


def test_output_cut_off(chosen):
    lines = "latimer-bpftrace 1\\nbegun 5\\nc 10 7 3 3 110 0 1\\nc 20 7 3"
    with scene.temporary() as folder:
        fake = fake_bpftrace(folder, VERSION + f"cat > /dev/null\nprintf '{lines}'\nexit 0\n")
        outcome, result = validate(chosen, "--scenario", "enoent", "--backends", "bpftrace", environment=fake)
    cell = result["cells"][0] if result else {"verdict": None, "complaints": []}
    return outcome.complaints(1) + ([] if cell["verdict"] == "FAIL" and "in the middle" in words(cell) else [f"{cell}"])


def test_hangs_at_exit(chosen):
    """A tracer that does not end when it is told to is not waited for without end."""
    with scene.temporary() as folder:
        fake = fake_bpftrace(folder, VERSION + "trap '' INT TERM\ncat > /dev/null\n"
                                               "printf 'latimer-bpftrace 1\\nbegun 5\\n'\nwhile :; do sleep 1; done\n")
        begun = time.monotonic()
        outcome, result = validate(chosen, "--scenario", "enoent", "--backends", "bpftrace", "--timeout", "3s",
                                   environment=fake)
        took = time.monotonic() - begun
    complaints = outcome.complaints(1) + ([] if took < 60 else [f"it took {took:.0f} s"])
    return complaints + ([] if result and result["cells"][0]["verdict"] == "FAIL" else [f"{result}"])


def test_loses(chosen):
    """A buffer that is too small: loss is loss, never a tolerance, and it is told."""
    outcome, result = validate(chosen, "--scenario", "threads", "--backends", "ebpf-stream", "--ring-size", "8K")
    cell = result["cells"][0] if result else {"verdict": None}
    complaints = outcome.complaints(1)
    if cell["verdict"] != "lost" or cell["repeated"] == 0 or not re.search(r"\d+ calls were lost", words(cell)):
        complaints.append(f"{cell}")
    return complaints


def fake_workload(folder, script):
    path = os.path.join(folder, "latimer-workload")
    with open(path, "w", encoding="ascii") as file:
        file.write(f"#!/bin/sh\n[ $1 = --list ] && {{ echo 'wrong  a workload'; exit; }}\n{script}\n")
    os.chmod(path, 0o755)
    return path


def test_workload_crashes(chosen):
    with scene.temporary() as folder:
        chosen.workload = fake_workload(folder, "kill -SEGV $$")
        outcome, result = validate(chosen, "--scenario", "wrong", "--backends", "ebpf-aggregate")
    return outcome.complaints(1) + ([] if result and "killed by signal 11" in words(result["cells"][0]) else [f"{result}"])


def test_workload_without_truth(chosen):
    with scene.temporary() as folder:
        chosen.workload = fake_workload(folder, "echo no truth at all")
        outcome, result = validate(chosen, "--scenario", "wrong", "--backends", "ebpf-aggregate")
    return outcome.complaints(1) + ([] if result and "no truth" in words(result["cells"][0]) else [f"{result}"])


def test_foreign_tracer(chosen):
    """Who silences perf while we look is named."""
    if shutil.which("syscount") is None:
        runner.skip("syscount is not installed: apt install libbpf-tools")
    with subprocess.Popen(["syscount", "-L", "-d", "60"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as foreign:
        who = f"syscount (process {foreign.pid})"
        try:
            runner.wait_for(lambda: who in scene.doctor(chosen, "perftrace"), f"{who} to be named by doctor")
            outcome, result = validate(chosen, "--scenario", "enoent", "--backends", "perftrace-record,ebpf-aggregate")
        finally:
            foreign.kill()
    if result is None:
        return outcome.complaints(1)
    seen = cells(result)
    complaints = outcome.complaints(1)
    if who not in result["foreign_tracers"]:
        complaints.append(f"foreign: {result['foreign_tracers']!r}")
    if seen["enoent", "perftrace-record"]["verdict"] != "FAIL" or seen["enoent", "ebpf-aggregate"]["verdict"] != "exact":
        complaints.append(f"{seen}")
    return complaints


def test_interrupted(chosen):
    """Ctrl-C: what was seen by then, and nothing is left behind."""
    with subprocess.Popen([chosen.latimer, "validate", "--workload-program", chosen.workload, "--backends", "strace",
                           "--runs", "1000", "--scenario", "sleep", "-f", "json"],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        runner.wait_for(lambda: scene.tool_of(process.pid, "strace"), "a run to begin")
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=runner.PATIENCE_S)
    complaints = [] if process.returncode == 130 else [f"ended with {process.returncode}: {errors}"]
    return complaints + ([] if json.loads(output)["interrupted"] else ["it does not say so"])


def test_cannot_write(chosen):
    outcome = scene.run(chosen, "validate", "--workload-program", chosen.workload, "--scenario", "enoent", "--backends",
                        "ebpf-aggregate", "-o", "/dev/full", way=False)
    return outcome.complaints(1, "no space left")


def main():
    tests = runner.tests_of(globals())
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--latimer", required=True)
    parser.add_argument("--workload", required=True)
    parser.add_argument("test", choices=tests)
    chosen = parser.parse_args()
    if os.geteuid() != 0:
        runner.skip("needs root, for tracers of all kinds")
    scene.adopt_orphans()
    complaints = tests[chosen.test](chosen) + scene.left_behind()
    for complaint in complaints:
        print(f"{chosen.test}: {complaint}")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
