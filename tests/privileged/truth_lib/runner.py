"""Running latimer over a workload, in each of the ways in which it can see."""
import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

SKIP = 77
WORKLOAD_SKIPPED = 77
PATIENCE_S = 90

# name: latimer's options
WAYS = {
    "ebpf-aggregate": ["-b", "ebpf", "--mode", "aggregate"],
    "ebpf-stream": ["-b", "ebpf", "--mode", "stream"],
    "strace": ["-b", "strace"],
    "perf-record": ["-b", "perftrace", "--perf-mode", "record"],
    "perf-live": ["-b", "perftrace", "--perf-mode", "live"],
    "bpftrace": ["-b", "bpftrace"],
}
# Room for every event of the largest scenario. These tests are about what is counted; what is lost when a busy host
# starves the reader is for the benchmark and loss_faults.py.
ROOM = {"ebpf-stream": ["--ring-size", "128M"], "perf-record": ["--ring-size", "256M"],
        "perf-live": ["--ring-size", "256M"], "bpftrace": ["--ring-size", "256M"]}

CAP_SYS_ADMIN, CAP_PERFMON, CAP_BPF = 21, 38, 39  # linux/capability.h


def skip(reason):
    print(f"SKIPPED: {reason}", flush=True)
    sys.exit(SKIP)


def effective_capabilities():
    with open("/proc/self/status", encoding="ascii", errors="replace") as file:
        return next(int(line.split()[1], 16) for line in file if line.startswith("CapEff:"))


def require_way(way):
    """Ends the test as skipped where this host cannot take that way at all."""
    if way == "strace":
        if shutil.which("strace") is None:
            skip("strace is not installed")
        return
    if way.startswith("perf") and shutil.which("perf") is None:
        skip("perf is not installed: apt install linux-perf")
    if way == "bpftrace" and shutil.which("bpftrace") is None:
        skip("bpftrace is not installed: apt install bpftrace")
    if way == "bpftrace" and os.geteuid() != 0:
        skip("bpftrace needs root")
    held = effective_capabilities()
    if not held >> CAP_SYS_ADMIN & 1 and not (held >> CAP_BPF & 1 and held >> CAP_PERFMON & 1):
        skip("needs CAP_BPF and CAP_PERFMON, or root")
    if not os.path.exists("/sys/kernel/btf/vmlinux"):
        skip("the kernel has no BTF")


def truth_in(output):
    for line in output.splitlines():
        if line.startswith('{"scenario"'):
            return json.loads(line)
    return None


def run_command(latimer, way, command, mode="latency", options=()):
    """`latimer MODE WAY -- COMMAND`: what the command wrote to its standard output, and the report."""
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "report.json")
        line = [latimer, mode, *WAYS[way], *ROOM.get(way, ()), *options, "-f", "json", "-o", out, "--", *command]
        done = subprocess.run(line, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              errors="replace", timeout=PATIENCE_S, check=False)
        if done.returncode == WORKLOAD_SKIPPED:
            skip(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "the workload says so")
        if done.returncode != 0:
            raise AssertionError(f"latimer ended with {done.returncode}: {done.stderr[-1500:]}")
        with open(out, encoding="utf-8") as file:
            return done.stdout, json.load(file)


class Gated:
    """A workload that waits for a tracer before its first call, and at the end until the tracer has left."""

    def __init__(self, workload, *arguments):
        self.process = subprocess.Popen([workload, "--gate", "--linger", *arguments], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.pid = int(self.process.stdout.readline().split()[1])

    def go(self):
        """Lets it make its calls; returns its truth."""
        self.process.stdin.write("g")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            skip("the workload could not do this here")
        return json.loads(line)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


def wait_for(condition, what):
    end = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"waited in vain for {what}")
        time.sleep(0.02)


def asleep(pid):
    """At one of several looks: a tracer of the whole host is woken by what we do here."""
    for _ in range(25):
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            if file.read().rpartition(")")[2].split()[0] == "S":
                return True
        time.sleep(0.002)
    return False


