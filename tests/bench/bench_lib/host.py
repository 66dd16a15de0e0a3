"""Latimer watching a whole busy host: its own CPU time and memory."""
import os
import subprocess
import tempfile

from . import tracing
from .programs import truth_of

SECONDS = 60
MOST_CPU_SHARE = 0.01
MOST_RSS_KIB = 40 * 1024
LEAST_RATE = 200_000


def cpu_seconds(pid):
    """User and system time of all threads: fields 14 and 15 of /proc/PID/stat, after the ')' that ends the name."""
    with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_rss_kib(pid):
    with open(f"/proc/{pid}/status", encoding="utf-8", errors="replace") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmHWM:"))


def watch(programs, seconds):
    """CPU seconds of latimer, start-up included, peak RSS in KiB, and the calls made in that time."""
    with tempfile.TemporaryDirectory() as folder:
        command = [programs.latimer, "latency", "-b", "ebpf", "-a", "-i", "1", "-o", os.path.join(folder, "report")]
        with tracing.attached(command) as tracer:
            load = subprocess.run([programs.workload, "--threads", "2", "--seconds", str(seconds), "mix"],
                                  stdout=subprocess.PIPE, text=True, check=True)
            used, memory = cpu_seconds(tracer.pid), peak_rss_kib(tracer.pid)
    calls = sum(call["count"] for call in truth_of(load.stdout)["truth"].values())
    return used, memory, calls / seconds


def run(programs, seconds=SECONDS):
    """Rows: what, figure, limit, passed."""
    used, memory, rate = watch(programs, seconds)
    share = used / seconds
    return [(f"whole host, {seconds} s: calls per second", f"{rate:,.0f}", f">= {LEAST_RATE:,}", rate >= LEAST_RATE),
            (f"whole host, {seconds} s: own CPU", f"{share:.2%} of a core", "<= 1 %", share <= MOST_CPU_SHARE),
            (f"whole host, {seconds} s: peak RSS", f"{memory / 1024:.1f} MiB", "<= 40 MiB", memory <= MOST_RSS_KIB)]
