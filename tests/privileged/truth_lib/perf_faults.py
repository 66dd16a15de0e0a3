"""perf missing, too old, not permitted, killed, too slow, out of disk: told, and the target is not hurt."""
import os
import shutil
import signal
import subprocess

from . import runner, scene
from .loss_faults import observe, residuals


def fake_perf(folder, script):
    path = os.path.join(folder, "perf")
    with open(path, "w", encoding="ascii") as file:
        file.write("#!/bin/sh\n" + script)
    os.chmod(path, 0o755)
    return {"PATH": f"{folder}:{os.environ['PATH']}"}


def test_perf_absent(chosen):
    return scene.run(chosen, "latency", "--", "/bin/true",
                     environment={"PATH": "/latimer/nothing/here"}).complaints(125, "perf is not installed", "apt install")


def test_perf_too_old(chosen):
    with scene.temporary() as folder:
        return scene.run(chosen, "latency", "--", "/bin/true",
                         environment=fake_perf(folder, "echo 'perf version 4.19'\n")).complaints(125, "4.19", "5.10")


def test_perf_does_not_begin(chosen):
    """A perf that ends at once: what it said is told, and the command has not been run."""
    script = "[ $1 = --version ] && { echo perf version 6.1; exit; }\necho something is wrong >&2\nexit 3\n"
    with scene.temporary() as folder:
        mark = os.path.join(folder, "mark")
        outcome = scene.run(chosen, "latency", "--", "touch", mark, environment=fake_perf(folder, script))
        begun = ["the command was run although nothing could watch it"] if os.path.exists(mark) else []
    return begun + outcome.complaints(125, "something is wrong")


def test_perf_as_nobody(chosen):
    """What is missing, and the fix."""
    with scene.temporary() as folder:
        scene.for_everybody(chosen, folder)
        refused = scene.run(chosen, "latency", "--", chosen.workload, "loop", "10", user="nobody")
    return refused.complaints(125, "tracefs", "root")


def test_kill_perf(chosen):
    """The report must not pretend to be whole, and holds what was recorded before."""
    with runner.Gated(chosen.workload, "loop", "1000") as workload:
        runner.wait_for(lambda: runner.asleep(workload.pid), "the workload to wait at the gate")
        with runner.Attached(chosen.latimer, chosen.way, workload.pid) as latimer:
            tracer = scene.tool_of(latimer.process.pid, "perf")
            if tracer is None:
                return ["latimer runs no perf"]
            os.kill(tracer, signal.SIGKILL)
            _, errors = latimer.process.communicate(timeout=runner.PATIENCE_S)
            complaints = [] if "perf" in errors and "killed" in errors else [f"not told that perf was killed: {errors[-400:]!r}"]
            if latimer.process.returncode == 0:
                complaints.append("latimer ended with 0, as if all were well")
        return complaints + scene.works(workload)


def test_perf_tiny_ring(chosen):
    """entries and exits made = received + lost, exactly; only getppid is watched, so that little else can be lost."""
    truth, report, outcome = observe(chosen, chosen.way, ["threads", "100000"], "--ring-size", "64K", "-e", "getppid",
                                     "--fail-on-loss")
    if report is None:
        return outcome.complaints(3)
    made = truth["truth"]["x86_64:getppid"]["count"]
    book = report["ledger"]
    lost = book["lost"]["tool_reported"]
    complaints = residuals(report) + outcome.complaints(3)
    if not lost:
        return complaints + [f"nothing was lost of {made} calls, so nothing was tested"]
    # Other calls' entries and exits (clone3, exit, execve, rt_sigreturn pass the filter) may be among the lost.
    missing = 2 * made - sum(book[side] for side in ("enters", "exits"))
    if not missing <= lost <= missing + 40:
        complaints.append(f"{made} made, {missing} entries and exits missing, {lost} told")
    if report["complete"]:
        complaints.append("the report says that it is complete")
    return complaints


