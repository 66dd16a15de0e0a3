"""Running latimer and looking at it. A file that cannot run here ends with status 77 and says why."""
import fcntl
import json
import os
import pty
import select
import signal
import subprocess
import sys
import tempfile
import termios
import time
import unittest

LATIMER = os.environ.get("LATIMER", "latimer")
BACKEND = os.environ.get("LATIMER_TEST_BACKEND", "strace")
SOURCE = os.environ.get("LATIMER_SOURCE_DIR", os.path.join(os.path.dirname(__file__), "..", ".."))
PATIENCE = 60  # seconds after which something hangs
SKIP = 77


def environment(**changes):
    env = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "COLUMNS", "LC_ALL", "LC_CTYPE")}
    env.update(TERM="xterm", LANG="C.UTF-8")
    env.update(changes)
    return env


def run(*arguments, **options):
    """latimer ARGUMENTS, captured as bytes."""
    options.setdefault("env", environment())
    options.setdefault("stdout", subprocess.PIPE)
    options.setdefault("stderr", subprocess.PIPE)
    options.setdefault("stdin", subprocess.DEVNULL)
    return subprocess.run([LATIMER, *arguments], timeout=PATIENCE, **options)


def start(*arguments, **options):
    options.setdefault("env", environment())
    options.setdefault("stdout", subprocess.PIPE)
    options.setdefault("stderr", subprocess.PIPE)
    options.setdefault("stdin", subprocess.DEVNULL)
    return subprocess.Popen([LATIMER, *arguments], **options)


def latency(*arguments, **options):
    return run("latency", "-b", BACKEND, *arguments, **options)


def wait_until(condition, what):
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.01)
    raise AssertionError("never happened: " + what)


def status_field(pid, field):
    try:
        with open(f"/proc/{pid}/status", encoding="utf-8", errors="replace") as file:
            for line in file:
                if line.startswith(field + ":"):
                    return line.split(":", 1)[1].strip()
    except (FileNotFoundError, ProcessLookupError):
        pass
    return None


def is_alive(pid):
    state = status_field(pid, "State")
    return state is not None and not state.startswith(("Z", "X"))


def tracer_of(pid):
    return int(status_field(pid, "TracerPid") or 0)


def read_until(stream, wanted):
    """Bytes from a pipe up to and with `wanted`."""
    data = b""
    deadline = time.monotonic() + PATIENCE
    while wanted not in data:
        ready, _, _ = select.select([stream], [], [], max(0, deadline - time.monotonic()))
        piece = os.read(stream.fileno(), 4096) if ready else b""
        if not piece:
            raise AssertionError(f"{wanted!r} never came; got {data!r}")
        data += piece
    return data


class Terminal:
    """latimer on a pseudo terminal of its own, as its foreground process group."""

    def __init__(self, arguments, columns=100, **changes):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(1, termios.TIOCSWINSZ, bytes([40, 0]) + columns.to_bytes(2, "little") + bytes(4))
            os.execve(LATIMER, [LATIMER, *arguments], environment(**changes))
        self.output = b""

    def read_all(self):
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            ready, _, _ = select.select([self.fd], [], [], 1)
            if not ready:
                continue
            try:
                piece = os.read(self.fd, 65536)
            except OSError:  # EIO: everybody has closed it
                piece = b""
            if not piece:
                break
            self.output += piece
        _, status = os.waitpid(self.pid, 0)
        os.close(self.fd)
        return os.waitstatus_to_exitcode(status)


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="latimer-cli-")
        self.addCleanup(self.folder.cleanup)

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def target(self, seconds="60"):
        """A process to attach to."""
        child = subprocess.Popen(["sleep", seconds], stdin=subprocess.DEVNULL)
        self.addCleanup(child.wait)
        self.addCleanup(child.kill)
        return child

    def reap(self, process):
        """Waits for a Popen; a test that fails leaves nothing behind."""
        try:
            out, err = process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            self.fail(f"latimer hung; it said {err!r}")
        return process.returncode, out, err

    def assert_usage(self, result, *words, status=2):
        self.assertEqual(result.returncode, status, result.stderr)
        self.assertEqual(result.stdout, b"")
        self.assertTrue(result.stderr.startswith(b"latimer: "), result.stderr)
        for word in words:
            self.assertIn(word.encode(), result.stderr)


def main(needs_backend=True):
    if needs_backend:
        doctor = run("doctor", "-b", BACKEND, "-f", "json")
        if doctor.returncode == 2:
            print(f"skipped: this build has no backend {BACKEND}")
            sys.exit(SKIP)
        if doctor.returncode != 0:
            failed = [c for c in json.loads(doctor.stdout)["backends"][0]["checks"] if c["outcome"] in ("missing", "fails")]
            print(f"skipped: {BACKEND} cannot be used here: {failed}")
            sys.exit(SKIP)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # Python ignores it; what latimer inherits is to be the usual
    unittest.main(verbosity=2)
