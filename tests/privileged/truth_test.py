#!/usr/bin/env python3
"""One scenario of known truth, launched by latimer and seen one way: every truth-bearing figure must be exact."""
import argparse
import os
import pwd
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from truth_lib import judge, runner  # noqa: E402  (needs the path above)


def setuid_copy(workload, folder):
    """A copy owned by another user, with the set-user-ID bit."""
    if os.geteuid() != 0:
        runner.skip("needs root, to make a set-user-ID program of another user")
    os.chmod(folder, 0o755)
    copy = os.path.join(folder, "latimer-workload")
    shutil.copy(workload, copy)
    os.chown(copy, pwd.getpwnam("nobody").pw_uid, -1)
    os.chmod(copy, 0o4755)
    if os.statvfs(folder).f_flag & os.ST_NOSUID:
        runner.skip(f"{folder} is mounted without set-user-ID programs")
    return copy


def wrong_names(chosen, report):
    """Whoever is told apart has the name of the workload, cut at 15 bytes by the kernel; it is executed under that of latimer."""
    if chosen.by == "cgroup":
        return []
    own = os.path.basename(chosen.workload)[:15]
    names = {row["key"]["name"] for row in report["syscalls"]}
    return [] if names - {"latimer"} == {own} else [f"names: {sorted(names)}, in truth {own}"]


def observe(chosen, again=9):
    with tempfile.TemporaryDirectory() as folder:
        command = [chosen.workload, chosen.scenario, *chosen.n]
        if chosen.scenario == "setuid-exec":
            command += ["--", setuid_copy(chosen.workload, folder)]
        output, report = runner.run_command(chosen.latimer, chosen.way, command, chosen.command, ["--by", chosen.by])
    truth = runner.truth_in(output)
    if truth is None:
        return [f"the workload printed no truth: {output[-300:]!r}"]
    complaints = judge.everything(truth, report)
    if chosen.by != "syscall":
        complaints += wrong_names(chosen, report)
    # perf trace may pass over a call: told, and no more than told.
    if chosen.way == "perf-live" and judge.skipped(report):
        return judge.more_missing_than_skipped(truth, report) or (observe(chosen, again - 1) if again else complaints)
    if chosen.scenario == "setuid-exec" and truth["measured"]["user_changed"] == 0:
        complaints.append("the set-user-ID bit had no effect, though root traces")
    return complaints


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--latimer", required=True)
    parser.add_argument("--workload", required=True)
    parser.add_argument("--command", default="latency", choices=("latency", "count"))
    parser.add_argument("--by", default="syscall")
    parser.add_argument("way", choices=runner.WAYS)
    parser.add_argument("scenario")
    parser.add_argument("n", nargs="*", help="the scenario's N")
    chosen = parser.parse_args()
    runner.require_way(chosen.way)
    complaints = observe(chosen)
    for complaint in complaints:
        print(f"{chosen.scenario}, {chosen.way}: {complaint}")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
