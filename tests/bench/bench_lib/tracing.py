"""Who traces this host: never measure two tracers at once, nor while one is half attached."""
import contextlib
import json
import os
import signal
import subprocess
import time

from .programs import search_path, stop

TRACING_TYPES = {"tracing", "raw_tracepoint", "raw_tracepoint_writable", "tracepoint", "kprobe", "perf_event"}
PATIENCE_S = 30


def bpftool(*arguments):
    """bpftool's JSON; a program that vanishes while it lists makes it fail, so a failure is tried again."""
    for _ in range(20):
        done = subprocess.run(["bpftool", "-j", *arguments], capture_output=True, text=True, check=False,
                              env={**os.environ, "PATH": search_path()})
        if done.returncode == 0:
            return json.loads(done.stdout or "[]")
        time.sleep(0.05)
    raise RuntimeError(f"bpftool {' '.join(arguments)}: {done.stderr.strip()}")


def tracing_programs():
    return [program for program in bpftool("prog", "show") if program.get("type") in TRACING_TYPES]


def links():
    return len(bpftool("link", "show"))


def wait_until_quiet():
    """Programs are freed a little after their tracer has left; what stays is somebody else's."""
    end = time.monotonic() + PATIENCE_S
    while left := tracing_programs():
        if time.monotonic() > end:
            names = ", ".join(f"{program['id']}:{program.get('name', '?')}" for program in left)
            stop(1, f"other BPF programs trace this host, and would be measured too: {names}")
        time.sleep(0.05)


def busy_share(seconds=0.1):
    """The share of all CPUs' time that was not idle, over so many seconds."""
    def reading():
        with open("/proc/stat", encoding="ascii") as file:
            times = [int(word) for word in file.readline().split()[1:]]
        return times[3] + times[4], sum(times[:8])  # idle and iowait; all without guest, which is in user already
    idle, total = reading()
    time.sleep(seconds)
    idle_later, total_later = reading()
    return 1 - (idle_later - idle) / max(total_later - total, 1)


def wait_until_idle():
    """Other work on the host, even on another hardware thread of the core, slows the loop by more than a tracer does.
    False when the host stays busy."""
    end = time.monotonic() + PATIENCE_S
    while busy_share() > 0.1:
        if time.monotonic() > end:
            return False
    return True


def wait_until_attached(tracer, before):
    """Until `tracer` has links and has made no new one for half a second."""
    end = time.monotonic() + PATIENCE_S
    seen, since = before, time.monotonic()
    while time.monotonic() < end:
        if tracer.poll() is not None:
            raise RuntimeError(f"the tracer ended with {tracer.returncode}: {tracer.stderr.read()[-600:]}")
        now = links()
        if now != seen:
            seen, since = now, time.monotonic()
        elif now > before and time.monotonic() - since > 0.5:
            return
        time.sleep(0.05)
    raise RuntimeError("the tracer attached nothing")


@contextlib.contextmanager
def attached(command):
    """`command` as the only tracer of the host, by the time the block runs; yields its process."""
    wait_until_quiet()
    before = links()
    tracer = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                              text=True, errors="replace")
    try:
        wait_until_attached(tracer, before)
        yield tracer
    finally:
        end_tracer(tracer)
    wait_until_quiet()


def end_tracer(tracer):
    """latimer-floor leaves at the end of its input, the others on SIGINT."""
    tracer.stdin.close()
    if tracer.poll() is None:
        tracer.send_signal(signal.SIGINT)
    try:
        tracer.wait(timeout=PATIENCE_S)
    except subprocess.TimeoutExpired:
        tracer.kill()
        tracer.wait()
    tracer.stderr.close()


def with_tracefs(command):
    """Tracers that use tracefs need it mounted; it is, in a mount namespace of their own, so that nothing stays."""
    if os.path.exists("/sys/kernel/tracing/events") or os.path.exists("/sys/kernel/debug/tracing/events"):
        return command
    return ["unshare", "-m", "sh", "-c", 'mount -t tracefs tracefs /sys/kernel/tracing && exec "$@"', "sh", *command]
