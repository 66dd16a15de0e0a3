"""Children that get the same process number one after the other. Needs root (/proc/sys/kernel/ns_last_pid)."""
import os

FIRST = 24500
for turn in range(6):
    with open("/proc/sys/kernel/ns_last_pid", "w", encoding="ascii") as last:
        last.write(str(FIRST - 1))
    child = os.fork()
    if child == 0:
        os.getpgid(0)
        if turn == 2:
            os.kill(os.getpid(), 9)
        try:
            os.stat(f"/nowhere/{turn}")
        except FileNotFoundError:
            os._exit(turn)
    os.waitpid(child, 0)
