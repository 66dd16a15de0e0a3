"""Reading logs: latimer, awk and wc on the same log, each on one CPU, and what they say of it against the truth."""
import contextlib
import json
import os
import resource
import shutil
import statistics
import subprocess
import tempfile
import threading
import time
from dataclasses import asdict, dataclass

from . import perf_texts, strace_logs
from .programs import stop

PATIENCE_S = 900
MOST_OWN_RSS_KIB = 40 * 1024
COLUMNS = {"short": 2, "long": 3, "threads": 3}  # where awk finds the name of the call

# What one does without a tool for it: calls and seconds by system call, of what has returned and was timed.
AWK = ('$NF ~ /^<[0-9]/ { name = $F; name = name == "<..." ? $(F + 1) : substr(name, 1, index(name, "(") - 1); '
       'count[name]++; time[name] += substr($NF, 2) } END { for (name in count) printf "%s %d %.6f\\n", name, count[name], time[name] }')


@dataclass
class Run:
    seconds: float
    cpu_seconds: float
    rss_kib: int


def check_own_size():
    """A program started from here counts our peak as its own until it needs more (the kernel keeps ru_maxrss over
    execve), so a large one would hide what it is to measure."""
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    if own > MOST_OWN_RSS_KIB:
        stop(1, f"this process has used {own / 1024:.0f} MiB itself: no memory can be measured from it")


def warm(path):
    """Into the page cache, if it is not there."""
    piece = bytearray(1 << 20)
    with open(path, "rb", buffering=0) as file:
        while file.readinto(piece):
            pass


@contextlib.contextmanager
def pinned(cpus):
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cpus or before)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def one_cpu():
    return {max(os.sched_getaffinity(0))}


def timed(command, cpus=None, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL):
    """Runs a command to its end; anything but success ends the benchmark with what it said."""
    check_own_size()
    with tempfile.TemporaryFile() as errors:
        with pinned(cpus):
            begun = time.monotonic()
            process = subprocess.Popen(command, stdin=stdin, stdout=stdout, stderr=errors, env={**os.environ, "LC_ALL": "C"})
        guard = threading.Timer(PATIENCE_S, process.kill)
        guard.start()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - begun
        guard.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            errors.seek(0)
            text = errors.read(600).decode("utf-8", "replace")
            stop(1, f"{' '.join(command)[:300]} ended with {process.returncode}: {text}")
    return Run(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss)


def analyse(latimer, source, out, jobs=1, **options):
    return timed([latimer, "latency", "--input", source, "--jobs", str(jobs), "-f", "json", "-o", out], **options)


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def faults(report, truth):
    """What a report has wrong."""
    seen = {}
    for row in report["syscalls"]:
        if row["count"] > 0:
            call = seen.setdefault(row["name"], [0, 0, {}])
            call[0] += row["count"]
            call[1] += row["total_ns"] or 0
            for error, count in row["errors"].items():
                call[2][error] = call[2].get(error, 0) + count
    found = [f"{name}: {seen.get(name)} instead of {truth.calls.get(name)}"
             for name in sorted(seen.keys() | truth.calls.keys()) if seen.get(name) != truth.calls.get(name)]
    ledger = report["ledger"]
    for what, is_, should in (("lines", ledger["lines"]["total"], truth.lines), ("rejected", ledger["lines"]["rejected"], {}),
                              ("no_return", ledger["no_return"], truth.no_return), ("in_flight", ledger["in_flight"], truth.in_flight),
                              ("in_flight by call", sum(row["in_flight"] for row in report["syscalls"]), truth.in_flight),
                              ("complete", report["complete"], True)):
        if is_ != should:
            found.append(f"{what}: {is_} instead of {should}")
    return found


def require_right(out, truth):
    wrong = faults(load(out), truth)
    if wrong:
        stop(1, f"latimer's report on the log '{truth.name}' is wrong, so its speed means nothing: " + "; ".join(wrong[:5]))


def require_right_awk(out, truth):
    with open(out, encoding="ascii") as file:
        seen = {name: (int(count), float(seconds)) for name, count, seconds in map(str.split, file)}
    same = seen.keys() == truth.calls.keys() and all(
        count == truth.calls[name][0] and abs(seconds - truth.calls[name][1] / 1e9) <= 1e-6 * max(seconds, 1)
        for name, (count, seconds) in seen.items())
    if not same:
        stop(1, f"awk finds something else in the log '{truth.name}' than was written: {seen} instead of {truth.calls}")


def awk_program():
    """Debian's own awk is mawk, which is the fastest there is."""
    return shutil.which("mawk") or shutil.which("awk") or stop(1, "there is no awk")


