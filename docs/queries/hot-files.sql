-- Which files take the most time, and how many bytes went through them?
-- opens: successful ones. A call with two descriptors (sendfile, copy_file_range, splice, tee) counts for its first.
select path,
       count(*) as calls,
       count(errno) as failed,
       sum(case when syscall in ('open', 'openat', 'openat2', 'creat') and return_value >= 0 then 1 else 0 end) as opens,
       round(sum(duration_ns) / 1e6, 3) as total_ms,
       sum(case when syscall in ('read', 'pread64', 'readv', 'preadv', 'preadv2', 'copy_file_range', 'splice', 'tee')
                 and return_value > 0 then return_value else 0 end) as read_bytes,
       sum(case when syscall in ('write', 'pwrite64', 'writev', 'pwritev', 'pwritev2', 'sendfile', 'sendfile64')
                 and return_value > 0 then return_value else 0 end) as written_bytes
from calls
where path like '/%' or path like './%' or path like 'memfd:%'
group by path
order by sum(duration_ns) desc nulls last, path
limit 30;
