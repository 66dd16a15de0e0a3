-- Which single calls took longest? at_s: seconds since the first call began.
-- Calls made to wait come first where there are any; who-waits.sql has a list of them to leave out.
select round((timestamp_ns - (select min(timestamp_ns) from calls)) / 1e9, 6) as at_s,
       round(duration_ns / 1e6, 3) as duration_ms,
       pid, tid, comm, syscall, return_value, errno, path, args
from calls
where duration_ns is not null
order by duration_ns desc, timestamp_ns nulls last, tid, syscall
limit 20;
