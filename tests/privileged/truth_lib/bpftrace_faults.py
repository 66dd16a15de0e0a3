"""bpftrace missing, too old, not permitted, killed, silent, losing records: told, and the target is not hurt."""
import json
import os
import signal
import subprocess

from . import judge, runner, scene
from .loss_faults import observe, residuals

VERSION = "[ $1 = --version ] && { echo bpftrace v0.17.0; exit; }\n"


def fake_bpftrace(folder, script):
    path = os.path.join(folder, "bpftrace")
    with open(path, "w", encoding="ascii") as file:
        file.write("#!/bin/sh\n" + script)
    os.chmod(path, 0o755)
    return {"PATH": f"{folder}:{os.environ['PATH']}"}


def bpftrace_of(latimer):
    return scene.tool_of(latimer.process.pid, "bpftrace")


def test_bpftrace_absent(chosen):
    return scene.run(chosen, "latency", "--", "/bin/true", environment={"PATH": "/latimer/nothing/here"}).complaints(
        125, "bpftrace is not installed", "apt install")


def test_bpftrace_too_old(chosen):
    with scene.temporary() as folder:
        return scene.run(chosen, "latency", "--", "/bin/true",
                         environment=fake_bpftrace(folder, "echo 'bpftrace v0.9.4'\n")).complaints(125, "0.9.4", "0.17")


def test_bpftrace_does_not_begin(chosen):
    """A bpftrace that ends at once: what it said is told, and the command has not been run."""
    said = "stdin:9:1-43: ERROR: tracepoint not found: raw_syscalls:sys_enter"
    with scene.temporary() as folder:
        mark = os.path.join(folder, "mark")
        fake = fake_bpftrace(folder, VERSION + f"cat > /dev/null\necho '{said}' >&2\nexit 1\n")
        outcome = scene.run(chosen, "latency", "--", "touch", mark, environment=fake)
        begun = ["the command was run although nothing could watch it"] if os.path.exists(mark) else []
    return begun + outcome.complaints(125, said, "doctor")


def test_bpftrace_cut_off(chosen):
    """Output that ends within a record: what came before counts, and the report is not whole."""
    lines = "latimer-bpftrace 1\\nbegun 5\\nc 10 7 3 3 110 0 1\\nc 20 7 3"
    with scene.temporary() as folder:
        out = os.path.join(folder, "report.json")
        fake = fake_bpftrace(folder, VERSION + f"cat > /dev/null\nprintf '{lines}'\nexit 0\n")
        outcome = scene.run(chosen, "latency", "-f", "json", "-o", out, "--", "/bin/true", environment=fake)
        with open(out, encoding="utf-8") as file:
            report = json.load(file)
    complaints = outcome.complaints(125, "bpftrace", "in the middle")
    if [row["count"] for row in report["syscalls"]] != [1] or report["ledger"]["lines"]["rejected"] != {"cut off": 1}:
        complaints.append(f"told: {report['syscalls']}, {report['ledger']['lines']}")
    return complaints + (["the report says that it is complete"] if report["complete"] else [])


def test_bpftrace_as_nobody(chosen):
    with scene.temporary() as folder:
        scene.for_everybody(chosen, folder)
        refused = scene.run(chosen, "latency", "--", chosen.workload, "loop", "10", user="nobody")
    return refused.complaints(125, "root", "sudo")


def test_bpftrace_in_pid_namespace(chosen):
    """Its numbers are not those that bpftrace sees."""
    line = ["unshare", "--pid", "--fork", "--mount-proc", chosen.latimer, "latency", "-b", "bpftrace", "--", "/bin/true"]
    done = subprocess.run(line, capture_output=True, text=True, timeout=runner.PATIENCE_S, check=False)
    return scene.Outcome(done.returncode, done.stdout, done.stderr).complaints(125, "pid namespace", "host")


def test_kill_bpftrace(chosen):
    """The report must not pretend to be whole, and holds what was told before."""
    with runner.Gated(chosen.workload, "loop", "1000") as workload:
        runner.wait_for(lambda: runner.asleep(workload.pid), "the workload to wait at the gate")
        with runner.Attached(chosen.latimer, chosen.way, workload.pid) as latimer:
            workload.go()
            runner.wait_for(lambda: runner.asleep(workload.pid), "the workload to linger")
            os.kill(bpftrace_of(latimer), signal.SIGKILL)
            _, errors = latimer.process.communicate(timeout=runner.PATIENCE_S)
            complaints = [] if "bpftrace was killed" in errors else [f"not told that bpftrace was killed: {errors[-400:]!r}"]
            if latimer.process.returncode == 0:
                complaints.append("latimer ended with 0, as if all were well")
            with open(latimer.out, encoding="utf-8") as file:
                report = json.load(file)
    if report["complete"]:
        complaints.append("the report says that it is complete")
    return complaints


def test_silent_bpftrace(chosen):
    """It neither says anything more nor ends: killed, told, and the target runs on."""
    with runner.Gated(chosen.workload, "loop", "1000") as workload:
        runner.wait_for(lambda: runner.asleep(workload.pid), "the workload to wait at the gate")
        with runner.Attached(chosen.latimer, chosen.way, workload.pid) as latimer:
            os.kill(bpftrace_of(latimer), signal.SIGSTOP)
            latimer.process.send_signal(signal.SIGINT)
            _, errors = latimer.process.communicate(timeout=runner.PATIENCE_S)
            complaints = [] if "did not end" in errors else [f"not told that bpftrace was killed: {errors[-400:]!r}"]
            if latimer.process.returncode == 0:
                complaints.append("latimer ended with 0, as if all were well")
        return complaints + scene.works(workload)


