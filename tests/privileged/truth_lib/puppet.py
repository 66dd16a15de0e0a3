"""A process that does what it is told, one step at a time: a target whose every step comes before or after another's."""
import subprocess
import sys

LIFE = """
import ctypes, os, sys, threading
PR_SET_NAME = 15  # linux/prctl.h
libc = ctypes.CDLL(None, use_errno=True)

def calls(n):
    for _ in range(n):
        os.getppid()

def rename(name):
    libc.prctl(PR_SET_NAME, name, 0, 0, 0)

def in_child(action):
    child = os.fork()
    if child == 0:
        action()
        os._exit(0)
    os.waitpid(child, 0)

def in_thread(action):
    thread = threading.Thread(target=action)
    thread.start()
    thread.join()

print("ready", flush=True)
for step in sys.stdin:
    exec(step)
    print("done", flush=True)
"""


class Puppet:
    """Its steps are lines of Python, with the functions above; `do` returns when the step is done."""

    def __init__(self):
        self.process = subprocess.Popen([sys.executable, "-c", LIFE], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True)
        self.pid = self.process.pid
        self.answer("ready")

    def answer(self, expected):
        said = self.process.stdout.readline().strip()
        if said != expected:
            raise AssertionError(f"the puppet said {said!r}, not {expected!r}")

    def do(self, step):
        self.process.stdin.write(step + "\n")
        self.process.stdin.flush()
        self.answer("done")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()
