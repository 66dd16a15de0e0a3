#!/usr/bin/env python3
"""Who is a target: by name, cgroup, host and pid namespace, with the least privileges, and never anybody else."""
import json
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from truth_lib import judge, runner, scene  # noqa: E402  (needs the path above)
from truth_lib.puppet import Puppet  # noqa: E402

NAME = f"lt{os.getpid()}"  # this test's own: others run beside it


def getppid_count(report):
    return judge.rows_by_call(report).get("x86_64:getppid", judge.NOTHING)["count"]


def watched(chosen, puppet, target, steps, made, *options):
    """The puppet makes `steps` while latimer watches `target`: `made` getppid must be counted, and nothing lost."""
    with runner.Attached(chosen.latimer, chosen.way, None, ["-e", "getppid", *options], target) as latimer:
        for step in steps:
            step() if callable(step) else puppet.do(step)
        report = latimer.finish()
    seen = getppid_count(report)
    return judge.ledger(report) + ([] if seen == made else [f"{seen} getppid reported, {made} in truth"])


def test_comm_of_running(chosen):
    """Who has the name when latimer comes, its threads and its children."""
    with Puppet() as puppet:
        puppet.do(f"rename(b'{NAME}')")
        # python may give its threads names of its own
        steps = ["calls(1000)", "in_child(lambda: calls(300))", f"in_thread(lambda: (rename(b'{NAME}-2'), calls(20)))"]
        return watched(chosen, puppet, ["--comm", NAME + "*"], steps, 1320)


def test_comm_changes(chosen):
    """Who takes the name is a target from then on, who gives it up is none."""
    with Puppet() as puppet:
        steps = ["calls(10)", f"rename(b'{NAME}-1')", "calls(1000)", "rename(b'somebody')", "calls(500)",
                 f"rename(b'{NAME}-2')", "calls(7)"]
        return watched(chosen, puppet, ["--comm", NAME + "-?"], steps, 1007)


def test_comm_of_child(chosen):
    """Whoever is renamed and then makes only children: with -e no call of its own would have had it judged."""
    with Puppet() as puppet:
        steps = [f"rename(b'{NAME}')", "in_child(lambda: calls(50))", "in_child(lambda: calls(7))"]
        return watched(chosen, puppet, ["--comm", NAME], steps, 57)


def test_comm_of_nobody(chosen):
    """A name that nobody has looks like a service that does nothing, unless it is said."""
    return said(chosen, "no process had a name that fits", "--comm", NAME + "-none", "-d", "0.1")


def said(chosen, words, *options):
    outcome = scene.run(chosen, "latency", *options)
    text = outcome.output + outcome.errors
    return [] if words in " ".join(text.split()) else [f"did not say {words!r}: {text[-600:]!r}"]


def test_comm_by_exec(chosen):
    """A new program has a new name."""
    with Puppet() as puppet, tempfile.TemporaryDirectory() as folder:
        link = os.path.join(folder, NAME)
        os.symlink(sys.executable, link)
        script = "import os\\nfor _ in range(100): os.getppid()"
        steps = [f"os.spawnv(os.P_WAIT, '{link}', ['{NAME}', '-c', '{script}'])", "calls(9)"]
        return watched(chosen, puppet, ["--comm", f"/^{NAME}$/"], steps, 100)


def cgroup_mount():
    with open("/proc/self/mountinfo", encoding="utf-8") as file:
        for line in file:
            if " - cgroup2 " in line:
                return line.split()[4]
    return runner.skip("no cgroup v2 hierarchy is mounted")


def test_cgroup(chosen):
    """Who is in the cgroup at the time of the call; its children are born there."""
    folder = os.path.join(cgroup_mount(), f"latimer-test-{os.getpid()}")
    os.mkdir(folder)

    def move(where):
        with open(os.path.join(where, "cgroup.procs"), "w", encoding="ascii") as file:
            file.write(str(puppet.pid))
    try:
        with Puppet() as puppet:
            steps = ["calls(100)", lambda: move(folder), "calls(1000)", "in_child(lambda: calls(50))",
                     lambda: move(cgroup_mount()), "calls(77)"]
            return watched(chosen, puppet, ["--cgroup", folder], steps, 1050)
    finally:
        os.rmdir(folder)


