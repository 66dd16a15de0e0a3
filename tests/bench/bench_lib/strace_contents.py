"""What is in the logs that are measured: short calls, long calls, and many threads at once."""
from .strace_block import RESTART, Block, text_of, tid

SHORT_FLAGS = "-f -T"
LONG_FLAGS = "-f -ttt -T -yy -v -s 4096"
THREADS_FLAGS = "-f -ttt -T"


def short_block(size):
    """A dozen processes that make small calls, one in twenty of which fails."""
    block = Block(stamps=False, seed=1)
    makers = [maker for maker, weight in SHORT_CALLS for _ in range(weight)]
    processes = [tid(number) for number in range(12)]
    while block.bytes < size:
        who = processes[block.below(len(processes))]
        for _ in range(1 + block.below(8)):
            makers[block.below(len(makers))](block, who, block.random.random() < 0.05)
    for who in processes:
        block.dies_in(who, "exit_group(0)")
        block.exits(who)
    return block


SCRAPS = (r"\1\0\0\0\0\0\0\0", r"x", r"ok\r\n", r"{\"a\":1}\n", r"0 0 0 1\n", r"\177ELF\2\1\1\0", r"id,total\n", r"\n", r"GET / HTTP/1.1\r\n")


def scrap(block):
    return SCRAPS[block.below(len(SCRAPS))]


def short_read(block, who, fails):
    fd, size = block.below(400), 1 << block.below(14)
    if fails:
        return block.call(who, "read", f"{fd}, 0x55d0{block.below(1 << 32):08x}, {size}", None, block.duration(5), "EAGAIN")
    return block.call(who, "read", f'{fd}, "{scrap(block)}", {size}', 1 + block.below(size), block.duration(9))


def short_write(block, who, fails):
    size = 1 + block.below(900)
    error = block.pick("EPIPE", "EAGAIN") if fails else None
    block.call(who, "write", f'{block.below(400)}, "{scrap(block)}", {size}', size, block.duration(14), error)


def short_close(block, who, fails):
    block.call(who, "close", f"{block.below(400)}", 0, block.duration(3), "EBADF" if fails else None)


def short_futex(block, who, fails):
    if fails:
        return block.call(who, "futex", f"0x7f{block.below(1 << 40):010x}, FUTEX_WAIT, 2, NULL", None, block.duration(6), "EAGAIN")
    return block.call(who, "futex", f"0x7f{block.below(1 << 40):010x}, FUTEX_WAKE, 1", block.below(2), block.duration(4))


def short_fcntl(block, who, fails):
    error = "EBADF" if fails else None
    block.call(who, "fcntl", f"{block.below(400)}, F_GETFL", "0x802 (flags O_RDWR|O_NONBLOCK)", block.duration(2), error)


def short_getpid(block, who, _):
    block.call(who, "getpid", "", who, block.duration(2))


def short_clock_gettime(block, who, _):
    block.call(who, "clock_gettime", f"CLOCK_REALTIME, {{tv_sec=17{block.below(10 ** 8):08d}, tv_nsec={block.below(10 ** 9)}}}", 0,
               block.duration(2))


def short_lseek(block, who, fails):
    offset = block.below(1 << 30)
    block.call(who, "lseek", f"{block.below(400)}, {offset}, SEEK_SET", offset, block.duration(2), "ESPIPE" if fails else None)


SHORT_CALLS = ((short_read, 28), (short_write, 18), (short_close, 10), (short_futex, 14), (short_fcntl, 8), (short_getpid, 4),
               (short_clock_gettime, 8), (short_lseek, 10))


def long_block(size):
    """Servers with everything printed in full: long strings, structures, what each descriptor is."""
    block = Block(stamps=True, seed=2)
    makers = [maker for maker, weight in LONG_CALLS for _ in range(weight)]
    processes = [tid(number) for number in range(6)]
    other = [tid(number) for number in range(6, 9)]
    while block.bytes < size:
        who = processes[block.below(len(processes))]
        for _ in range(1 + block.below(5)):
            makers[block.below(len(makers))](block, who)
        if block.random.random() < 0.1:  # two at once: the longer one is printed in two pieces
            long_pair(block, who, other[block.below(len(other))], makers)
    for who in processes + other:
        block.dies_in(who, "exit_group(0)")
        block.exits(who)
    return block


