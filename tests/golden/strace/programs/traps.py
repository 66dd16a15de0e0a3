"""Strings, arguments and names of commands that look like strace's own words."""
import os

null = os.open("/dev/null", os.O_WRONLY)
for text in (
    b'"= -1 EAGAIN (x) <0.5>\n', b'" <unfinished ...>\n', b"<... read resumed>) = 3", b") = 5", b"\\", b'\\"', b"",
    b"--- SIGSEGV {si_signo=SIGSEGV} ---", b"+++ killed by SIGKILL +++", b"\x000", b"\x00\x07\x1b8\xff9", b"a" * 500,
    b"/* comment", b"*/", b"{[((", b")]}", b"strace: Process 1 attached\n", b"1234  read(3, \"x\", 1) = 1",
):
    os.write(null, text)
for comm in (b"a) = 0", b"<... x resumed>", b"be> [pid 7] read(", b"\"quote\\", b"sp ace\n", b"\xff\xfe", b"= -1 ENOENT (No"):
    with open("/proc/self/comm", "wb") as file:
        file.write(comm)
    child = os.fork()
    if child == 0:
        os._exit(3)
    os.waitpid(child, 0)
    os.getpgid(os.getpid())
os.sched_getaffinity(0)
try:
    os.execv("/nowhere/a) = 0 <0.1>", ["x", "\"", "]", ") = -1 EPERM"])
except FileNotFoundError:
    pass
