#!/usr/bin/env python3
"""Targets that do not wait for latimer: busy while it attaches, reads and leaves, or changed by others under its eyes."""
import json
import os
import shlex
import signal
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from truth_lib import judge, runner, scene  # noqa: E402  (needs the path above)
from truth_lib.perf_counter import PerfCounter  # noqa: E402
from truth_lib.puppet import Puppet  # noqa: E402


class Busy:
    """A workload that goes on until it is no longer wanted."""

    def __init__(self, chosen, *arguments):
        self.process = subprocess.Popen([chosen.workload, *arguments], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL)
        self.pid = self.process.pid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


def captures(chosen, rounds, judged, *arguments, options=()):
    """latimer comes to the busy workload and leaves it again, `rounds` times: every report must be right."""
    complaints = []
    with Busy(chosen, *arguments) as workload:
        for number in range(rounds):
            outcome = scene.run(chosen, "latency", *options, "-d", "0.1", "-f", "json", "-p", str(workload.pid))
            if outcome.status != 0:
                return outcome.complaints(0)
            report = json.loads(outcome.output)
            complaints += [f"capture {number + 1}: {said}" for said in judge.ledger(report) + judged(report)]
    return complaints


def test_attach_to_busy_threads(chosen):
    """Three threads that are always in a call or just between two."""
    def saw_much(report):
        seen = judge.rows_by_call(report).get("x86_64:getppid", judge.NOTHING)["count"]
        return [] if seen > 1000 else [f"only {seen} getppid were seen"]
    return captures(chosen, 8, saw_much, "--threads", "3", "--seconds", "600", "threads")


def childrens_calls(report):
    """Each child returns once from fork and makes ten getppid. Between the moments in which latimer begins to see returns
    and to see entries, what returns began before; and it leaves in the middle of a child's life."""
    calls, book = judge.rows_by_call(report), report["ledger"]
    returned, before = book["child_returns"], book["began_before_attach"]
    made = calls.get("x86_64:getppid", judge.NOTHING)["count"]
    if returned <= 10:
        return [f"only {returned} children were seen"]
    return [] if 10 * (returned - 1) - before <= made <= 10 * (returned + 1) else [
        f"{returned} children, {made} getppid of them, {before} calls began before"]


def whole_families(report):
    """Every child that was made was seen to begin, and made its calls."""
    calls, book = judge.rows_by_call(report), report["ledger"]
    made = sum(calls.get(f"x86_64:{name}", judge.NOTHING)["count"] for name in judge.FORKS)
    returned, before = book["child_returns"], book["began_before_attach"]
    missed = [] if made - 1 <= returned <= made + before + 1 else [f"{made} children made, {returned} seen to begin"]
    return missed + childrens_calls(report)


def test_attach_to_forking(chosen):
    """A process that makes a child at every moment: none may slip through while latimer attaches."""
    return judge.without_edges(captures(chosen, 8, whole_families, "children", "100000000", options=["--follow"]))