def test_perf_setuid(chosen):
    """Programs that change user vanish from perf's sight: told, by number."""
    from truth_test import setuid_copy  # pylint: disable=import-outside-toplevel
    with scene.temporary() as folder:
        copy = setuid_copy(chosen.workload, folder)
        _, report, outcome = observe(chosen, chosen.way, ["setuid-exec", "5", "--", copy], "--fail-on-loss")
    if report is None:
        return outcome.complaints(3)
    hidden = report["ledger"]["lost"]["hidden"]
    told = [] if hidden == 5 else [f"{hidden} executions hidden, in truth 5"]
    told += [] if any("changes user" in warning for warning in report["warnings"]) else [f"not told: {report['warnings']}"]
    return told + residuals(report) + outcome.complaints(3)


def test_perf_disk_full(chosen):
    """The disk that perf writes to has no room."""
    if os.geteuid() != 0:
        runner.skip("needs root, to mount a small file system")
    with scene.temporary() as folder:
        small, mark = os.path.join(folder, "small"), os.path.join(folder, "mark")
        os.mkdir(small)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", small], check=True)
        try:
            script = f"{chosen.workload} loop 200000 >/dev/null; touch {mark}"
            outcome = scene.run(chosen, "latency", "--", "sh", "-c", script, environment={**os.environ, "TMPDIR": small})
            missing = [] if os.path.exists(mark) else ["the command was not run to its end"]
        finally:
            subprocess.run(["umount", small], check=True)
    return missing + outcome.complaints((1, 125), "no space left")


def test_perf_no_folder(chosen):
    return scene.run(chosen, "latency", "--", "/bin/true",
                     environment={**os.environ, "TMPDIR": "/latimer/nothing/here"}).complaints(125, "TMPDIR")


def test_perf_host(chosen):
    """-a sees what others do, and neither latimer nor perf, also when perf hears of BPF programs that come and go."""
    with runner.Gated(chosen.workload, "loop", "5000") as workload:
        runner.wait_for(lambda: runner.asleep(workload.pid), "the workload to wait at the gate")
        with runner.Attached(chosen.latimer, chosen.way, 0, ("--by", "process"), target=["-a"]) as latimer:
            own = {latimer.process.pid, scene.tool_of(latimer.process.pid, "perf")}
            subprocess.run([chosen.latimer, "count", "-b", "ebpf", "--", "/bin/true"], check=True, stderr=subprocess.DEVNULL)
            workload.go()
            runner.wait_for(lambda: runner.asleep(workload.pid), "the workload to linger")
            report = latimer.finish()
    seen = sum(row["count"] for row in report["syscalls"] if row["name"] == "getppid" and row["key"]["pid"] == workload.pid)
    complaints = [] if seen == 5000 else [f"{seen} getppid, in truth 5000"]
    shown = own & {row["key"]["pid"] for row in report["syscalls"]}
    return complaints + ([f"{shown} of {own} are among those that were watched"] if shown else [])


def test_perf_no_intervals(chosen):
    return scene.run(chosen, "latency", "-i", "1", "--", "/bin/true").complaints(125, "--perf-mode live")


def test_perf_live_tiny_ring(chosen):
    """What perf trace says that it lost is told."""
    truth, report, outcome = observe(chosen, chosen.way, ["threads", "20000"], "--ring-size", "8K", "--fail-on-loss")
    if report is None:
        return outcome.complaints(3)
    made = truth["truth"]["x86_64:getppid"]["count"]
    seen = sum(row["count"] for row in report["syscalls"] if row["name"] == "getppid")
    lost = report["ledger"]["lost"]["tool_reported"]
    complaints = residuals(report) + outcome.complaints(3)
    if not lost or seen >= made:
        complaints.append(f"{lost} lost, {seen} of {made} seen: nothing was tested")
    # Each call that is missing lost both of its ends; what is lost last perf does not come to tell.
    elif lost < made - seen:
        complaints.append(f"{made} made, {seen} seen, {lost} entries and exits told as lost")
    return complaints