def gawk_program(awk):
    """GNU awk, the awk of most other distributions, when it is here and another one."""
    gawk = shutil.which("gawk")
    return gawk if gawk and os.path.realpath(gawk) != os.path.realpath(awk) else None


def awk_version(awk):
    """mawk -W version, gawk --version; both know -W."""
    told = subprocess.run([awk, "-W", "version"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return told.stdout.decode("utf-8", "replace").partition("\n")[0].strip()


class Rounds:
    """Every round runs everything once on every log; each starts elsewhere, so that no drift favours one of them."""

    def __init__(self, latimer, folder, truths):
        self.latimer, self.folder, self.truths = latimer, folder, truths
        self.awk = awk_program()
        self.gawk = gawk_program(self.awk)
        self.runs = {}  # (log, program): [Run]

    def programs(self):
        return (["latimer"] if self.latimer else []) + ["awk"] + (["gawk"] if self.gawk else []) + ["wc"]

    def run(self, number):
        for truth in self.truths:
            shift = number % len(self.programs())
            for program in self.programs()[shift:] + self.programs()[:shift]:
                path = strace_logs.path_of(self.folder, truth.name)
                warm(path)
                self.runs.setdefault((truth.name, program), []).append(getattr(self, "run_" + program)(truth, path))

    def run_latimer(self, truth, path):
        out = os.path.join(self.folder, "report.json")
        run = analyse(self.latimer, path, out, cpus=one_cpu())
        require_right(out, truth)
        return run

    def run_awk(self, truth, path):
        return self.run_program(self.awk, truth, path)

    def run_gawk(self, truth, path):
        return self.run_program(self.gawk, truth, path)

    def run_program(self, awk, truth, path):
        out = os.path.join(self.folder, "awk.out")
        with open(out, "wb") as file:
            run = timed([awk, "-v", f"F={COLUMNS[truth.name]}", AWK, path], cpus=one_cpu(), stdout=file)
        require_right_awk(out, truth)
        return run

    @staticmethod
    def run_wc(_, path):
        return timed(["wc", "-l", path], cpus=one_cpu())

    def speeds(self, truth, program):
        """MB/s of every round."""
        return [truth.bytes / 1e6 / run.seconds for run in self.runs[truth.name, program]]

    def median(self, truth, program):
        return statistics.median(self.speeds(truth, program))

    def busy_share(self):
        """Of the time that latimer took, the share that it was computing: less than all where others wanted the CPU."""
        runs = [run for (_, program), runs in self.runs.items() if program == "latimer" for run in runs]
        return statistics.median(run.cpu_seconds / run.seconds for run in runs)

    def figures(self):
        return {f"{log} {program}": [asdict(run) for run in runs] for (log, program), runs in self.runs.items()}


def of_perf(latimer, folder, truth, rounds):
    """[Run] of latimer on a text of perf's."""
    runs = []
    for _ in range(rounds):
        out = os.path.join(folder, "report.json")
        path = perf_texts.path_of(folder, truth.name)
        warm(path)
        runs.append(analyse(latimer, path, out, cpus=one_cpu()))
        require_right(out, truth)
    return runs


def through_a_pipe(latimer, folder, truth, times):
    """The log so many times over, without a file of that size."""
    out = os.path.join(folder, "report.json")
    path = strace_logs.path_of(folder, truth.name)
    feeder = subprocess.Popen(["cat", *[path] * times], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    try:
        run = analyse(latimer, "-", out, stdin=feeder.stdout)
    finally:
        feeder.stdout.close()
        feeder.wait()
    require_right(out, truth.times(times))
    return run


def many_tasks(latimer, folder, truth):
    """Its report names 200,000 calls, and reading it makes this process too large to measure memory: the last of all."""
    out = os.path.join(folder, "report.json")
    run = analyse(latimer, strace_logs.path_of(folder, truth.name), out)
    require_right(out, truth)
    return run


def comparable(report):
    """Without what differs from run to run."""
    kept = {key: value for key, value in report.items() if key not in ("environment", "overhead", "duration_ns")}
    if kept["verdict"]:
        kept["verdict"] = {key: value for key, value in kept["verdict"].items() if key != "wall_ns"}
    return kept


def by_jobs(latimer, folder, truth, rounds=3):
    """{jobs: [Run]} on all CPUs, and whether the reports are the same."""
    path = strace_logs.path_of(folder, truth.name)
    runs, reports = {1: [], 2: []}, {}
    for _ in range(rounds):
        for jobs, seen in runs.items():
            out = os.path.join(folder, "report.json")
            warm(path)
            seen.append(analyse(latimer, path, out, jobs=jobs))
            require_right(out, truth)
            reports[jobs] = comparable(load(out))
    return runs, reports[1] == reports[2]
