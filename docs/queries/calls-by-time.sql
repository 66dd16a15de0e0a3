-- Which system calls take the most time? How often are they made, how often do they fail, and how long do they take?
-- pN_ns: the shortest time that N percent of the calls with a known duration do not exceed.
with ranked as (
  select syscall, errno, duration_ns,
         count(duration_ns) over (partition by syscall) as timed,
         row_number() over (partition by syscall order by duration_ns nulls last) as place
  from calls)
select syscall,
       count(*) as calls,
       count(errno) as failed,
       round(sum(duration_ns) / 1e6, 3) as total_ms,
       round(100.0 * sum(duration_ns) / sum(sum(duration_ns)) over (), 1) as percent,
       min(case when place * 100 >= timed * 50 then duration_ns end) as p50_ns,
       min(case when place * 100 >= timed * 99 then duration_ns end) as p99_ns,
       max(duration_ns) as max_ns
from ranked
group by syscall
order by sum(duration_ns) desc nulls last, syscall;
