"""Loss, caused: tables and buffers that are far too small. Every lost call must be told."""
import json
import os

from . import runner, scene


def observe(chosen, way, scenario, *options):
    """(truth, report, outcome) of a run that may lose calls."""
    with scene.temporary() as folder:
        out = os.path.join(folder, "report.json")
        chosen.way = way
        outcome = scene.run(chosen, "latency", *options, "-f", "json", "-o", out, "--", chosen.workload, *scenario)
        report = None
        if os.path.exists(out):
            with open(out, encoding="utf-8") as file:
                report = json.load(file)
    return runner.truth_in(outcome.output), report, outcome


def residuals(report):
    book = report["ledger"]
    return [f"the ledger does not balance: {name} {book[name]}" for name in ("enter_residual", "exit_residual")
            if book[name] not in (0, None)]


def test_tiny_ring(chosen):
    """made = received + lost, exactly; only getppid is watched, so that only getppid can be lost."""
    truth, report, outcome = observe(chosen, "ebpf-stream", ["threads", "1000000"], "--ring-size", "64K",
                                     "-e", "getppid", "--fail-on-loss")
    if report is None:
        return outcome.complaints(3)
    made = truth["truth"]["x86_64:getppid"]["count"]
    seen = sum(row["count"] for row in report["syscalls"])
    lost = report["ledger"]["lost"]["ring_full"]
    complaints = residuals(report) + outcome.complaints(3)
    if not lost:
        complaints.append(f"nothing was lost of {made} calls, so nothing was tested")
    if made != seen + (lost or 0):
        complaints.append(f"{made} made, {seen} received, {lost} lost")
    if report["complete"]:
        complaints.append("the report says that it is complete")
    return complaints


def test_tiny_tables(chosen):
    """More kinds of rows than the tables hold: calls are lost, not forgotten."""
    truth, report, outcome = observe(chosen, "ebpf-aggregate", ["churn", "3000"], "--map-memory", "512K",
                                     "--by", "thread", "-e", "getppid", "--fail-on-loss")
    if report is None:  # a limit that nothing fits in is refused, with the reason
        return outcome.complaints(125, "map-memory")
    made = truth["truth"]["x86_64:getppid"]["count"]
    seen = sum(row["count"] for row in report["syscalls"])
    lost = report["ledger"]["lost"]["map_full"] or 0
    complaints = residuals(report)
    if made != seen + lost:
        complaints.append(f"{made} made, {seen} in rows, {lost} lost for want of room")
    if bool(lost) == report["complete"]:
        complaints.append(f"{lost} lost, complete {report['complete']}")
    return complaints + outcome.complaints(3 if lost else 0)


def test_many_children_by_process(chosen):
    """Rows of the dead are folded, so that there is room for more children than the tables hold (4,096).

    Whoever makes 13,000 children a second outruns a latimer that gets no CPU for 200 ms: that is told as lost.
    """
    truth, report, outcome = observe(chosen, "ebpf-aggregate", ["children", "6000"], "--by", "process",
                                     "-e", "getppid")
    if report is None:
        return outcome.complaints(0)
    made = truth["truth"]["x86_64:getppid"]["count"]
    seen = sum(row["count"] for row in report["syscalls"])
    lost = sum(count or 0 for count in report["ledger"]["lost"].values())
    complaints = residuals(report)
    if made != seen + lost or lost > made // 20:
        complaints.append(f"{made} made, {seen} in rows, {lost} lost")
    return complaints