def test_cgroup_empty(chosen):
    """Nobody is in it, and whatever the rest of the host is in or returns from is not its business."""
    folder = os.path.join(cgroup_mount(), f"latimer-test-{os.getpid()}")
    os.mkdir(folder)
    try:
        with Puppet() as puppet, runner.Attached(chosen.latimer, chosen.way, None, (), ["--cgroup", folder]) as latimer:
            puppet.do("in_child(lambda: calls(10))")
            report = latimer.finish()
    finally:
        os.rmdir(folder)
    told = [f"{len(report[name])} in {name}" for name in ("syscalls", "in_flight") if report[name]]
    book = report["ledger"]
    return told + [f"{name} {book[name]}" for name in ("enters", "exits", "in_flight") if book[name]]


def test_names_after_exec(chosen):
    """A process goes by the program that it runs, not by what it was before."""
    _, report = runner.run_command(chosen.latimer, chosen.way, ["sh", "-c", "ls / >/dev/null; exec ls /"],
                                   options=["--by", "process"])
    names = {row["key"]["name"] for row in report["syscalls"] if row["name"] == "getdents64"}
    everybody = {row["key"]["name"] for row in report["syscalls"]}
    return ([] if names == {"ls"} else [f"folders are read by {names}"]) + (
        [f"names: {everybody}"] if os.path.basename(chosen.latimer) in everybody else [])


def test_host(chosen):
    """Everybody, but not latimer itself, whose reading would be seen for ever."""
    with Puppet() as puppet:
        with runner.Attached(chosen.latimer, chosen.way, None, ["--by", "process"], ["-a"]) as latimer:
            puppet.do("calls(1000)")
            own = latimer.process.pid
            report = latimer.finish()
        made = [row["count"] for row in report["syscalls"]
                if row["name"] == "getppid" and row["key"]["pid"] == puppet.pid]
    complaints = judge.without_edges(judge.ledger(report))
    if made != [1000]:
        complaints.append(f"getppid of the puppet: {made}, in truth 1000")
    if any(row["key"]["pid"] == own for row in report["syscalls"]):
        complaints.append("latimer sees itself")
    return complaints


def in_namespace(*command):
    return ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child", *command]


def test_pid_namespace(chosen):
    """Numbers are those of latimer's own pid namespace, whatever the rest of the host calls the process."""
    test = os.path.join(os.path.dirname(os.path.abspath(__file__)), "attach_test.py")
    complaints = []
    for name in ("loop", "hung-before"):
        done = subprocess.run(
            in_namespace(sys.executable, test, "--latimer", chosen.latimer, "--workload", chosen.workload, chosen.way,
                         name),
            capture_output=True, text=True, timeout=runner.PATIENCE_S, check=False)
        if done.returncode != 0:
            complaints.append(f"{name} in a pid namespace: {(done.stdout + done.stderr)[-600:]}")
    return complaints


# Two children with the same number. Numbers can be chosen only in a pid namespace of one's own.
TWINS = """
import os, time
def child():
    pid = os.fork()
    if pid == 0:
        for _ in range(10): os.getppid()
        os._exit(0)
    os.waitpid(pid, 0)
    return pid
first = child()
time.sleep(0.02)  # the start of a process is told in hundredths of a second
with open("/proc/sys/kernel/ns_last_pid", "w") as file: file.write(str(first - 1))
print(first, child())
"""


