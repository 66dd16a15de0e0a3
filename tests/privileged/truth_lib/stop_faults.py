"""Whoever is stopped or killed, and whoever stops reading: the target runs on, and nothing of latimer stays."""
import os
import signal
import subprocess
import time

from . import runner, scene


def on_target(chosen, action):
    """latimer attached to a waiting target; `action(latimer process)`; then the target must work as if nothing was."""
    with runner.Gated(chosen.workload, "loop", "1000") as workload:
        runner.wait_for(lambda: runner.asleep(workload.pid), "the workload to wait at the gate")
        with runner.Attached(chosen.latimer, chosen.way, workload.pid) as latimer:
            complaints = action(latimer.process)
            complaints += scene.wait(latimer.process)
            runner.wait_for(lambda: runner.tracer_of(workload.pid) == 0, "the target to be let go")
            complaints += scene.works(workload)
    return complaints


def ended_with(process, *statuses):
    scene.wait(process)
    return [] if process.returncode in statuses else [f"latimer ended with {process.returncode}, not {statuses}"]


def test_interrupt_once(chosen):
    def action(latimer):
        latimer.send_signal(signal.SIGINT)
        return ended_with(latimer, 0)
    return on_target(chosen, action)


def test_interrupt_twice(chosen):
    def action(latimer):
        latimer.send_signal(signal.SIGINT)
        latimer.send_signal(signal.SIGINT)
        return ended_with(latimer, 0, 130, -signal.SIGINT)
    return on_target(chosen, action)


def test_terminate(chosen):
    def action(latimer):
        latimer.send_signal(signal.SIGTERM)
        return ended_with(latimer, 0, 143, -signal.SIGTERM)
    return on_target(chosen, action)


def report_after(chosen, *numbers):
    """The signals, one right after the other, end the capture; its report must be there."""
    with runner.Gated(chosen.workload, "loop", "1000") as workload:
        runner.wait_for(lambda: runner.asleep(workload.pid), "the workload to wait at the gate")
        with runner.Attached(chosen.latimer, chosen.way, workload.pid) as latimer:
            for number in numbers:
                latimer.process.send_signal(number)
            scene.wait(latimer.process)
            written = os.path.getsize(latimer.out) if os.path.exists(latimer.out) else 0
    return [] if written > 0 else [f"no report was written; latimer ended with {latimer.process.returncode}"]


def test_terminate_twice_at_once(chosen):
    """timeout(1) signals the process and its group."""
    return report_after(chosen, signal.SIGTERM, signal.SIGTERM)


def test_hang_up(chosen):
    """The terminal is closed: the report goes where -o says."""
    return report_after(chosen, signal.SIGHUP)


def test_kill_latimer(chosen):
    def action(latimer):
        latimer.kill()
        return ended_with(latimer, -signal.SIGKILL)
    return on_target(chosen, action)


def test_kill_latimer_under_command(chosen):
    """The command that a killed latimer had started goes on to its end."""
    with scene.temporary() as folder:
        begun, done = os.path.join(folder, "begun"), os.path.join(folder, "done")
        script = f"touch {begun}; sleep 1; touch {done}"
        with subprocess.Popen([chosen.latimer, "latency", *runner.WAYS[chosen.way], "--", "sh", "-c", script],
                              stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL) as latimer:
            runner.wait_for(lambda: os.path.exists(begun), "the command to begin")
            latimer.kill()
        runner.wait_for(lambda: os.path.exists(done), "the command to end")
    return []


def test_kill_strace(chosen):
    """The report must not pretend to be whole."""
    if chosen.way != "strace":
        return []

    def action(latimer):
        tracer = scene.tool_of(latimer.pid, "strace")
        if tracer is None:
            return ["latimer runs no strace"]
        os.kill(tracer, signal.SIGKILL)
        _, errors = latimer.communicate(timeout=runner.PATIENCE_S)
        told = [] if "strace" in errors else [f"latimer did not tell that strace was killed: {errors[-400:]!r}"]
        return told + ([] if latimer.returncode != 0 else ["latimer ended with 0, as if all were well"])
    return on_target(chosen, action)


def test_kill_command(chosen):
    outcome = scene.run(chosen, "latency", "--", "sh", "-c", "kill -KILL $$")
    return outcome.complaints(-signal.SIGKILL)


def test_closed_pipe(chosen):
    """A reader that has had enough: no complaint, and the command is not hurt."""
    with scene.temporary() as folder:
        mark = os.path.join(folder, "mark")
        with subprocess.Popen(
                [chosen.latimer, "latency", *runner.WAYS[chosen.way], "-i", "100ms", "-f", "json", "-o", "-", "--",
                 "sh", "-c", f"sleep 1; touch {mark}"],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as latimer:
            latimer.stdout.read(1)
            latimer.stdout.close()
            errors = latimer.stderr.read()
        runner.wait_for(lambda: os.path.exists(mark), "the command to end")
    return [f"latimer complained: {errors!r}"] if "rror" in errors or "pipe" in errors.lower() else []


def test_stalled_reader(chosen):
    """Nobody reads what latimer prints: the target must not wait for that."""
    with scene.temporary() as folder:
        mark = os.path.join(folder, "mark")
        script = f"{chosen.workload} --seconds 4 mix >/dev/null; touch {mark}"
        with subprocess.Popen(
                [chosen.latimer, "latency", *runner.WAYS[chosen.way], "-i", "20ms", "-f", "json", "-o", "-", "--",
                 "sh", "-c", script],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as latimer:
            start = time.monotonic()
            runner.wait_for(lambda: os.path.exists(mark), "the command to end while nobody reads")
            lasted = time.monotonic() - start
            output, _ = latimer.communicate(timeout=runner.PATIENCE_S)
    complaints = [] if latimer.returncode == 0 else [f"latimer ended with {latimer.returncode}"]
    if len(output) <= 65536:
        complaints.append(f"only {len(output)} bytes came: the pipe was never full, and nothing was tested")
    # Not a measurement: a frozen target would take until the reader comes, which is after it ends.
    print(f"4 s of work lasted {lasted:.1f} s")
    return complaints