def test_perf_live_follow(chosen):
    with subprocess.Popen(["sleep", "100"]) as target:
        outcome = scene.run(chosen, "latency", "-p", str(target.pid), "--follow")
        target.kill()
    return outcome.complaints(2, "--follow", "--perf-mode record")


def test_perf_live_new_threads(chosen):
    """perf trace -p sees the threads that there are when it begins: others are told."""
    with runner.Gated(chosen.workload, "hung-thread", "1000") as workload:
        runner.wait_for(lambda: runner.asleep(workload.pid), "the workload to wait at the gate")
        with runner.Attached(chosen.latimer, chosen.way, workload.pid) as latimer:
            workload.go()
            runner.wait_for(lambda: runner.asleep(workload.pid), "the workload to linger")
            report = latimer.finish()
    told = any("1 threads were made" in warning for warning in report["warnings"])
    return [] if told else [f"the new thread is not told: {report['warnings']}"]


def test_perf_live_environment(chosen):
    """The command has latimer's environment and descriptors, not perf's."""
    script = "echo $LC_ALL $PERF_CONFIG; ls /proc/self/fd | wc -l; cat"
    with scene.temporary() as folder:
        out = os.path.join(folder, "report")
        environment = {**os.environ, "LC_ALL": "C.UTF-8", "PERF_CONFIG": "mine"}

        def written(*before):
            done = subprocess.run([*before, "sh", "-c", script], input="through\n", capture_output=True, text=True,
                                  env=environment, check=False, timeout=runner.PATIENCE_S)
            return done.stdout, done.stderr
        alone = written()
        watched = written(chosen.latimer, "latency", *runner.WAYS[chosen.way], "-o", out, "--")
    return [] if alone == watched else [f"the command wrote {watched}, alone {alone}"]


def silenced(chosen, tool):
    """While `tool` runs: doctor names it, and perf's runs fail, naming it, instead of telling of a quiet program."""
    if shutil.which(tool[0]) is None:
        runner.skip(f"{tool[0]} is not installed: apt install libbpf-tools")
    with subprocess.Popen(tool, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as other:
        try:
            who = f"{tool[0]} (process {other.pid})"
            runner.wait_for(lambda: who in scene.doctor(chosen, "perftrace"), f"{who} to be named by doctor")
            outcome = scene.run(chosen, "latency", "--", chosen.workload, "loop", "1000")
        finally:
            other.kill()
    return outcome.complaints(125, "silenced", who)


def test_perf_silenced(chosen):
    return silenced(chosen, ["syscount", "-L", "-d", "60"])


def test_perf_half_silenced(chosen):
    """Its program is on sys_exit alone: entries without a return."""
    return silenced(chosen, ["syscount", "-d", "60"])


def test_perf_cannot_select(chosen):
    """Refused, rather than watching the whole host."""
    return scene.run(chosen, "count", "--comm", "x", "-d", "1").complaints(2, "--comm", "-b ebpf") + \
        scene.run(chosen, "count", "--cgroup", "/", "-d", "1").complaints(2, "--cgroup", "-b ebpf")


def test_perf_live_stand_in_killed(chosen):
    """latimer comes to an end although nobody can tell how the command did."""
    with scene.temporary() as folder:
        begun = os.path.join(folder, "begun")
        script = f"touch {begun}; sleep 1"
        with subprocess.Popen([chosen.latimer, "latency", *runner.WAYS[chosen.way], "--", "sh", "-c", script],
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as latimer:
            runner.wait_for(lambda: os.path.exists(begun), "the command to begin")
            stand_in = scene.tool_of(scene.tool_of(latimer.pid, "perf"), "exe") or \
                scene.tool_of(scene.tool_of(latimer.pid, "perf"), "latimer")
            os.kill(stand_in, signal.SIGKILL)
            try:
                _, errors = latimer.communicate(timeout=15)
            except subprocess.TimeoutExpired:
                latimer.kill()
                return ["latimer did not come to an end"]
    told = [] if "not known" in errors else [f"not told that nobody knows: {errors[-500:]!r}"]
    return told + ([] if latimer.returncode == 125 else [f"ended with {latimer.returncode}, not 125"])
