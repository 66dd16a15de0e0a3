-- Which names were looked for in vain (ENOENT), in how many folders, and where did one of that name turn up?
-- found_in is NULL: nowhere. Another file of the same name counts as found, too.
with named as (
  select *, rtrim(path, replace(path, '/', '')) as folder
  from calls
  where (path like '/%' or path like './%') and return_value is not null),
parts as (
  select folder, substr(path, length(folder) + 1) as name, errno, duration_ns,
         row_number() over (partition by substr(path, length(folder) + 1), errno
                            order by timestamp_ns nulls last, folder) as place
  from named),
found as (
  select name, folder
  from parts
  where errno is null and place = 1)
select parts.name,
       count(*) as misses,
       count(distinct parts.folder) as folders,
       round(sum(duration_ns) / 1e6, 3) as total_ms,
       min(found.folder) as found_in
from parts left join found on found.name = parts.name
where errno = 'ENOENT'
group by parts.name
order by count(*) desc, parts.name
limit 50;
