"""Bad input, missing privileges and missing programs: what latimer says, and what it ends with."""
import os
import subprocess

from . import runner, scene


def test_no_such_pid(chosen):
    pid = str(scene.unused_pid())
    return scene.run(chosen, "latency", "-p", pid).complaints(1, pid, "process")


def test_pid_gone_while_attaching(chosen):
    """Targets that end at about the time latimer attaches: any of its steps may find them gone."""
    complaints = []
    for i in range(12):
        with subprocess.Popen(["sleep", str(i * 0.01)]) as target:
            outcome = scene.run(chosen, "latency", "-p", str(target.pid), "-d", "1")
            complaints += outcome.complaints((0, 1))
    return complaints


def test_not_found(chosen):
    return scene.run(chosen, "latency", "--", "/latimer/no/such/program").complaints(127, "/latimer/no/such/program")


def test_not_executable(chosen):
    return scene.run(chosen, "latency", "--", "/etc/passwd").complaints(126, "/etc/passwd")


def test_unknown_call(chosen):
    return scene.run(chosen, "latency", "-e", "opnat", "--", "true").complaints(125, "opnat", "openat") + \
        scene.run(chosen, "latency", "-e", "opnat", "-p", "1").complaints(2, "opnat", "openat")


def test_bad_expression(chosen):
    return scene.run(chosen, "latency", "-e", "/(/", "--", "true").complaints(125, "/(/")


def test_status_is_the_commands(chosen):
    return scene.run(chosen, "latency", "--", "sh", "-c", "exit 7").complaints(7)


def test_signal_is_the_commands(chosen):
    return scene.run(chosen, "latency", "--", "sh", "-c", "kill -TERM $$").complaints(-15)


def test_fail_on_loss_yields_to_the_command(chosen):
    return scene.run(chosen, "latency", "--fail-on-loss", "--", "sh", "-c", "exit 7").complaints(7)


def test_disk_full(chosen):
    with scene.temporary() as folder:
        mark = os.path.join(folder, "mark")
        outcome = scene.run(chosen, "latency", "-o", "/dev/full", "--", "touch", mark)
        missing = [] if os.path.exists(mark) else ["the command was not run to its end"]
    return missing + outcome.complaints(125, "/dev/full", "no space left")


def test_no_privilege(chosen):
    """As a plain user eBPF is refused with what is missing and the fix; auto takes strace for a command."""
    if chosen.way == "strace":
        return []
    with scene.temporary() as folder:
        scene.for_everybody(chosen, folder)
        command = ["--", chosen.workload, "loop", "10"]
        refused = scene.run(chosen, "latency", *command, user="nobody")
        fallen_back = scene.run(chosen, "latency", *command, way=False, user="nobody")
        attach = scene.run(chosen, "latency", "-p", "1", way=False, user="nobody")
    complaints = refused.complaints(125, "cap_bpf")
    if '"scenario"' in refused.output:
        complaints.append("the command was run although nothing could watch it")
    return complaints + fallen_back.complaints(0, "strace", "cap_bpf", "getppid") + \
        attach.complaints(1, "-b strace")


def test_user_namespace(chosen):
    """Root of a user namespace only, as in a rootless container: ebpf is refused, auto takes strace."""
    command = ["unshare", "--user", "--map-root-user", chosen.latimer, "latency"]
    if subprocess.run([*command[:3], "true"], capture_output=True, check=False).returncode != 0:
        runner.skip("user namespaces cannot be made here")
    done = subprocess.run([*command, "--", chosen.workload, "loop", "10"], capture_output=True, text=True, check=False)
    return scene.Outcome(done.returncode, done.stdout, done.stderr).complaints(0, "strace", "getppid")


def test_strace_absent(chosen):
    if chosen.way != "strace":
        return []
    return scene.run(chosen, "latency", "--", "/bin/true",
                     environment={"PATH": "/latimer/nothing/here"}).complaints(125, "strace", "install")


def test_strace_too_old(chosen):
    if chosen.way != "strace":
        return []
    with scene.temporary() as folder:
        fake = os.path.join(folder, "strace")
        with open(fake, "w", encoding="ascii") as file:
            file.write("#!/bin/sh\necho 'strace -- version 4.26'\n")
        os.chmod(fake, 0o755)
        return scene.run(chosen, "latency", "--", "/bin/true",
                         environment={"PATH": f"{folder}:{os.environ['PATH']}"}).complaints(125, "4.26")
