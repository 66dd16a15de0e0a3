-- Who waits, and for what? Calls that are made to wait, and reads from what is no file: pipes, sockets, terminals.
select comm, pid, tid, syscall, path,
       count(*) as calls,
       round(sum(duration_ns) / 1e6, 3) as total_ms,
       round(max(duration_ns) / 1e6, 3) as longest_ms
from calls
where duration_ns is not null
  and (syscall in (
    'poll', 'ppoll', 'ppoll_time64', 'select', '_newselect', 'pselect6', 'pselect6_time64', 'epoll_wait', 'epoll_wait_old',
    'epoll_pwait', 'epoll_pwait2', 'io_getevents', 'io_pgetevents', 'io_pgetevents_time64', 'io_uring_enter', 'nanosleep',
    'clock_nanosleep', 'clock_nanosleep_time64', 'pause', 'sigsuspend', 'rt_sigsuspend', 'rt_sigtimedwait',
    'rt_sigtimedwait_time64', 'wait4', 'waitid', 'waitpid', 'futex', 'futex_time64', 'futex_wait', 'futex_waitv', 'semop',
    'semtimedop', 'semtimedop_time64', 'flock', 'accept', 'accept4', 'msgrcv', 'mq_timedreceive', 'mq_timedreceive_time64',
    'restart_syscall')
    or (syscall in ('read', 'readv', 'recvfrom', 'recvmsg', 'recvmmsg')
      and ((path not like '/%' and path not like './%') or path like '/dev/tty%' or path like '/dev/pts/%')))
group by comm, pid, tid, syscall, path
order by sum(duration_ns) desc, tid, syscall, coalesce(path, ''), coalesce(comm, '')
limit 30;
