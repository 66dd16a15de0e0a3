"""Where the programs of a build are, and running one of them."""
import json
import os
import shutil
import subprocess
import sys
import tempfile

SKIP = 77  # what test harnesses read as "skipped"


def say(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


def stop(status, text):
    say(text)
    sys.exit(status)


class Programs:
    """Paths of what is measured: from LATIMER_BUILD_DIR and LATIMER, which ./dev bench sets, else the release build."""

    def __init__(self):
        root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
        build = os.environ.get("LATIMER_BUILD_DIR") or os.path.join(root, "build", "release")
        self.build = build
        self.latimer = os.environ.get("LATIMER") or os.path.join(build, "cli", "latimer")
        self.workload = os.path.join(build, "validation", "workloads", "latimer-workload")
        self.floor = os.path.join(build, "validation", "overhead", "latimer-floor")
        self.modes = os.path.join(build, "validation", "modes", "latimer-modes")
        # A binary of another package version calls itself as bcc's Python tools do.
        self.syscount = next((found for name in ("syscount", "syscount-libbpf")
                              if (found := shutil.which(name, path=search_path()))), None)

    def require(self, *names):
        for name in names:
            path = getattr(self, name)
            if path is None or not os.access(path, os.X_OK):
                stop(1, f"there is no {name} at {path}; build it first (./dev bench does)")


def search_path():
    """PATH with the sbin folders, where Debian puts tracers, added for those who are not root."""
    return os.environ.get("PATH", os.defpath) + ":/usr/sbin:/sbin:/usr/local/sbin"


def require_root():
    if os.geteuid() != 0:
        stop(SKIP, "skipped: needs root, to load BPF programs and to see those of others")


def truth_of(stdout):
    """The workload's line of JSON, among whatever else went to standard output."""
    for line in stdout.splitlines():
        if line.startswith('{"scenario"'):
            return json.loads(line)
    raise RuntimeError(f"the workload printed no truth: {stdout[-300:]!r}")


def run_workload(command, timeout=180):
    """Runs a command that ends in a workload; returns its truth."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, errors="replace", timeout=timeout, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}: {done.stderr[-600:]}")
    return truth_of(done.stdout)


def run_under_latimer(programs, options, command):
    """`latimer OPTIONS -- COMMAND`: the truth of the workload that ends the command, and latimer's report."""
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "report.json")
        truth = run_workload([programs.latimer, *options, "-f", "json", "-o", out, "--", *command])
        with open(out, encoding="utf-8") as file:
            return truth, json.load(file)
