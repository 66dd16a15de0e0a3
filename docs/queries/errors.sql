-- What fails, with which error, and on what? comm: one of those it failed for.
-- ERESTART...: a signal interrupted the call, and the kernel makes it again or tells the program EINTR.
select syscall, errno, path,
       count(*) as times,
       count(distinct pid) as processes,
       min(comm) as comm,
       round(sum(duration_ns) / 1e6, 3) as total_ms
from calls
where errno is not null
group by syscall, errno, path
order by count(*) desc, syscall, errno, coalesce(path, '')
limit 50;