def test_reused_pid(chosen):
    """Two processes of one number are two processes."""
    with scene.temporary() as folder:
        out = os.path.join(folder, "report.json")
        done = subprocess.run(
            in_namespace(chosen.latimer, "latency", *runner.WAYS[chosen.way], "--by", "process", "-e", "getppid", "-f",
                         "json", "-o", out, "--", sys.executable, "-c", TWINS),
            capture_output=True, text=True, timeout=runner.PATIENCE_S, check=False)
        if done.returncode != 0:
            return [f"ended with {done.returncode}: {done.stderr[-600:]}"]
        first, second = map(int, done.stdout.split())
        if first != second:
            runner.skip(f"the numbers are {first} and {second}: the kernel gave no number twice")
        with open(out, encoding="utf-8") as file:
            report = json.load(file)
    rows = [row["count"] for row in report["syscalls"] if row["key"]["pid"] == first]
    return judge.ledger(report) + ([] if rows == [10, 10] else [f"rows of process {first}: {rows}, in truth 10 and 10"])


def test_time_namespace(chosen):
    """A monotonic clock of one's own does not make calls a day long."""
    with Puppet() as puppet:
        target = ["-p", str(puppet.pid)]
        done = subprocess.run(["unshare", "--time", "--monotonic", "100000", "--fork", chosen.latimer, "latency",
                               *runner.WAYS[chosen.way], "-d", "0.2", "-f", "json", *target],
                              capture_output=True, text=True, timeout=runner.PATIENCE_S, check=False)
    if done.returncode != 0:
        return [f"ended with {done.returncode}: {done.stderr[-600:]}"]
    ages = [call["age_ns"] for call in json.loads(done.stdout)["in_flight"]]
    return [] if len(ages) == 1 and 0 < ages[0] < 60e9 else [f"ages of the call that it sleeps in: {ages}"]


def test_exec_of_thread(chosen):
    """A thread that is no leader and executes a program goes on under the leader's number."""
    output, report = runner.run_command(chosen.latimer, chosen.way, [chosen.workload, "thread-exec"],
                                        options=["--by", "thread"])
    truth = runner.truth_in(output)
    after = [row for row in report["syscalls"] if row["name"] == "getppid"]
    complaints = judge.everything(truth, report)
    complaints += [f"getppid of {row['key']}" for row in after if row["key"]["tid"] != row["key"]["pid"]]
    return complaints if after else complaints + ["no getppid was seen"]


def test_capabilities(chosen):
    """CAP_BPF and CAP_PERFMON, and no other privilege: a command, and a process of the same user."""
    with scene.temporary() as folder:
        scene.for_everybody(chosen, folder)
        holder = ["setpriv", "--reuid", "nobody", "--clear-groups", "--inh-caps", "+cap_38,+cap_39", "--ambient-caps",
                  "+cap_38,+cap_39"]
        prefixed = os.path.join(folder, "latimer-with-capabilities")
        with open(prefixed, "w", encoding="utf-8") as file:
            file.write(f"#!/bin/sh\nexec {' '.join(holder)} {chosen.latimer} \"$@\"\n")
        os.chmod(prefixed, 0o755)
        os.chmod(folder, 0o777)
        out = os.path.join(folder, "report.json")
        done = subprocess.run([prefixed, "latency", *runner.WAYS[chosen.way], "-f", "json", "-o", out, "--",
                               chosen.workload, "loop", "1000"],
                              capture_output=True, text=True, timeout=runner.PATIENCE_S, check=False)
        if done.returncode != 0:
            return [f"ended with {done.returncode}: {done.stderr[-600:]}"]
        with open(out, encoding="utf-8") as file:
            report = json.load(file)
    return judge.everything(runner.truth_in(done.stdout), report)


def test_file_capabilities(chosen):
    """The same by setcap, as doctor recommends it; a program with file capabilities is not dumpable."""
    if shutil.which("setcap") is None:
        runner.skip("setcap is not installed")
    with scene.temporary() as folder:
        scene.for_everybody(chosen, folder)
        os.chmod(folder, 0o777)
        subprocess.run(["setcap", "cap_bpf,cap_perfmon+ep", chosen.latimer], check=True)
        outcome = scene.run(chosen, "latency", "--", chosen.workload, "loop", "1000", user="nobody")
    return outcome.complaints(0, "getppid", "complete: nothing lost")


if __name__ == "__main__":
    scene.adopt_orphans()
    sys.exit(runner.main(__doc__, runner.tests_of(globals()), after=scene.left_behind))
