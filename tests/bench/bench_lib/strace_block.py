"""Lines as strace writes them, and what they add up to.

A block is a template: its time stamps and thread ids begin with marks, which strace_logs.py replaces by numbers of the
same width each time it writes the block, so that time moves on and the threads are others.
"""
import random

STAMP_MARK = "@EPOCH@@@"  # the first nine of the ten digits of the seconds
TID_MARK = "@T@"          # the first three of the five digits of a thread id
MOST_US = 10_000_000      # the time that a block may span: what its own digit of the seconds can tell
RESULT_COLUMN = 40        # where strace puts "= ", when there is room

ERRORS = {
    "EAGAIN": "Resource temporarily unavailable",
    "EBADF": "Bad file descriptor",
    "ECONNRESET": "Connection reset by peer",
    "EINTR": "Interrupted system call",
    "ENOENT": "No such file or directory",
    "EPIPE": "Broken pipe",
    "ESPIPE": "Illegal seek",
    "ETIMEDOUT": "Connection timed out",
}
RESTART = "ERESTARTSYS"


def tid(number):
    return f"{TID_MARK}{number:02d}"


class Block:
    def __init__(self, stamps, seed):
        self.stamps = stamps
        self.random = random.Random(seed)
        self.lines = []
        self.bytes = 0
        self.calls = {}     # name: [completions, ns in all, {errno: completions}]
        self.no_return = 0  # exit, exit_group and what a thread died in
        self.now_us = 0

    def pick(self, *choices):
        return choices[int(self.random.random() * len(choices))]

    def below(self, limit):
        return int(self.random.random() * limit)

    def duration(self, median_us, spread=0.8):
        return 1 + int(self.random.lognormvariate(0, spread) * median_us)

    def line(self, who, text):
        stamp = ""
        if self.stamps:
            self.now_us += 1 + self.below(40)
            stamp = f"{STAMP_MARK}{self.now_us // 1_000_000}.{self.now_us % 1_000_000:06d} "
        line = f"{who} {stamp}{text}\n"
        self.lines.append(line)
        self.bytes += len(line)

    def result(self, who, text, result, us, name, error):
        """A line that ends a call: the result in its column, and counted."""
        lead = len(who) + (18 if self.stamps else 0) + 1
        if error == RESTART:
            result = f"? {RESTART} (To be restarted if SA_RESTART is set)"
        elif error:
            result = f"-1 {error} ({ERRORS[error]})"
        blanks = " " * max(RESULT_COLUMN - lead - len(text), 1)
        self.line(who, f"{text}{blanks}= {result} <{us // 1_000_000}.{us % 1_000_000:06d}>")
        call = self.calls.setdefault(name, [0, 0, {}])
        call[0] += 1
        call[1] += us * 1000
        if error:
            call[2][error] = call[2].get(error, 0) + 1

    def call(self, who, name, args, result, us, error=None):
        self.result(who, f"{name}({args})", result, us, name, error)

    def enter(self, who, name, args):
        self.line(who, f"{name}({args} <unfinished ...>")

    def resume(self, who, name, rest, result, us, error=None):
        self.result(who, f"<... {name} resumed>{rest})", result, us, name, error)

    def dies_in(self, who, text):
        """`text`: of a call that does not return."""
        lead = len(who) + (18 if self.stamps else 0) + 1
        self.line(who, text + " " * max(RESULT_COLUMN - lead - len(text), 1) + "= ?")
        self.no_return += 1

    def exits(self, who, status=0):
        self.line(who, f"+++ exited with {status} +++")

    def template(self):
        if self.now_us >= MOST_US:
            raise ValueError("the block is too long for its time stamps")
        return "".join(self.lines).encode("ascii")


# What programs read and write, as strace prints it, in pieces that are put together to any length.
PIECES = (
    r"GET /v2/orders/", r"HTTP/1.1 200 OK\r\n", r"Content-Type: application/json\r\n", r"Host: shop.example\r\n\r\n",
    r"\0\0\1\302\0\0\0\17", r"\177ELF\2\1\1\0\0\0\0\0\0\0\0\0", r"\35\0\0\0\0 \303\244", r"\\server\\share\\",
    r'{\"id\":', r'\"name\":\"M\303\274ller\",', r"SELECT id, total FROM orders WHERE state = $1\0",
    r"2026-11-20T09:14:31.118Z INFO  worker: ", r"(retry 2 of 5) ", r"[pool-3] ", r"<td>42</td>", r"\t\t}\n", r"lorem ipsum ",
    r"\377\376\0\200", r"a=1&b=2&c=", r"0123456789abcdef", r"\33[0m\n", r"/* no comment */ ", r"\"quoted\", ",
)
# Text that looks like strace's own marks. In a string it is only text.
TRAPS = (r") = -1 EAGAIN (Resource temporarily unavailable) <0.500000>\n", r" <unfinished ...>\n", r"\") = 3 <9.000000>\n",
         r"<... read resumed>, 1) = 1", r"+++ exited with 0 +++", r"--- SIGCHLD {} ---")


def text_of(block, length, traps=0.0):
    """The inside of a string literal of about `length` characters."""
    pieces = []
    while length > 0:
        piece = block.pick(*TRAPS) if traps and block.random.random() < traps else PIECES[block.below(len(PIECES))]
        pieces.append(piece)
        length -= len(piece)
    return "".join(pieces)
