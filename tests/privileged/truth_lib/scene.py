"""What the fault tests share: starting latimer on real processes, and seeing that nothing of it stays."""
import ctypes
import os
import pwd
import shutil
import subprocess
import tempfile
import time

from . import runner

PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h


def adopt_orphans():
    """What a dead latimer leaves behind becomes a child of this process, where it can be found."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def children_of(pid):
    """Children of any of its threads: process id to name."""
    found = {}
    try:
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/children", encoding="ascii") as file:
                for child in file.read().split():
                    with open(f"/proc/{child}/comm", encoding="utf-8", errors="replace") as name:
                        found[int(child)] = name.read().strip()
    except OSError:
        pass  # gone while we looked
    return found


def left_behind():
    """Tracers that outlived their latimer, given a moment to go."""
    end = time.monotonic() + 10
    while True:
        tracers = [name for name in children_of(os.getpid()).values() if name in ("strace", "perf", "bpftrace", "latimer")]
        if not tracers or time.monotonic() > end:
            return [f"left behind: {tracers}"] if tracers else []
        time.sleep(0.05)
        reap()


def reap():
    try:
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            pass
    except ChildProcessError:
        pass


class Outcome:
    """How a latimer that ran to its end did."""

    def __init__(self, status, output, errors):
        self.status, self.output, self.errors = status, output, errors

    def complaints(self, status, *words):
        """`status` (or one of several) is what it had to end with, and all of `words` had to be said."""
        wanted = status if isinstance(status, tuple) else (status,)
        found = [] if self.status in wanted else [f"ended with {self.status}, not {status}: {self.errors[-400:]!r}"]
        found += [f"did not say {word!r}: {self.errors[-400:]!r}" for word in words
                  if word.lower() not in self.errors.lower()]
        if "terminate called" in self.errors or "Sanitizer" in self.errors:
            found.append(f"crashed: {self.errors[-800:]!r}")
        return found


def run(chosen, *arguments, way=True, user=None, environment=None, timeout=runner.PATIENCE_S):
    """`latimer ARGUMENTS`; with way=True its backend options come after the first argument, the command's name."""
    line = [chosen.latimer, arguments[0], *(runner.WAYS[chosen.way] if way else []), *arguments[1:]]
    options = {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []} if user else {}
    done = subprocess.run(line, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace",
                          env={**os.environ, **(environment or {})}, timeout=timeout, check=False, **options)
    return Outcome(done.returncode, done.stdout, done.stderr)


def doctor(chosen, backend):
    """What doctor says of a backend, in one line."""
    done = subprocess.run([chosen.latimer, "doctor", "-b", backend, "-f", "json"], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=runner.PATIENCE_S, check=False)
    return done.stdout


def unused_pid():
    """No process can have the highest possible id while another is far below; kernels count upwards."""
    with open("/proc/sys/kernel/pid_max", encoding="ascii") as file:
        pid = int(file.read()) - 1
    while os.path.exists(f"/proc/{pid}"):
        pid -= 1
    return pid


def for_everybody(chosen, folder):
    """Copies of latimer and the workload that another user may run."""
    if os.geteuid() != 0:
        runner.skip("needs root, to become another user")
    os.chmod(folder, 0o755)
    for name in ("latimer", "workload"):
        copy = os.path.join(folder, name)
        shutil.copy(getattr(chosen, name), copy)
        os.chmod(copy, 0o755)
        setattr(chosen, name, copy)


def works(workload):
    """Complaints about a gated target that should live, untraced, and go on working."""
    found = []
    if runner.tracer_of(workload.pid) != 0:
        found.append("the target is still traced")
    truth = workload.go()
    if truth["truth"]["x86_64:getppid"]["count"] == 0:
        found.append("the target did not work on")
    return found


def tool_of(latimer, tool):
    """The strace or perf that a latimer runs, maybe through a process between."""
    queue = [latimer]
    while queue:
        for pid, name in children_of(queue.pop()).items():
            if name == tool:
                return pid
            queue.append(pid)
    return None


def temporary():
    return tempfile.TemporaryDirectory()


def wait(process):
    try:
        process.wait(timeout=runner.PATIENCE_S)
        return []
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return ["latimer did not end"]