def tcp(block):
    return f"{block.below(900)}<TCP:[10.0.3.{block.below(250)}:{20000 + block.below(40000)}->10.0.4.{block.below(250)}:5432]>"


def folder(block):
    return f"/srv/shop/{block.pick('orders', 'images', 'cache (old)', 'we ird-', 'invoices')}/{block.below(1 << 20):05x}"


def when(block):
    return f"{1795000000 + block.below(200000)} /* 2026-11-{10 + block.below(18)}T{10 + block.below(13)}:14:31.118{block.below(10 ** 6):06d}+0000 */"


def long_text(block, mean):
    return text_of(block, min(int(block.random.expovariate(1 / mean)) + 8, 4096), traps=0.01)


def long_read(block, who):
    block.call(who, "read", f'{block.below(900)}<{folder(block)}.db>, "{long_text(block, 900)}", 4096', 1 + block.below(4096), block.duration(30))


def long_recvfrom(block, who):
    if block.random.random() < 0.1:
        return block.call(who, "recvfrom", f"{tcp(block)}, 0x7ffd{block.below(1 << 32):08x}, 16384, MSG_DONTWAIT, NULL, NULL", None,
                          block.duration(4), block.pick("EAGAIN", "ECONNRESET"))
    return block.call(who, "recvfrom", f'{tcp(block)}, "{long_text(block, 800)}", 16384, 0, NULL, NULL', 1 + block.below(16384),
                      block.duration(25))


def long_sendmsg(block, who):
    parts = ", ".join(f'{{iov_base="{long_text(block, 300)}", iov_len={block.below(4096)}}}' for _ in range(1 + block.below(3)))
    block.call(who, "sendmsg", f"{tcp(block)}, {{msg_name=NULL, msg_namelen=0, msg_iov=[{parts}], msg_iovlen=3, msg_controllen=0, "
               "msg_flags=0}, MSG_NOSIGNAL", 1 + block.below(4096), block.duration(40))


def long_newfstatat(block, who):
    head = f'AT_FDCWD</srv/shop>, "{folder(block)}/{text_of(block, 12)}", '
    if block.random.random() < 0.3:
        return block.call(who, "newfstatat", head + f"0x7ffd{block.below(1 << 32):08x}, AT_SYMLINK_NOFOLLOW", None, block.duration(6), "ENOENT")
    stat = (f"{{st_dev=makedev(0xfe, 0x1), st_ino={block.below(1 << 30)}, st_mode=S_IFREG|0644, st_nlink=1, st_uid=1000, st_gid=1000, "
            f"st_blksize=4096, st_blocks={block.below(4096)}, st_size={block.below(1 << 24)}, st_atime={when(block)}, "
            f"st_atime_nsec={block.below(10 ** 9)}, st_mtime={when(block)}, st_mtime_nsec={block.below(10 ** 9)}, "
            f"st_ctime={when(block)}, st_ctime_nsec={block.below(10 ** 9)}}}")
    return block.call(who, "newfstatat", head + stat + ", 0", 0, block.duration(8))


def long_openat(block, who):
    path = folder(block)
    error = "ENOENT" if block.random.random() < 0.2 else None
    block.call(who, "openat", f'AT_FDCWD</srv/shop>, "{path}", O_RDONLY|O_CLOEXEC', f"{block.below(900)}<{path}>", block.duration(20), error)


def long_epoll_wait(block, who):
    events = ", ".join(f"{{events=EPOLLIN|EPOLLRDHUP, data={{u32={block.below(900)}, u64={block.below(1 << 48)}}}}}"
                       for _ in range(1 + block.below(12)))
    block.call(who, "epoll_wait", f"{block.below(30)}<anon_inode:[eventpoll]>, [{events}], 64, {block.below(2000)}", 1, block.duration(900))


