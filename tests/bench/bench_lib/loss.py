"""Stream mode: what is lost at full speed, and whether every loss is told."""
from dataclasses import dataclass

from . import tracing
from .programs import run_under_latimer

SECONDS = "5"
ACCEPTED_SHARE = 0.001


@dataclass
class Loss:
    made: int
    received: int
    told: int

    @property
    def share(self):
        return (self.made - self.received) / self.made


def measure(programs, *options):
    """Two threads in a getppid loop. Only getppid is traced, so that what is lost can only be getppid."""
    tracing.wait_until_quiet()
    truth, report = run_under_latimer(
        programs, ["latency", "-b", "ebpf", "--mode", "stream", "-e", "getppid", *options],
        [programs.workload, "--threads", "2", "--seconds", SECONDS, "threads"])
    received = sum(row["count"] for row in report["syscalls"] if row["name"] == "getppid")
    told = sum(count or 0 for count in report["ledger"]["lost"].values())
    return Loss(truth["truth"]["x86_64:getppid"]["count"], received, told)


def run(programs):
    """Rows: what, figure, limit, passed."""
    usual = measure(programs)
    tiny = measure(programs, "--ring-size", "64K")
    return [("stream, default buffers: calls lost", f"{usual.share:.4%} of {usual.made}", "<= 0.1 %",
             usual.share <= ACCEPTED_SHARE),
            ("stream, default buffers: lost - told", str(usual.made - usual.received - usual.told), "0",
             usual.made - usual.received == usual.told),
            ("stream, 64 KiB buffers: calls lost", f"{tiny.share:.2%} of {tiny.made}", "some", tiny.told > 0),
            ("stream, 64 KiB buffers: lost - told", str(tiny.made - tiny.received - tiny.told), "0",
             tiny.made - tiny.received == tiny.told)]
