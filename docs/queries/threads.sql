-- What does each thread spend in the kernel, and how much of that in calls that are made to wait?
-- A thread that executes another program has another comm from then on, and another row. seen_ms: first call to last.
with marked as (
  select *, syscall in (
    'poll', 'ppoll', 'ppoll_time64', 'select', '_newselect', 'pselect6', 'pselect6_time64', 'epoll_wait', 'epoll_wait_old',
    'epoll_pwait', 'epoll_pwait2', 'io_getevents', 'io_pgetevents', 'io_pgetevents_time64', 'io_uring_enter', 'nanosleep',
    'clock_nanosleep', 'clock_nanosleep_time64', 'pause', 'sigsuspend', 'rt_sigsuspend', 'rt_sigtimedwait',
    'rt_sigtimedwait_time64', 'wait4', 'waitid', 'waitpid', 'futex', 'futex_time64', 'futex_wait', 'futex_waitv', 'semop',
    'semtimedop', 'semtimedop_time64', 'flock', 'accept', 'accept4', 'msgrcv', 'mq_timedreceive', 'mq_timedreceive_time64',
    'restart_syscall') as waits
  from calls)
select pid, tid, comm,
       count(*) as calls,
       count(errno) as failed,
       round(sum(case when waits then 0 else duration_ns end) / 1e6, 3) as working_ms,
       round(sum(case when waits then duration_ns else 0 end) / 1e6, 3) as waiting_ms,
       round((max(timestamp_ns + coalesce(duration_ns, 0)) - min(timestamp_ns)) / 1e6, 3) as seen_ms
from marked
group by pid, tid, comm
order by sum(duration_ns) desc nulls last, tid, coalesce(comm, '');
