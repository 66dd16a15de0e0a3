"""What each query of docs/queries has to answer, computed from the rows of the CSV file without SQL."""
import json
import math
import os
import re
from collections import defaultdict
from fractions import Fraction

SOURCE = os.environ.get("LATIMER_SOURCE_DIR", os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))


class Rounded:
    """A number that a query rounds to so many digits behind the point."""

    def __init__(self, value, digits):
        self.value, self.digits = value, digits

    def matches(self, seen):
        if self.value is None or seen is None:
            return self.value is None and seen is None
        return abs(Fraction(seen) - self.value) <= Fraction(1, 2 * 10**self.digits) + Fraction(1, 10**9)

    def __repr__(self):
        return "None" if self.value is None else f"~{float(self.value):.{self.digits + 2}f}"


def ms(nanoseconds):
    return Rounded(None if nanoseconds is None else Fraction(nanoseconds, 10**6), 3)


def seconds(nanoseconds, digits=6):
    return Rounded(None if nanoseconds is None else Fraction(nanoseconds, 10**9), digits)


def waiting_calls():
    """The names that core/model/syscall_class.cpp has, which the SQL repeats."""
    with open(os.path.join(SOURCE, "core/model/syscall_class.cpp"), encoding="utf-8") as file:
        words = re.search(r"kWaiting =\s*((?:\"[^\"]*\"\s*)+);", file.read()).group(1)
    return set("".join(re.findall(r'"([^"]*)"', words)).split())


WAITING = waiting_calls()
READS = {"read", "readv", "recvfrom", "recvmsg"}
PEERS = re.compile(r"(tcp|udp|unix|inet|raw|sctp|vsock|netlink|packet|bluetooth)[^:]*:|socket:")


def total(values):
    known = [v for v in values if v is not None]
    return sum(known) if known else None


def longest(values):
    return max((v for v in values if v is not None), default=None)


def bigger_first(value):
    return (value is None, -(value or 0))


def durations(rows):
    return [row.duration_ns for row in rows]


def failures(rows):
    return sum(row.errno is not None for row in rows)


def moved(rows, names):
    return sum(row.return_value for row in rows if row.syscall in names and (row.return_value or 0) > 0)


def groups(rows, key):
    found = defaultdict(list)
    for row in rows:
        found[key(row)].append(row)
    return found


def first_ns(rows):
    return min((row.timestamp_ns for row in rows if row.timestamp_ns is not None), default=None)


def is_path(row):
    return row.path is not None and row.path.startswith(("/", "./"))


def percentile(values, percent):
    """The nearest rank."""
    ranked = sorted(v for v in values if v is not None)
    return ranked[math.ceil(len(ranked) * percent / 100) - 1] if ranked else None


def calls_by_time(rows, _):
    all_ns = total(durations(rows))
    answer = []
    for name, group in groups(rows, lambda r: r.syscall).items():
        times = durations(group)
        ns = total(times)
        percent = Rounded(None if ns is None else Fraction(100 * ns, all_ns), 1)
        answer.append((bigger_first(ns), name, [name, len(group), failures(group), ms(ns), percent, percentile(times, 50),
                                                percentile(times, 99), longest(times)]))
    return [row for *_, row in sorted(answer, key=lambda a: a[:2])]


def slowest_calls(rows, _):
    begin = first_ns(rows)
    timed = [r for r in rows if r.duration_ns is not None]
    timed.sort(key=lambda r: (-r.duration_ns, r.timestamp_ns is None, r.timestamp_ns or 0, r.tid, r.syscall))
    return [[seconds(None if r.timestamp_ns is None else r.timestamp_ns - begin), ms(r.duration_ns), r.pid, r.tid, r.comm,
             r.syscall, r.return_value, r.errno, r.path, r.args] for r in timed[:20]]