def test_beside_another(chosen):
    """Another latimer comes and goes on a host without an idle CPU: then leaving takes long enough for children to be made
    meanwhile, and they may not be seen by halves."""
    complaints = []
    with Busy(chosen, "--threads", "3", "--seconds", "600", "threads") as other, \
            Busy(chosen, "children", "100000000") as workload:
        for number in range(25):
            beside = subprocess.Popen([chosen.latimer, "latency", "-b", "ebpf", "-d", "0.1", "-p", str(other.pid)],
                                      stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
            outcome = scene.run(chosen, "latency", "--follow", "-d", "0.1", "-f", "json", "-p", str(workload.pid))
            said = beside.communicate()[1]
            if beside.returncode != 0 or outcome.status != 0:
                return outcome.complaints(0) or [f"the other latimer ended with {beside.returncode}: {said}"]
            report = json.loads(outcome.output)
            complaints += [f"capture {number + 1}: {said}" for said in judge.ledger(report) + whole_families(report)
                           if "children were seen" not in said]  # there is little time to make any
    return judge.without_edges(complaints)


def test_attach_to_thread_maker(chosen):
    """Threads that are born while latimer attaches belong to the process as much as those before and after."""
    threads, complaints = 5000, []
    for _ in range(3):
        with Puppet() as puppet:
            puppet.do("threading.stack_size(65536); gate, made = threading.Event(), []")
            puppet.do("life = lambda: (gate.wait(), calls(10))")
            puppet.do("make = lambda: made.append(threading.Thread(target=life)) or made[-1].start()")
            puppet.do(f"maker = threading.Thread(target=lambda: [make() for _ in range({threads})])")
            puppet.do("maker.start()")
            with runner.Attached(chosen.latimer, chosen.way, puppet.pid, ["-e", "getppid"]) as latimer:
                puppet.do("maker.join(); gate.set(); [thread.join() for thread in made]")
                report = latimer.finish()
        seen = judge.rows_by_call(report).get("x86_64:getppid", judge.NOTHING)["count"]
        complaints += judge.ledger(report)
        complaints += [] if seen == 10 * threads else [f"{seen} getppid seen, in truth {10 * threads}"]
    return complaints


def test_crowd(chosen):
    """More threads at once than there are places for what they are doing (bpf/place.h)."""
    threads = 3000
    with Puppet() as puppet:
        puppet.do("threading.stack_size(65536); gate = threading.Event()")
        puppet.do("life = lambda: (calls(10), gate.wait(), calls(10))")
        with runner.Attached(chosen.latimer, chosen.way, puppet.pid) as latimer:
            puppet.do(f"crowd = [threading.Thread(target=life) for _ in range({threads})]")
            puppet.do("[thread.start() for thread in crowd]; gate.set(); [thread.join() for thread in crowd]")
            report = latimer.finish()
    seen = judge.rows_by_call(report).get("x86_64:getppid", judge.NOTHING)["count"]
    return judge.ledger(report) + ([] if seen == 20 * threads else [f"{seen} getppid seen, in truth {20 * threads}"])


def test_stacks_of_the_dead(chosen):
    """Threads of others are born onto the stacks that targets' threads had."""
    complaints = []
    with Busy(chosen, "churn", "100000000"):
        for _ in range(3):
            with scene.temporary() as folder:
                out = os.path.join(folder, "report.json")
                outcome = scene.run(chosen, "latency", "-f", "json", "-o", out, "--", chosen.workload, "churn", "3000")
                if outcome.status != 0:
                    return outcome.complaints(0)
                with open(out, encoding="utf-8") as file:
                    complaints += judge.everything(runner.truth_in(outcome.output), json.load(file))
    return complaints


def test_leave_dying(chosen):
    """Children that are killed in their calls while latimer leaves: in flight or ended inside, never both and never
    neither."""
    complaints, children = [], 800
    for number in range(4):
        with Puppet() as puppet:
            with runner.Attached(chosen.latimer, chosen.way, puppet.pid, ["--follow"]) as latimer:
                puppet.do("import signal")
                puppet.do(f"many = [os.fork() or signal.pause() for _ in range({children})]")
                runner.wait_for(lambda pid=puppet.pid: all(map(runner.asleep, scene.children_of(pid))), "the children to sleep")
                latimer.process.send_signal(signal.SIGINT)
                puppet.do("[os.kill(one, signal.SIGKILL) for one in many]")
                report = latimer.finish(interrupt=False)
            puppet.do("[os.waitpid(one, 0) for one in many]")
        pause = judge.rows_by_call(report).get("x86_64:pause", judge.NOTHING)
        ended, inside = pause["killed_inside"] or 0, pause["in_flight"]
        told = [] if ended + inside == children else [f"{ended} died inside, {inside} in flight, in truth {children}"]
        complaints += [f"capture {number + 1}: {said}" for said in judge.without_edges(judge.ledger(report)) + told]
    return complaints


def test_read_while_counting(chosen):
    """Readings every few milliseconds take nothing away from the whole."""
    with scene.temporary() as folder:
        out = os.path.join(folder, "reports.json")
        outcome = scene.run(chosen, "latency", "-i", "10ms", "-f", "json", "-o", out, "--", chosen.workload, "threads",
                            "200000")
        if outcome.status != 0:
            return outcome.complaints(0)
        with open(out, encoding="utf-8") as file:
            *intervals, whole = map(json.loads, file)
    few = [] if len(intervals) > 5 else [f"only {len(intervals)} intervals: nothing was tested"]
    return few + judge.everything(runner.truth_in(outcome.output), whole)


def test_perf_beside(chosen):
    """What perf counts of the same tracepoints must not be taken away by latimer's programs."""
    with Puppet() as puppet:
        counters = {name: PerfCounter(f"raw_syscalls/{name}", puppet.pid) for name in ("sys_enter", "sys_exit")}
        try:
            with runner.Attached(chosen.latimer, chosen.way, puppet.pid) as latimer:
                before = {name: counter.read() for name, counter in counters.items()}
                puppet.do("calls(1000)")
                counted = {name: counter.read() - before[name] for name, counter in counters.items()}
                report = latimer.finish()
        finally:
            for counter in counters.values():
                counter.close()
    seen = judge.rows_by_call(report).get("x86_64:getppid", judge.NOTHING)["count"]
    complaints = [] if seen == 1000 else [f"latimer counted {seen} getppid, in truth 1000"]
    return complaints + [f"perf counted {count} {name}, in truth at least 1000" for name, count in counted.items() if count < 1000]


# A debugger that changes the number of a call while the kernel is in it: enters fork, leaves as getpid.
RENUMBERING = """
import ctypes, os, signal
PTRACE_TRACEME, PTRACE_POKEUSER, PTRACE_CONT, PTRACE_SETOPTIONS, PTRACE_O_TRACEFORK = 0, 6, 7, 0x4200, 2
ORIG_RAX, GETPID, FORK, WALL = 15 * 8, 39, 57, 0x40000000
libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = libc.syscall.argtypes = [ctypes.c_long] * 4
child = os.fork()
if child == 0:
    libc.ptrace(PTRACE_TRACEME, 0, 0, 0)
    os.kill(os.getpid(), signal.SIGSTOP)
    if libc.syscall(FORK, 0, 0, 0) == 0: os._exit(0)
    os._exit(0)
os.waitpid(child, 0)
libc.ptrace(PTRACE_SETOPTIONS, child, 0, PTRACE_O_TRACEFORK)
libc.ptrace(PTRACE_CONT, child, 0, 0)
_, status = os.waitpid(child, 0)
assert status >> 8 == (signal.SIGTRAP | 1 << 8), hex(status)
assert libc.ptrace(PTRACE_POKEUSER, child, ORIG_RAX, GETPID) == 0
libc.ptrace(PTRACE_CONT, child, 0, 0)
try:
    while True:  # child and grandchild
        pid, status = os.waitpid(-1, WALL)
        if os.WIFSTOPPED(status): libc.ptrace(PTRACE_CONT, pid, 0, 0)
except ChildProcessError:
    pass
print("renumbered")
"""


def test_renumbered_call(chosen):
    """A return that does not go with what was entered is a loss of one call, and told."""
    output, report = runner.run_command(chosen.latimer, chosen.way, [sys.executable, "-c", RENUMBERING])
    if "renumbered" not in output:
        runner.skip("the call's number could not be changed here")
    book = report["ledger"]
    complaints = [] if book["lost"]["mismatch"] == 1 and not report["complete"] else [
        f"mismatches: {book['lost']['mismatch']}, in truth 1; complete: {report['complete']}"]
    return complaints + [f"the ledger does not balance: {name} {book[name]}"
                         for name in ("enter_residual", "exit_residual") if book[name] != 0]


class MemoryCgroup:
    """A memory cgroup (v1 or v2) of our own, without a limit at first."""

    def __init__(self):
        with open("/proc/self/mountinfo", encoding="utf-8") as file:
            mounts = [line.split() for line in file]
        for mount in mounts:
            kind, options = mount[mount.index("-") + 1], mount[-1].split(",")
            if kind == "cgroup" and "memory" in options:
                self.use, self.limit, self.unlimited = "memory.usage_in_bytes", "memory.limit_in_bytes", -1
            elif kind == "cgroup2" and "memory" in self.controllers(mount[4]):
                self.use, self.limit, self.unlimited = "memory.current", "memory.max", "max"
            else:
                continue
            self.folder = os.path.join(mount[4], f"latimer-test-{os.getpid()}")
            os.mkdir(self.folder)
            return
        runner.skip("no memory cgroup controller is at hand")

    @staticmethod
    def controllers(mount):
        with open(os.path.join(mount, "cgroup.subtree_control"), encoding="ascii") as file:
            return file.read().split()

    def leave_room(self, size):
        with open(os.path.join(self.folder, self.use), encoding="ascii") as file:
            self.write(self.limit, int(file.read()) + size)

    def lift(self):
        self.write(self.limit, self.unlimited)

    def write(self, name, value):
        with open(os.path.join(self.folder, name), "w", encoding="ascii") as file:
            file.write(str(value))

    def inside(self, *command):
        """The command as run by a shell that has moved into the cgroup."""
        return ["sh", "-c", f'echo $$ >{self.folder}/cgroup.procs && exec "$@"', "sh", *command]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.rmdir(self.folder)


def test_no_memory_for_marks(chosen):
    """New threads for whose marks the kernel has no memory are not seen: that must be told."""
    threads = 4000
    with MemoryCgroup() as memory, scene.temporary() as folder:
        starter = os.path.join(folder, "latimer")
        with open(starter, "w", encoding="ascii") as file:
            file.write(f"#!/bin/sh\nexec {shlex.join(memory.inside(chosen.latimer))} \"$@\"\n")
        os.chmod(starter, 0o755)
        with Puppet() as puppet, runner.Attached(starter, chosen.way, puppet.pid, ["-e", "getppid"]) as latimer:
            puppet.do("threading.stack_size(65536); gate = threading.Event()")
            memory.leave_room(64 << 10)
            puppet.do(f"many = [threading.Thread(target=lambda: (gate.wait(), calls(10))) for _ in range({threads})]")
            puppet.do("[thread.start() for thread in many]")
            memory.lift()
            puppet.do("gate.set(); [thread.join() for thread in many]")
            report = latimer.finish()
    seen = judge.rows_by_call(report).get("x86_64:getppid", judge.NOTHING)["count"]
    unmarked = report["ledger"]["lost"]["storage"]
    if seen + 10 * unmarked != 10 * threads:
        return [f"{seen} getppid seen, {unmarked} threads without a mark, in truth {threads} threads made 10 each"]
    if unmarked == 0:
        runner.skip("the kernel had memory for every mark in spite of the limit")
    return ["the report says that it is complete"] if report["complete"] else []


if __name__ == "__main__":
    scene.adopt_orphans()
    sys.exit(runner.main(__doc__, runner.tests_of(globals()), after=scene.left_behind))
