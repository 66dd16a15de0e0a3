"""What a straight reading of perf trace's text gives, call by call; none of it is latimer's."""
import collections
import re

RECORD = re.compile(r"^.*?(?P<start>\?|\d+\.\d{3}) \((?: *(?P<took>\d+\.\d{3}) ms| +)\): (?:(?:(?P<comm>.{0,14}?)/)?(?P<tid>\d+) )?"
                    r"(?P<continued> \.\.\. \[continued\]: )?(?P<name>[a-z0-9_]+)\((?P<rest>.*)$")
ENTERED = re.compile(r"\) +\.\.\. *$")
RETURNED = re.compile(r"^(?P<args>.*)\) +=(?: (?P<value>.*))?$")
LOST = re.compile(r"^LOST (\d+) events!$")
NUMBER = re.compile(r"strerror_r\((\d+),")
CLONES = {"clone", "clone3", "fork", "vfork"}
TOO_LONG = 2**62  # us: printed for what is below 0


def microseconds(text):
    return int(text.replace(".", "")) if text else None


class Seen:
    """A line that is a call's beginning, end or both."""

    def __init__(self, found):
        self.comm, self.name = found["comm"] or "", found["name"]
        self.tid = int(found["tid"] or 0)
        self.start = None if found["start"] == "?" else microseconds(found["start"])
        self.took = microseconds(found["took"])
        self.backwards = self.took is not None and self.took * 1000 > TOO_LONG
        if self.backwards:
            self.took = None
        self.continued = found["continued"] is not None
        self.entered = not self.continued and ENTERED.search(found["rest"]) is not None
        returned = RETURNED.match(found["rest"])
        self.value = (returned["value"] or "").strip() if returned and not self.entered else None
        self.args = returned["args"] if returned else found["rest"]
        self.next = None  # of the same thread
        self.following = None  # of any

    def number(self):
        digits = re.match(r"\d+(?= \(|$)", self.value)
        return int(digits[0]) if digits else None

    def in_child(self, first):
        """Its value is 0; or perf prints none, of a task that it does not know yet."""
        unsaid = self.value == "" and (self.backwards or (first and self.start is None))
        return self.continued and self.name in CLONES and (self.number() == 0 or unsaid)


class Count:
    def __init__(self, text):
        self.calls = collections.defaultdict(lambda: [0, 0, 0, collections.Counter()])  # count, us, untimed, errors
        self.total = collections.Counter()
        self.open = {}  # by thread: the line that began its call
        self.heard = set()
        self.cut = {}  # by thread: the return from a call that a signal ended, of which the thread may die
        self.waited = set()  # threads that a wait has told of, and nothing was heard since
        self.doubtful = None  # threads that have returned since the latest loss
        lines = [self.line(line) for line in text.split("\n")]
        latest, before = {}, None
        for seen in lines:
            if isinstance(seen, Seen):
                if before is not None:
                    before.following = seen
                before = seen
                if seen.tid in latest:
                    latest[seen.tid].next = seen
                latest[seen.tid] = seen
        for seen in lines:
            if isinstance(seen, Seen):
                self.call(seen)
            elif seen is not None:
                self.total["told lost"] += seen
                self.doubtful = set()
        for tid, cut in list(self.cut.items()):
            if tid in self.waited:
                self.total["in flight or dead"] += 1
            else:
                self.returned(*cut)
        self.total["in flight or dead"] += len(self.open)

    @staticmethod
    def line(line):
        if found := RECORD.match(line):
            return Seen(found)
        if lost := LOST.match(line):
            return int(lost[1])
        return None

    def returned(self, seen, took, sure=True):
        if not sure and "strerror_r" in seen.value:
            self.cut[seen.tid] = seen, took
            return
        row = self.calls[seen.name]
        first = self.doubtful is not None and seen.tid not in self.doubtful
        if self.doubtful is not None:
            self.doubtful.add(seen.tid)
        if took is None or first:
            row[2] += 1
        row[0] += 1
        row[1] += 0 if took is None or first else took
        if seen.value.startswith("-1 "):
            number = NUMBER.search(seen.value)
            row[3][int(number[1]) if number else seen.value.split()[1]] += 1

    def overtaken(self, seen):
        before = self.open.pop(seen.tid, None)
        if before is not None and before.name == "rt_sigreturn":
            self.calls["rt_sigreturn"][0] += 1
            self.calls["rt_sigreturn"][2] += 1
        elif before is not None:
            self.total["lost exits"] += 1

    def leads(self, seen):
        """The thread whose execve comes back under this number, its leader's, with the times of the leader's latest call."""
        if not (seen.continued and seen.name == "execve" and seen.number() == 0 and seen.start is not None):
            return None
        latest = self.cut[seen.tid][0] if seen.tid in self.cut else self.open.get(seen.tid)
        if latest is None or latest.name == "execve" or latest.start != seen.start:
            return None
        executing = [other for tid, other in self.open.items() if other.name == "execve" and tid != seen.tid]
        behind = seen.following
        if not executing and behind is not None and behind.entered and behind.name == "execve" and behind.tid != seen.tid:
            behind.late = True  # printed behind its end
            return behind
        return executing[0] if len(executing) == 1 else None

    def call(self, seen):
        self.waited.discard(seen.tid)
        if thread := self.leads(seen):
            self.open.pop(thread.tid, None)
            self.total["in flight or dead"] += 1  # the leader's call
            self.cut.pop(seen.tid, None)
            self.open.pop(seen.tid, None)
            self.returned(seen, seen.start + seen.took - thread.start)
            return
        if seen.tid in self.cut:
            self.returned(*self.cut.pop(seen.tid))
        first = seen.tid not in self.heard
        self.heard.add(seen.tid)
        if not seen.continued:
            if not getattr(seen, "late", False):
                self.overtaken(seen)
            if seen.entered:
                if not getattr(seen, "late", False):
                    self.open[seen.tid] = seen
            elif seen.value == "?":
                self.total["in flight or dead"] += 1
                self.heard.discard(seen.tid)
            else:
                self.returned(seen, seen.took, False)
                self.waits(seen)
            return
        self.came_back(seen, first)

    def waits(self, seen, args=None):
        args = seen.args if args is None else args
        if seen.name == "wait4" and seen.number() and "UNTRACED" not in args and "CONTINUED" not in args:
            self.waited.add(seen.number())

    def came_back(self, seen, first):
        begun = self.open.get(seen.tid)
        if seen.in_child(first) and (begun is None or begun.name != seen.name):
            self.total["in children"] += 1
            return
        if begun is not None and begun.name == seen.name:
            del self.open[seen.tid]
            self.returned(seen, seen.took if seen.start == begun.start else None, False)
            self.waits(seen, begun.args)
            return
        self.returned(seen, None)
        self.waits(seen, "")
        late = seen.next
        if begun is None and not first and seen.start is None and late is not None and late.entered \
                and late.name == seen.name and late.comm.startswith(":"):
            late.late = True  # its beginning, printed behind its end
            return
        self.total["began before" if first else "lost enters"] += 1
