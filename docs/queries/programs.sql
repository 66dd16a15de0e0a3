-- Which programs ran, from when to when, and what did each spend in the kernel?
-- began_s, ended_s: its first call's beginning and its last one's end, in seconds since the trace's first call.
-- program is NULL: what ran in the process before the first exec that was seen, or an exec whose path was not recorded.
-- exit_status: as given to exit_group; NULL: it executed another program, a signal ended it, or it goes on.
with placed as (
  select *,
         sum(case when syscall in ('execve', 'execveat') and return_value = 0 then 1 else 0 end)
           over (partition by pid order by timestamp_ns nulls first) as execs,
         timestamp_ns - min(timestamp_ns) over () as since_ns
  from calls)
select pid,
       max(case when syscall in ('execve', 'execveat') and return_value = 0 then path end) as program,
       min(comm) as comm,
       round(min(since_ns) / 1e9, 6) as began_s,
       round(max(since_ns + coalesce(duration_ns, 0)) / 1e9, 6) as ended_s,
       count(*) as calls,
       round(sum(duration_ns) / 1e6, 3) as total_ms,
       max(case when syscall = 'exit_group' then args end) as exit_status
from placed
group by pid, execs
order by min(since_ns) nulls last, pid nulls last, execs;
