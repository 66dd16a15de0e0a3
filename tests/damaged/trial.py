#!/usr/bin/env python3
"""Does `latimer validate` catch a broken backend, and leave a sound one alone?

    sudo tests/damaged/trial.py --latimer-damaged build/release/tests/damaged/latimer-damaged \\
      --workload build/release/validation/workloads/latimer-workload --runs 20 --seed 1

Each of the runs draws a defect, how bad it is, the backend that has it and some workloads (trial_lib/draw.py), and has
validate judge that; and then the same without the defect. Exit 1: a false alarm, damage to a figure that bears truth
was missed, or a run came to nothing. A shift of time below validate's margins is no miss, and is named. 77: no backend
can be used here.
"""
import argparse
import collections
import os
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from trial_lib import draw, judge, runs  # noqa: E402  (needs the path above)

SKIP = 77
UNDAMAGED = "defect=none"
INNERS = ("strace", "ebpf")
BESIDE = "ebpf-aggregate"


def count_of(text):
    if int(text) < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return int(text)


def defects_of(text):
    names = text.split(",")
    if not set(names) <= set(draw.DEFECTS):
        raise argparse.ArgumentTypeError(f"some of {', '.join(draw.DEFECTS)}")
    return names


def span_of(text):
    first, _, last = text.partition("-")
    return range(int(first), int(last or first) + 1)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--latimer-damaged", required=True)
    parser.add_argument("--workload", required=True, help="latimer-workload")
    parser.add_argument("--runs", type=count_of, default=20, help="damaged ones; as many without damage between them")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=span_of, metavar="N[-M]", help="of the runs that the seed draws only these")
    parser.add_argument("--defects", type=defects_of, default=draw.DEFECTS, help="only these, with commas between")
    parser.add_argument("--inner", default=",".join(INNERS), help="backends to break, with commas between")
    parser.add_argument("--keep", metavar="FOLDER", help="keep what validate and the damaged backend wrote")
    return parser.parse_args()


class Trial:
    def __init__(self, chosen, folder):
        self.chosen = chosen
        self.folder = folder
        self.truths = {}
        self.kinds = {"damaged": collections.Counter(), "undamaged": collections.Counter()}

    def truth(self, scenario):
        if scenario not in self.truths:
            self.truths[scenario] = runs.truth_of(self.chosen.workload, scenario)
        return self.truths[scenario]

    def run(self, drawn, damage, name):
        return runs.validate(self.chosen.latimer_damaged, self.chosen.workload, drawn, damage, self.folder, name)

    def pair(self, number, drawn):
        outcome = self.run(drawn, drawn.damage, f"{number}-damaged")
        truths = {scenario: self.truth(scenario) for scenario in drawn.scenarios}
        found = judge.of_damaged(drawn, outcome, truths)
        control = self.run(drawn, UNDAMAGED, f"{number}-undamaged")
        sound = judge.of_undamaged(drawn, control)
        self.kinds["damaged"][found.kind] += 1
        self.kinds["undamaged"][sound.kind] += 1
        damage = drawn.damage.removeprefix("defect=").replace(",", " ")
        print(f"{number:>3}  {damage:<32} {drawn.inner:<7} {found.touched:>7} {found.bearing:>7}  {found.kind:<11}  "
              f"{sound.kind:<11} {outcome.seconds:>5.0f} s {control.seconds:>5.0f} s")
        beside = f", {drawn.runs} runs beside {drawn.beside}" if drawn.beside else ""
        print(f"     in {' '.join(drawn.scenarios)}{beside}")
        for text in filter(None, (found.why and f"{found.kind}: {found.why}", sound.why and f"undamaged: {sound.why}")):
            print(f"     {text}")
        sys.stdout.flush()

    def summary(self):
        for what, kinds in self.kinds.items():
            print(f"{sum(kinds.values())} {what}: " + ", ".join(f"{count} {kind}" for kind, count in kinds.most_common()))
        return any(kinds[kind] for kinds in self.kinds.values() for kind in judge.FAILURES)


def main():
    chosen = arguments()
    inners = [name for name in chosen.inner.split(",") if runs.works(chosen.latimer_damaged, name)]
    if not inners:
        print(f"SKIPPED: none of {chosen.inner} can be used here")
        return SKIP
    beside = BESIDE if runs.works(chosen.latimer_damaged, BESIDE.split("-", maxsplit=1)[0]) else ""
    drawn = draw.draws(chosen.runs, chosen.seed, inners, beside, runs.scenarios_of(chosen.workload),
                       chosen.defects)
    print(f"seed {chosen.seed}, damaged backends: {', '.join(inners)}")
    print(f"{'':>3}  {'damage':<32} {'in':<7} {'touched':>7} {'bearing':>7}  {'damaged':<11}  {'undamaged':<11}")
    with tempfile.TemporaryDirectory() as folder:
        if chosen.keep:
            os.makedirs(chosen.keep, exist_ok=True)
        trial = Trial(chosen, chosen.keep or folder)
        for number, each in enumerate(drawn, 1):
            if chosen.only is None or number in chosen.only:
                trial.pair(number, each)
        return 1 if trial.summary() else 0


if __name__ == "__main__":
    sys.exit(main())