def long_getdents64(block, who):
    names = ", ".join(f'{{d_ino={block.below(1 << 30)}, d_off={block.below(1 << 60)}, d_reclen=40, d_type=DT_REG, '
                      f'd_name="{block.below(1 << 30):08x}.jpeg"}}' for _ in range(2 + block.below(16)))
    block.call(who, "getdents64", f"{block.below(900)}<{folder(block)}>, [{names}], 32768", 40 * (2 + block.below(16)), block.duration(50))


def long_write(block, who):
    size = 1 + block.below(4096)
    block.call(who, "write", f'{block.below(30)}<UNIX-STREAM:[{block.below(99999)}->{block.below(99999)},"/run/a->b].sock"]>, '
               f'"{long_text(block, 500)}", {size}', size, block.duration(20), "EPIPE" if block.random.random() < 0.02 else None)


def long_futex(block, who):
    block.call(who, "futex", f"0x7f{block.below(1 << 40):010x}, FUTEX_WAKE_PRIVATE, 1", block.below(2), block.duration(4))


LONG_CALLS = ((long_read, 5), (long_recvfrom, 4), (long_sendmsg, 3), (long_newfstatat, 4), (long_openat, 1), (long_epoll_wait, 2),
              (long_getdents64, 2), (long_write, 3), (long_futex, 1))


def long_pair(block, who, other, makers):
    started = block.now_us
    head = f"{block.below(900)}<{folder(block)}.db>, "
    block.enter(other, "pread64", head)
    makers[block.below(len(makers))](block, who)
    block.resume(other, "pread64", f'"{long_text(block, 700)}", 4096, {block.below(1 << 20)}', 4096, block.now_us - started)


class Threads:
    """Eight processes of eight threads, and others that come and go, which all have something to say at once."""

    def __init__(self, size):
        self.block = Block(stamps=True, seed=3)
        self.pending = {}    # thread: (name, what its arguments end in, when it was entered)
        self.active = []
        self.passing = {}    # threads that will not stay: calls that are left
        self.free = [tid(number) for number in range(65, 100)]
        self.main = tid(0)
        self.processes = [[tid(1 + 8 * p + t) for t in range(8)] for p in range(8)]
        self.begin()
        while self.block.bytes < size:
            self.step()
        self.end()

    def begin(self):
        block = self.block
        for process in self.processes:
            block.call(self.main, "clone", "child_stack=NULL, flags=CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID|SIGCHLD, "
                       "child_tidptr=0x7fcb19fa8a10", process[0], block.duration(90))
            for thread in process[1:]:
                self.clone(process[0], thread)
            self.active += process
        self.wait()

    def wait(self):
        self.block.enter(self.main, "wait4", "-1, ")
        self.pending[self.main] = ("wait4", None, self.block.now_us)

    def clone(self, leader, thread):
        block = self.block
        flags = "CLONE_VM|CLONE_FS|CLONE_FILES|CLONE_SIGHAND|CLONE_THREAD|CLONE_SYSVSEM|CLONE_SETTLS|CLONE_PARENT_SETTID|CLONE_CHILD_CLEARTID"
        place = f"0x7f{block.below(1 << 28):07x}990"
        block.call(leader, "clone3", f"{{flags={flags}, child_tid={place}, parent_tid={place}, exit_signal=0, stack=0x7f59e1d0b000, "
                   f"stack_size=0x7ffc80, tls=0x7f59e250a6c0}} => {{parent_tid=[{thread}]}}, 88", thread, block.duration(60))

    def step(self):
        block = self.block
        who = self.active[block.below(len(self.active))]
        if who in self.pending:
            return self.finish(who)
        if who in self.passing:
            self.passing[who] -= 1
            if self.passing[who] < 0:
                return self.leave(who)
        elif self.free and block.random.random() < 0.002:
            return self.come(block.pick(*self.processes)[0])
        maker = THREAD_CALLS[block.below(len(THREAD_CALLS))]
        name, args, rest, result, error = maker(block)
        if block.random.random() < 0.62:
            block.enter(who, name, args)
            self.pending[who] = (name, (rest, result, error), block.now_us)
        else:
            block.call(who, name, args + rest, result, block.duration(15), error)
        return None

    def come(self, leader):
        if leader not in self.pending:
            thread = self.free.pop(0)
            self.clone(leader, thread)
            self.passing[thread] = 20 + self.block.below(60)
            self.active.append(thread)

    def leave(self, who):
        self.block.dies_in(who, "exit(0)")
        self.block.exits(who)
        self.active.remove(who)
        del self.passing[who]
        self.free.append(who)

    def finish(self, who):
        block = self.block
        name, (rest, result, error), began = self.pending.pop(who)
        us = block.now_us - began + 3
        if name not in ("futex", "epoll_wait") or block.random.random() > 0.02:
            return block.resume(who, name, rest, result, us, error)
        block.resume(who, name, rest if name == "futex" else "0x7f59e0a31010, 64, 1000", None, us, RESTART if name == "futex" else "EINTR")
        block.line(who, f"--- SIGALRM {{si_signo=SIGALRM, si_code=SI_TKILL, si_pid={self.main}, si_uid=1000}} ---")
        return block.call(who, "rt_sigreturn", "{mask=[]}", 202, block.duration(3))

    def end(self):
        """Every process leaves; calls that its threads are in do not return."""
        block = self.block
        for thread in list(self.passing):
            if thread in self.pending:
                self.finish(thread)
            self.leave(thread)
        for process in self.processes:
            if process[0] in self.pending:
                self.finish(process[0])
            block.enter(process[0], "exit_group", "0")
            for thread in process[1:]:
                if thread in self.pending:
                    block.dies_in(thread, f"<... {self.pending.pop(thread)[0]} resumed>)")
                block.exits(thread)
            block.dies_in(process[0], "<... exit_group resumed>)")
            block.exits(process[0])
            _, _, began = self.pending.pop(self.main)
            block.resume(self.main, "wait4", "[{WIFEXITED(s) && WEXITSTATUS(s) == 0}], 0, NULL", process[0], block.now_us - began)
            block.line(self.main, f"--- SIGCHLD {{si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid={process[0]}, si_uid=1000, si_status=0, "
                       "si_utime=0, si_stime=0} ---")
            if process is not self.processes[-1]:
                self.wait()
        block.dies_in(self.main, "exit_group(0)")
        block.exits(self.main)


