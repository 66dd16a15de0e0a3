"""Running validate over a damaged backend, and what it and the backend itself say afterwards."""
import dataclasses
import json
import os
import subprocess
import time

PATIENCE_S = 900


@dataclasses.dataclass
class Outcome:
    status: int
    result: dict  # validate's JSON; empty: it wrote none
    captures: list  # what LATIMER_DAMAGE_REPORT says, of the workloads that were asked for
    others: int = 0  # captures besides, of what a backend costs
    stderr: str = ""
    seconds: float = 0


def environment(damage, report):
    return dict(os.environ, LATIMER_DAMAGE=damage, LATIMER_DAMAGE_REPORT=report)


def works(program, inner):
    """Whether a backend can be used here."""
    done = subprocess.run([program, "doctor", "-b", inner], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    return done.returncode == 0


def scenarios_of(workload):
    done = subprocess.run([workload, "--list"], capture_output=True, text=True, check=True)
    return {line.split()[0] for line in done.stdout.splitlines() if line.strip()}


def truth_of(workload, scenario):
    """The calls that bear truth, with what they are known to last; nobody traces."""
    done = subprocess.run([workload, scenario], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    for line in done.stdout.splitlines():
        if line.startswith('{"scenario"'):
            return json.loads(line)
    return {"truth": {}, "killed_inside": {}, "at_least_ns": {}}


def read_lines(path):
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


# THE CONTRACT WITH VALIDATE begins here: its options, its exit status and its JSON; see also judge.py.
def validate(program, workload, draw, damage, folder, name):
    """`draw` with `damage` in place of its own; files are kept in `folder`."""
    report, notes = (os.path.join(folder, f"{name}.{ending}") for ending in ("json", "damage"))
    line = [program, "validate", "--backends", ",".join(filter(None, ("damaged", draw.beside))), "--seed",
            str(draw.seed), "--runs", str(draw.runs), "--workload-program", workload, "-f", "json", "-o", report]
    for scenario in draw.scenarios:
        line += ["--scenario", scenario]
    start = time.monotonic()
    done = subprocess.run(line, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace",
                          timeout=PATIENCE_S, check=False, env=environment(draw.environment(damage), notes))
    seconds = time.monotonic() - start
    result = {}
    if os.path.exists(report):
        with open(report, encoding="utf-8") as file:
            result = json.load(file)
    captures = read_lines(notes)
    # `latimer-workload NAME` is a workload that was asked for; with a number behind it, it measures a backend's cost.
    asked = [note for note in captures if len(note["argv"]) == 2 and note["argv"][1] in draw.scenarios]
    return Outcome(done.returncode, result, asked, len(captures) - len(asked), done.stderr, seconds)