def hot_files(rows, _):
    files = [r for r in rows if is_path(r) or (r.path or "").startswith("memfd:")]
    answer = []
    for path, group in groups(files, lambda r: r.path).items():
        ns = total(durations(group))
        opened = sum(r.syscall in {"open", "openat", "openat2", "creat"} and r.return_value is not None
                     and r.return_value >= 0 for r in group)
        read = moved(group, {"read", "pread64", "readv", "preadv", "preadv2", "copy_file_range", "splice", "tee"})
        written = moved(group, {"write", "pwrite64", "writev", "pwritev", "pwritev2", "sendfile", "sendfile64"})
        answer.append((bigger_first(ns), path, [path, len(group), failures(group), opened, ms(ns), read, written]))
    return [row for *_, row in sorted(answer, key=lambda a: a[:2])][:30]


def errors(rows, _):
    answer = []
    failed = [r for r in rows if r.errno is not None]
    for (call, error, path), group in groups(failed, lambda r: (r.syscall, r.errno, r.path)).items():
        comms = [r.comm for r in group if r.comm is not None]
        answer.append((-len(group), call, error, path or "",
                       [call, error, path, len(group), len({r.pid for r in group} - {None}), min(comms, default=None),
                        ms(total(durations(group)))]))
    return [row for *_, row in sorted(answer, key=lambda a: a[:4])][:50]


def threads(rows, _):
    answer = []
    for (pid, tid, comm), group in groups(rows, lambda r: (r.pid, r.tid, r.comm)).items():
        working = total(0 if r.syscall in WAITING else r.duration_ns for r in group)
        waiting = total(r.duration_ns if r.syscall in WAITING else 0 for r in group)
        placed = [r for r in group if r.timestamp_ns is not None]
        seen = None
        if placed:
            seen = max(r.timestamp_ns + (r.duration_ns or 0) for r in placed) - first_ns(placed)
        answer.append((bigger_first(total(durations(group))), tid, comm or "",
                       [pid, tid, comm, len(group), failures(group), ms(working), ms(waiting), ms(seen)]))
    return [row for *_, row in sorted(answer, key=lambda a: a[:3])]


def who_waits(rows, _):
    def waits(r):
        if r.duration_ns is None:
            return False
        if r.syscall in WAITING:
            return True
        no_file = r.path is not None and (not is_path(r) or r.path.startswith(("/dev/tty", "/dev/pts/")))
        return r.syscall in READS | {"recvmmsg"} and no_file

    answer = []
    for key, group in groups(filter(waits, rows), lambda r: (r.comm, r.pid, r.tid, r.syscall, r.path)).items():
        comm, _, tid, call, path = key
        ns = total(durations(group))
        answer.append((-ns, tid, call, path or "", comm or "",
                       [*key, len(group), ms(ns), ms(longest(durations(group)))]))
    return [row for *_, row in sorted(answer, key=lambda a: a[:5])][:30]