def thread_read(block):
    size = 1 << block.below(14)
    return "read", f"{block.below(400)}, ", f'"{text_of(block, 30)}"..., {size}', 1 + block.below(size), None


def thread_pwrite64(block):
    size = 1 + block.below(4096)
    return "pwrite64", f'{block.below(400)}, "{text_of(block, 30)}"..., {size}, {block.below(1 << 30)}', "", size, None


def thread_futex(block):
    error = "EAGAIN" if block.random.random() < 0.1 else None
    return "futex", f"0x7f{block.below(1 << 40):010x}, FUTEX_WAIT_PRIVATE, 2, NULL", "", 0, error


def thread_epoll_wait(block):
    fd = block.below(400)
    rest = f"[{{events=EPOLLIN, data={{u32={fd}, u64={block.below(1 << 48)}}}}}], 64, 1000"
    return "epoll_wait", f"{fd}, ", rest, 1, None


def thread_recvfrom(block):
    if block.random.random() < 0.2:
        return "recvfrom", f"{block.below(400)}, ", f"0x7f59e0{block.below(1 << 24):06x}, 16384, MSG_DONTWAIT, NULL, NULL", None, "EAGAIN"
    return "recvfrom", f"{block.below(400)}, ", f'"{text_of(block, 30)}"..., 16384, 0, NULL, NULL', 1 + block.below(16384), None


def thread_sendto(block):
    size = 1 + block.below(9000)
    return "sendto", f'{block.below(400)}, "{text_of(block, 30)}"..., {size}, MSG_NOSIGNAL, NULL, 0', "", size, None


THREAD_CALLS = (thread_read, thread_read, thread_pwrite64, thread_futex, thread_futex, thread_epoll_wait, thread_recvfrom, thread_sendto)


def threads_block(size):
    return Threads(size).block
