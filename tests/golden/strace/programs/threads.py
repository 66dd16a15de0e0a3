"""threads.py [SECONDS]: eight threads that sleep, take turns on a lock, read and miss files."""
import os
import sys
import threading
import time

END = time.monotonic() + float(sys.argv[1]) if len(sys.argv) > 1 else None
ROUNDS = 12
turn = threading.Lock()


def work(number):
    done = 0
    while done < ROUNDS or (END and time.monotonic() < END):
        done += 1
        with turn:
            file = os.open("/etc/passwd", os.O_RDONLY)
            os.read(file, 100 * number + 1)
            os.close(file)
        try:
            os.stat(f"/nowhere/{number}")
        except FileNotFoundError:
            pass
        time.sleep(0.02 if END else 0.001)


threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