def bpf_links(pid):
    """How many BPF links a process holds: its attachments, without the privilege to list everybody's."""
    count = 0
    try:
        for entry in os.scandir(f"/proc/{pid}/fdinfo"):
            with open(entry.path, encoding="ascii", errors="replace") as file:
                count += "link_type:" in file.read()
    except OSError:
        return 0  # a descriptor closed, or the process ended, while we looked
    return count


def perf_events(pid, enabled=True):
    """How many perf events the perf or bpftrace that a process runs holds; where they have to be `enabled`, none while it
    is busy."""
    count = 0
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            for child in file.read().split():
                if enabled and not asleep(child):
                    return 0
                for entry in os.scandir(f"/proc/{child}/fd"):
                    count += os.readlink(entry.path) == "anon_inode:[perf_event]"
    except OSError:
        return 0  # a descriptor closed, or the process ended, while we looked
    return count


def thread_names(pid):
    names = []
    for tid in os.listdir(f"/proc/{pid}/task"):
        try:
            with open(f"/proc/{pid}/task/{tid}/comm", encoding="utf-8", errors="replace") as file:
                names.append(file.read().strip())
        except OSError:
            pass  # it ended while we looked
    return names


def tracer_of(pid):
    with open(f"/proc/{pid}/status", encoding="utf-8", errors="replace") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("TracerPid:"))


class Attached:
    """`latimer latency -p PID`, or with another `target`, attached; `finish` interrupts it once and returns the report."""

    def __init__(self, latimer, way, pid, options=(), target=None):
        self.folder = tempfile.TemporaryDirectory()
        self.out = os.path.join(self.folder.name, "report.json")
        self.process = subprocess.Popen(
            [latimer, "latency", *WAYS[way], *ROOM.get(way, ()), *options, "-f", "json", "-o", self.out,
             *(target or ["-p", str(pid)])],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        if way == "strace":
            wait_for(lambda: self.ended() or tracer_of(pid) != 0, "strace to attach")
        elif way == "perf-live":  # while it waits for perf it has a thread more
            wait_for(lambda: self.ended() or perf_events(self.process.pid, False) and
                     "latimer-marker" not in thread_names(self.process.pid), "perf trace to begin")
        else:
            self.wait_for_all(bpf_links if way.startswith("ebpf") else perf_events)

    def ended(self):
        if self.process.poll() is not None:
            raise AssertionError(f"latimer ended with {self.process.returncode}: {self.process.stderr.read()[-1500:]}")
        return False

    def wait_for_all(self, attachments):
        """Until there are attachments and no new one has come for a third of a second."""
        state = {"links": 0, "since": time.monotonic()}

        def settled():
            self.ended()
            now = attachments(self.process.pid)
            # 0: nobody can tell at the moment.
            if now not in (0, state["links"]):
                state.update(links=now, since=time.monotonic())
            return state["links"] >= 2 and time.monotonic() - state["since"] > 0.3
        wait_for(settled, "latimer to attach its programs")

    def finish(self, interrupt=True):
        if interrupt:
            self.process.send_signal(signal.SIGINT)
        try:
            _, errors = self.process.communicate(timeout=PATIENCE_S)
        finally:
            self.kill()
        if self.process.returncode not in (0, 130, -signal.SIGINT):
            raise AssertionError(f"latimer ended with {self.process.returncode}: {errors[-1500:]}")
        with open(self.out, encoding="utf-8") as file:
            return json.load(file)

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()
        self.process.stderr.close()
        self.folder.cleanup()


def tests_of(names):
    """What a test program offers: its test_... functions, by what comes after."""
    return {name.removeprefix("test_").replace("_", "-"): test for name, test in names.items()
            if name.startswith("test_")}


def main(description, tests, after=lambda: []):
    """The program `WAY TEST`; `after` looks for what the test should not have left behind."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--latimer", required=True)
    parser.add_argument("--workload", required=True)
    parser.add_argument("way", choices=WAYS)
    parser.add_argument("test", choices=tests)
    chosen = parser.parse_args()
    require_way(chosen.way)
    complaints = tests[chosen.test](chosen) + after()
    for complaint in complaints:
        print(f"{chosen.test}, {chosen.way}: {complaint}")
    return 1 if complaints else 0
