"""What is drawn for a trial: a defect, how bad it is, in which backend, and the workloads that are to show it."""
import dataclasses
import random

# One of each kind of workload is in every trial, as all are when validate is called without --scenario.
KINDS = {
    "sleeps": ("sleep", "poll", "threads-sleep", "staircase"),
    "failing": ("errnos", "enoent", "emfile", "eagain"),
    "tasks": ("fork-tree", "children", "churn"),
    "calls": ("mix", "int80", "read-write", "copy", "epoll"),
}
# 400,000 calls: without it nothing would be lost of what loses one event in 100,000. Under strace 10 s.
THREADS = "threads"
DEFECTS = ("drop", "shift", "errno", "thread")
# Durations are only held against another backend's in ten runs or more (docs/validation.md).
RUNS_FOR_LATENCY = 10


@dataclasses.dataclass(frozen=True)
class Draw:
    damage: str  # as LATIMER_DAMAGE takes it, without inner and seed
    inner: str
    seed: int
    scenarios: tuple
    beside: str = ""  # a way that is not damaged, whose durations are those to compare with; empty: none
    runs: int = 1

    @property
    def defect(self):
        return self.damage.split(",")[0].removeprefix("defect=")

    def environment(self, damage):
        return f"inner={self.inner},seed={self.seed},{damage}"


def drop(chance):
    rate = round(10 ** chance.uniform(2, 5))
    return f"defect=drop,rate={rate}" + (",honest-ledger" if chance.random() < 0.2 else "")


def shift(chance):
    if chance.random() < 0.5:
        factor = 10 ** chance.uniform(-0.7, 0.7)  # 0.2 to 5
        return f"defect=shift,factor={factor:.2f}" if f"{factor:.2f}" != "1.00" else shift(chance)
    microseconds = round(10 ** chance.uniform(1, 4))  # 10 us to 10 ms
    return f"defect=shift,by={chance.choice(('', '-'))}{microseconds}us"


def errno(chance):
    # Most workloads that fail do so in one way.
    return f"defect=errno,nth={chance.choice((1, 1, 1, 2, 3))},rate={chance.choice((1, 1, 3, 10))}"


def thread(chance):
    return f"defect=thread,nth={chance.randint(1, 4)}"


MAKERS = {"drop": drop, "shift": shift, "errno": errno, "thread": thread}


def scenarios(chance, defect, known):
    chosen = [chance.choice([name for name in names if name in known]) for names in KINDS.values()]
    if defect == "drop":
        chosen.append(THREADS)
    return tuple(chosen)


def draw(chance, defect, inners, beside, known):
    damage = MAKERS[defect](chance)
    seed = chance.randrange(1, 1 << 32)
    compared = defect == "shift" and beside and chance.random() < 0.5
    chosen = scenarios(chance, defect, known)
    if compared:  # each workload ten times by two backends: those that take long are left out
        chosen = chosen[:2]
    return Draw(damage, chance.choice(inners), seed, chosen, beside if compared else "",
                RUNS_FOR_LATENCY if compared else 1)


def draws(count, seed, inners, beside, known, defects=DEFECTS):
    """`count` of them, each defect as often as the others."""
    chance = random.Random(seed)
    order = [defects[i % len(defects)] for i in range(count)]
    chance.shuffle(order)
    return [draw(chance, defect, inners, beside, known) for defect in order]