def test_bpftrace_tiny_ring(chosen):
    """made = received + lost, exactly; only getppid is watched, so that only getppid can be lost."""
    truth, report, outcome = observe(chosen, chosen.way, ["threads", "100000"], "--ring-size", "8K", "-e", "getppid",
                                     "--fail-on-loss")
    if report is None:
        return outcome.complaints(3)
    made = truth["truth"]["x86_64:getppid"]["count"]
    seen = sum(row["count"] for row in report["syscalls"])
    book = report["ledger"]
    told = book["lost"]["tool_reported"] or 0
    complaints = residuals(report) + outcome.complaints(3)
    if not told:
        return complaints + [f"nothing was lost of {made} calls, so nothing was tested"]
    if made != seen + book["lost_exits"] or book["lost_enters"] != book["lost_exits"]:
        complaints.append(f"{made} made, {seen} received, {book['lost_enters']} and {book['lost_exits']} lost")
    # Of what bpftrace says itself some are its own ticks.
    if not book["lost_exits"] <= told <= book["lost_exits"] + 200:
        complaints.append(f"{book['lost_exits']} lost, {told} told")
    return complaints + (["the report says that it is complete"] if report["complete"] else [])


def test_bpftrace_tiny_maps(chosen):
    """More threads than the maps have room for: calls are lost, not forgotten."""
    with scene.temporary() as folder:
        out = os.path.join(folder, "report.json")
        outcome = scene.run(chosen, "latency", "-e", "getppid", "--fail-on-loss", "-f", "json", "-o", out, "--",
                            chosen.workload, "threads", "1000", environment={"BPFTRACE_MAP_KEYS_MAX": "3"})
        with open(out, encoding="utf-8") as file:
            report = json.load(file)
    made = runner.truth_in(outcome.output)["truth"]["x86_64:getppid"]["count"]
    seen, lost = sum(row["count"] for row in report["syscalls"]), report["ledger"]["lost"]["map_full"]
    complaints = residuals(report) + outcome.complaints(3)
    if made != seen + lost or not lost:
        complaints.append(f"{made} made, {seen} received, {lost} lost for want of room")
    if not any("BPFTRACE_MAP_KEYS_MAX" in warning for warning in report["warnings"]):
        complaints.append(f"no advice: {report['warnings']}")
    return complaints


def test_bpftrace_host(chosen):
    """-a sees what others do, and neither latimer nor bpftrace."""
    with runner.Gated(chosen.workload, "loop", "5000") as workload:
        runner.wait_for(lambda: runner.asleep(workload.pid), "the workload to wait at the gate")
        with runner.Attached(chosen.latimer, chosen.way, 0, ("--by", "process"), target=["-a"]) as latimer:
            own = {latimer.process.pid, bpftrace_of(latimer)}
            workload.go()
            runner.wait_for(lambda: runner.asleep(workload.pid), "the workload to linger")
            report = latimer.finish()
    seen = sum(row["count"] for row in report["syscalls"] if row["name"] == "getppid" and row["key"]["pid"] == workload.pid)
    complaints = [] if seen == 5000 else [f"{seen} getppid, in truth 5000"]
    shown = own & {row["key"]["pid"] for row in report["syscalls"]}
    complaints += [f"{shown} of {own} are among those that were watched"] if shown else []
    return complaints + judge.without_edges(judge.ledger(report))


def several(chosen, *options):
    """Two processes that make children, both attached to."""
    with runner.Gated(chosen.workload, "children", "20") as first, runner.Gated(chosen.workload, "loop", "1000") as second:
        for workload in (first, second):
            runner.wait_for(lambda pid=workload.pid: runner.asleep(pid), "the workload to wait at the gate")
        target = ["-p", str(first.pid), "-p", str(second.pid)]
        with runner.Attached(chosen.latimer, chosen.way, 0, ("--by", "process", *options), target=target) as latimer:
            truths = [workload.go() for workload in (first, second)]
            for workload in (first, second):
                runner.wait_for(lambda pid=workload.pid: runner.asleep(pid), "the workload to linger")
            report = latimer.finish()
    rows = [row for row in report["syscalls"] if row["name"] == "getppid"]
    by_children = sum(row["count"] for row in rows if row["key"]["pid"] not in (first.pid, second.pid))
    by_second = sum(row["count"] for row in rows if row["key"]["pid"] == second.pid)
    complaints = [] if by_second == 1000 else [f"{by_second} getppid of the second, in truth 1000"]
    return truths, by_children, complaints, report


def test_several_processes(chosen):
    _, by_children, complaints, report = several(chosen)
    complaints += [f"{by_children} getppid of children that were not to be followed"] if by_children else []
    return complaints + [said for said in judge.ledger(report) if "returns in children" not in said]


def test_several_processes_followed(chosen):
    truths, by_children, complaints, report = several(chosen, "--follow")
    made = truths[0]["truth"]["x86_64:getppid"]["count"]
    complaints += [] if by_children == made else [f"{by_children} getppid of children, in truth {made}"]
    return complaints + judge.ledger(report)


def test_bpftrace_cannot_select(chosen):
    return (scene.run(chosen, "latency", "--comm", "sh").complaints(2, "by name", "-b ebpf") +
            scene.run(chosen, "latency", "--cgroup", "/").complaints(2, "cgroup", "-b ebpf"))
