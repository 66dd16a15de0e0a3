"""perf's own count of a tracepoint for one process, by perf_event_open: what perf stat would print."""
import ctypes
import os
import platform
import struct

from . import runner

# linux/perf_event.h
PERF_TYPE_TRACEPOINT = 2
PERF_ATTR_SIZE_VER5 = 112
SYS_PERF_EVENT_OPEN = {"x86_64": 298, "aarch64": 241}


def tracepoint_id(name):
    for root in ("/sys/kernel/tracing", "/sys/kernel/debug/tracing"):
        try:
            with open(f"{root}/events/{name}/id", encoding="ascii") as file:
                return int(file.read())
        except OSError:
            continue
    return runner.skip("tracefs is not mounted")


class PerfCounter:
    def __init__(self, tracepoint, pid):
        attributes = struct.pack("IIQ", PERF_TYPE_TRACEPOINT, PERF_ATTR_SIZE_VER5, tracepoint_id(tracepoint))
        buffer = ctypes.create_string_buffer(attributes.ljust(PERF_ATTR_SIZE_VER5, b"\0"))
        libc = ctypes.CDLL(None, use_errno=True)
        self.fd = libc.syscall(SYS_PERF_EVENT_OPEN[platform.machine()], buffer, pid, -1, -1, 0)
        if self.fd < 0:
            raise OSError(ctypes.get_errno(), "perf_event_open")

    def read(self):
        return struct.unpack("Q", os.read(self.fd, 8))[0]

    def close(self):
        os.close(self.fd)
