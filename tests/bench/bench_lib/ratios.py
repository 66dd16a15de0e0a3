"""What tracing adds to a call, relative to the floor: interleaved rounds, medians.

The loop counts in cycles of its CPU (validation/workloads/spin.cpp), because CPUs change their speed, and would do so
between two measurements that are compared. They are printed as the nanoseconds that they take at the greatest speed seen.
With medians over the rounds,
added(x) = (time of a call under x) - (time with nothing attached)
ratio(x) = added(x) / added(floor), which is what is judged.
"""
import contextlib
import os
import statistics
import subprocess
from dataclasses import dataclass, field
from typing import Callable, NamedTuple, Optional

from . import tracing
from .programs import run_under_latimer, run_workload, say

CPU = "1" if (os.cpu_count() or 1) > 1 else "0"
SCENARIOS = {"loop": ("2000000", 1), "mix": ("40000", 40)}  # name: N, calls in one of the N


@dataclass
class Config:
    """One row: how to measure it, and what it may cost."""
    name: str
    measure: Callable[[str], "Timing"]
    limits: dict = field(default_factory=dict)  # scenario: largest ratio
    cycles: dict = field(default_factory=dict)  # scenario: cycles per call of each round
    cycle_ns: float = float("inf")              # the shortest seen


def workload(programs, scenario):
    return [programs.workload, "--time", "--cpu", CPU, scenario, SCENARIOS[scenario][0]]


class Timing(NamedTuple):
    cycles: float    # per call
    cycle_ns: float  # with the CPU at its fastest


def timing(truth):
    measured = truth["measured"]
    return Timing(measured["millicycles_per_call"] / 1000, measured["cycle_fs"] / 1e6)


def bare(programs):
    def measure(scenario):
        tracing.wait_until_quiet()
        return timing(run_workload(workload(programs, scenario)))
    return measure


def beside(programs, tracer):
    """The workload while `tracer` is attached to the host."""
    def measure(scenario):
        with tracing.attached(tracer):
            return timing(run_workload(workload(programs, scenario)))
    return measure


@contextlib.contextmanager
def idle_process(programs):
    process = subprocess.Popen([programs.workload, "--gate", "loop", "1"], stdin=subprocess.PIPE,
                               stdout=subprocess.DEVNULL)
    try:
        yield process.pid
    finally:
        process.stdin.close()
        process.wait()


def beside_target(programs, options):
    """The workload while latimer is attached to another process."""
    def measure(scenario):
        with idle_process(programs) as pid:
            command = [programs.latimer, *options, "-p", str(pid)]
            with tracing.attached(command):
                return timing(run_workload(workload(programs, scenario)))
    return measure


def under(programs, options, exact=True):
    """The workload as latimer's command. Its getppid must all be in the report: a tracer that sees nothing is cheap."""
    def measure(scenario):
        tracing.wait_until_quiet()
        truth, report = run_under_latimer(programs, options, workload(programs, scenario))
        check_counts(report, truth, exact)
        return timing(truth)
    return measure


def check_counts(report, truth, exact):
    seen = sum(row["count"] for row in report["syscalls"] if row["name"] == "getppid" and row["abi"] == "x86_64")
    made = truth["truth"]["x86_64:getppid"]["count"]
    if seen != made and (exact or seen < made / 2):
        raise RuntimeError(f"latimer counted {seen} getppid of {made}: this is no measurement of it")


def configurations(programs, peers):
    latimer = [
        Config("latimer count", under(programs, ["count", "-b", "ebpf"]), {"loop": 0.5}),
        Config("latimer latency", under(programs, ["latency", "-b", "ebpf"]), {"loop": 1.25, "mix": 1.5}),
        Config("latimer latency --by process", under(programs, ["latency", "-b", "ebpf", "--by", "process"]),
               {"loop": 1.45}),
        Config("latimer latency --mode stream",
               under(programs, ["latency", "-b", "ebpf", "--mode", "stream"], exact=False), {"loop": 1.8}),
        Config("latimer, another process", beside_target(programs, ["latency", "-b", "ebpf"]), {"loop": 0.7}),
        Config("latimer latency -a", beside(programs, [programs.latimer, "latency", "-b", "ebpf", "-a"])),
    ]
    if not os.access(programs.latimer, os.X_OK):
        say(f"there is no {programs.latimer}: only the floor and the peers are measured")
        latimer = []
    others = [Config("libbpf-tools syscount -L",
                     beside(programs, tracing.with_tracefs([programs.syscount, "-L"])))] if peers else []
    return [Config("nothing attached", bare(programs)),
            Config("empty pair", beside(programs, [programs.floor, "empty"])),
            Config("floor: pair with clock reads", beside(programs, [programs.floor, "clock"])),
            *latimer, *others]


def measure_rounds(configs, scenarios, rounds):
    """Every round measures everything; each starts elsewhere, so that no drift of the host favours one of them."""
    disturbed = 0
    for number in range(rounds):
        shift = number % len(configs)
        for config in configs[shift:] + configs[:shift]:
            for scenario in scenarios:
                disturbed += not tracing.wait_until_idle()
                seen = config.measure(scenario)
                config.cycles.setdefault(scenario, []).append(seen.cycles)
                config.cycle_ns = min(config.cycle_ns, seen.cycle_ns)
        say(f"round {number + 1} of {rounds}: " + ", ".join(
            f"{config.name} {config.cycles['loop'][-1]:.0f}" for config in configs if "loop" in config.cycles) + " cycles")
    if disturbed:
        say(f"other work kept this host busy during {disturbed} measurements: the figures are worth less")


@dataclass
class Result:
    name: str
    ns: float
    added: float
    ratio: Optional[float]
    low: Optional[float]
    high: Optional[float]
    limit: Optional[float]

    @property
    def passed(self):
        return self.limit is None or self.ratio is not None and self.ratio <= self.limit


def results(configs, scenario):
    cycle_ns = min(config.cycle_ns for config in configs)
    base = statistics.median(configs[0].cycles[scenario])
    floor = statistics.median(configs[2].cycles[scenario]) - base
    rows = []
    for config in configs:
        cycles = config.cycles[scenario]
        ratios = [None] * 3 if config is configs[0] else [
            (figure(cycles) - base) / floor for figure in (statistics.median, min, max)]
        median = statistics.median(cycles)
        rows.append(Result(config.name, median * cycle_ns, (median - base) * cycle_ns, *ratios,
                           config.limits.get(scenario)))
    return rows


def latency_to_syscount(configs):
    """latency's added time relative to syscount -L's; None without one of them."""
    medians = {config.name: statistics.median(config.cycles["loop"]) for config in configs}
    ours, theirs = medians.get("latimer latency"), medians.get("libbpf-tools syscount -L")
    base = medians["nothing attached"]
    return None if ours is None or theirs is None else (ours - base) / (theirs - base)