def timeline(rows, _):
    begin = first_ns(rows)
    placed = [r for r in rows if r.timestamp_ns is not None]
    answer = []
    for second, group in sorted(groups(placed, lambda r: (r.timestamp_ns - begin) // 10**9).items()):
        answer.append([second, len(group), failures(group), len({r.tid for r in group}), ms(total(durations(group))),
                       ms(longest(durations(group)))])
    return answer


def connections(rows, _):
    answer = []
    sockets = [r for r in rows if PEERS.match(r.path or "")]
    for (pid, comm, path), group in groups(sockets, lambda r: (r.pid, r.comm, r.path)).items():
        ns = total(durations(group))
        refused = sum(r.syscall == "connect" and r.errno not in (None, "EINPROGRESS") for r in group)
        sent = moved(group, {"write", "writev", "sendto", "sendmsg", "sendfile", "sendfile64"})
        received = moved(group, READS | {"splice"})
        answer.append((bigger_first(ns), path, (pid is None, pid or 0), comm or "",
                       [pid, comm, path, len(group), refused, sent, received, ms(ns), ms(longest(durations(group)))]))
    return [row for *_, row in sorted(answer, key=lambda a: a[:4])]


def not_found(rows, _):
    returned = [r for r in rows if is_path(r) and r.return_value is not None]
    returned.sort(key=lambda r: (r.timestamp_ns is None, r.timestamp_ns or 0, r.path.rpartition("/")[0] + "/"))
    met = {}
    for r in returned:
        folder, slash, name = r.path.rpartition("/")
        if r.errno is None:
            met.setdefault(name, folder + slash)
    missed = groups([r for r in returned if r.errno == "ENOENT"], lambda r: r.path.rpartition("/")[2])
    answer = []
    for name, group in sorted(missed.items(), key=lambda item: (-len(item[1]), item[0])):
        folders = {r.path.rpartition("/")[0] for r in group}
        answer.append([name, len(group), len(folders), ms(total(durations(group))), met.get(name)])
    return answer[:50]


def programs(rows, _):
    begin = first_ns(rows)
    answer = []
    for pid, calls in groups(rows, lambda r: r.pid).items():
        runs = [[]]
        for r in sorted(calls, key=lambda r: (r.timestamp_ns is not None, r.timestamp_ns or 0)):
            if r.syscall in {"execve", "execveat"} and r.return_value == 0:
                runs.append([])
            runs[-1].append(r)
        for number, run in enumerate(runs):
            if not run:
                continue
            head = run[0] if number > 0 else None
            placed = [r for r in run if r.timestamp_ns is not None]
            start = first_ns(placed)
            end = longest(r.timestamp_ns + (r.duration_ns or 0) for r in placed)
            comms = [r.comm for r in run if r.comm is not None]
            status = max((r.args for r in run if r.syscall == "exit_group" and r.args is not None), default=None)
            answer.append(((start is None, start or 0), (pid is None, pid or 0), number,
                           [pid, head.path if head else None, min(comms, default=None),
                            seconds(None if start is None else start - begin), seconds(None if end is None else end - begin),
                            len(run), ms(total(durations(run))), status]))
    return [row for *_, row in sorted(answer, key=lambda a: a[:3])]


def last_end(texts):
    ends = [json.loads(text) for what, text in texts if what == "#end"]
    return [end for end in ends if end.get("ledger") is not None]


def ledger(rows, texts):
    answer = []
    for end in last_end(texts):
        books = end["ledger"]
        answer.append([end["all_rows"], len(rows), "yes" if end["complete"] else "no", end["end_reason"],
                       seconds(end["duration_ns"], 3), books["enters"], books["completed"], books["in_flight"],
                       books["no_return"], books["refused"], books["began_before_attach"], books["total_lost"]])
    return answer


def lost(_, texts):
    return [list(pair) for end in last_end(texts) for pair in sorted(end["ledger"]["lost"].items())]


def calls(rows, _):
    return [list(row) for row in rows]


def meta(_, texts):
    return [list(text) for text in texts]


COLUMNS = {
    "calls": "timestamp_ns duration_ns pid tid comm abi syscall_nr syscall return_value errno fd path args flags",
    "meta": "what json",
    "calls-by-time": "syscall calls failed total_ms percent p50_ns p99_ns max_ns",
    "slowest-calls": "at_s duration_ms pid tid comm syscall return_value errno path args",
    "hot-files": "path calls failed opens total_ms read_bytes written_bytes",
    "errors": "syscall errno path times processes comm total_ms",
    "threads": "pid tid comm calls failed working_ms waiting_ms seen_ms",
    "who-waits": "comm pid tid syscall path calls total_ms longest_ms",
    "timeline": "second calls failed threads total_ms longest_ms",
    "connections": "pid comm peer calls refused sent_bytes received_bytes total_ms longest_ms",
    "not-found": "name misses folders total_ms found_in",
    "programs": "pid program comm began_s ended_s calls total_ms exit_status",
    "ledger": "recorded rows_here complete end_reason seconds enters completed in_flight no_return refused began_before lost",
    "lost": "reason lost",
}


def answer_of(query, rows, texts):
    return globals()[query.replace("-", "_")](rows, texts)
