#!/usr/bin/env python3
"""latimer attached to a process that already runs: what it is in, what it does, what it is still in at the end."""
import os
import signal
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from truth_lib import judge, runner  # noqa: E402  (needs the path above)


def counted(chosen, scenario, *options):
    """A process that waits at the gate while latimer attaches, then does all its work."""
    with runner.Gated(chosen.workload, scenario) as workload:
        wait_at_gate(workload)
        with runner.Attached(chosen.latimer, chosen.way, workload.pid, options) as latimer:
            truth = workload.go()
            runner.wait_for(lambda: runner.asleep(workload.pid), "the workload to linger")
            report = latimer.finish()
    return truth, report


def wait_at_gate(workload):
    runner.wait_for(lambda: runner.asleep(workload.pid), "the workload to wait at the gate")


def test_loop(chosen):
    truth, report = counted(chosen, "loop")
    complaints = judge.everything(truth, report, launched=False)
    return complaints + gate_was_seen(chosen, report)


def gate_was_seen(chosen, report):
    """The read at the gate began before we attached: not a completion. The one at the end is in flight."""
    calls, complaints = judge.rows_by_call(report), []
    readv = calls.get("x86_64:readv", judge.NOTHING)
    if chosen.way != "strace" and report["ledger"]["began_before_attach"] != 1:
        complaints.append(f"began before attach: {report['ledger']['began_before_attach']}, in truth 1")
    if chosen.way != "strace" and readv["count"] != 0:
        complaints.append(f"readv counted {readv['count']} times, though it began before we attached")
    if readv["in_flight"] != 1:
        complaints.append(f"readv in flight: {readv['in_flight']}, in truth 1")
    return complaints


def test_threads(chosen):
    truth, report = counted(chosen, "threads")
    return judge.everything(truth, report, launched=False)


def test_children_followed(chosen):
    truth, report = counted(chosen, "children", "--follow")
    return judge.everything(truth, report, launched=False)


def test_children_left(chosen):
    """Without --follow, what children do is nobody's business; what makes and waits for them is."""
    truth, report = counted(chosen, "children")
    calls = judge.rows_by_call(report)
    complaints = judge.rows(report)
    for call in ("x86_64:fork", "x86_64:wait4"):
        if calls.get(call, judge.NOTHING)["count"] != truth["truth"][call]["count"]:
            complaints.append(f"{call}: {calls.get(call, judge.NOTHING)['count']}, in truth {truth['truth'][call]}")
    if "x86_64:getppid" in calls:
        complaints.append("getppid of children that were not to be followed")
    return complaints


def hang(chosen):
    """A workload that is inside a read that never returns."""
    workload = runner.Gated(chosen.workload, "hung")
    workload.go()
    runner.wait_for(lambda: runner.asleep(workload.pid), "the workload to hang")
    return workload


def test_hung_before(chosen):
    """Hung for the whole capture: no entry and no exit is ever seen, and yet it must be told."""
    with hang(chosen) as workload, runner.Attached(chosen.latimer, chosen.way, workload.pid) as latimer:
        report = latimer.finish()
    calls = judge.rows_by_call(report)
    complaints = judge.ledger(report)
    if calls.get("x86_64:read", judge.NOTHING)["in_flight"] != 1:
        complaints.append(f"read in flight: {calls.get('x86_64:read')}, in truth 1")
    told = [call for call in report["in_flight"] if call["name"] == "read"]
    if len(told) != 1 or told[0]["tid"] != workload.pid or not told[0]["at_least"]:
        complaints.append(f"the hung call is told as {report['in_flight']}")
    return complaints


def test_hung_within(chosen):
    with runner.Gated(chosen.workload, "hung") as workload:
        wait_at_gate(workload)
        with runner.Attached(chosen.latimer, chosen.way, workload.pid) as latimer:
            truth = workload.go()
            runner.wait_for(lambda: runner.asleep(workload.pid), "the workload to hang")
            report = latimer.finish()
    return judge.everything(truth, report, launched=False)


def test_refused(chosen):
    """Calls that seccomp refuses have no entry. With -e nothing has shown before that the process is in no call that began
    earlier, so the first return is taken for one of those; no other may be."""
    truth, report = counted(chosen, "seccomp", "-e", "getpgrp")
    book, made = report["ledger"], truth["refused"]["x86_64:getpgrp"]
    seen, before = judge.rows_by_call(report)["x86_64:getpgrp"]["count"], book["began_before_attach"] or 0
    told = f"{seen} refusals and {before} that began before, in truth {made} refused"
    return judge.ledger(report) + ([] if seen + before == made and before <= 1 else [told])


def test_killed_target(chosen):
    """The end of the target ends the capture, and the report is whole."""
    with runner.Gated(chosen.workload, "hung") as workload:
        wait_at_gate(workload)
        with runner.Attached(chosen.latimer, chosen.way, workload.pid) as latimer:
            truth = workload.go()
            runner.wait_for(lambda: runner.asleep(workload.pid), "the workload to hang")
            os.kill(workload.pid, signal.SIGKILL)
            workload.process.wait()
            latimer.process.wait(timeout=runner.PATIENCE_S)
            report = latimer.finish()
    truth["killed_inside"], truth["in_flight"] = truth["in_flight"], {}
    return judge.everything(truth, report, launched=False)


if __name__ == "__main__":
    sys.exit(runner.main(__doc__, runner.tests_of(globals())))
