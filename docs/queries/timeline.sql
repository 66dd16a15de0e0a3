-- What happens in each second? Counted where a call begins; second 0 begins with the first call.
-- Seconds without a call have no row.
with placed as (
  select *, timestamp_ns - min(timestamp_ns) over () as since_ns
  from calls)
select cast((since_ns - since_ns % 1000000000) / 1000000000 as bigint) as second,
       count(*) as calls,
       count(errno) as failed,
       count(distinct tid) as threads,
       round(sum(duration_ns) / 1e6, 3) as total_ms,
       round(max(duration_ns) / 1e6, 3) as longest_ms
from placed
where since_ns is not null
group by second
order by second;
