-- After `.import --csv run.csv trace`: two views of what was imported, which is text and has '' for what is not known.
--   calls  one row for each call, with numbers as integers and NULL for what is not known
--   meta   the rows that are no calls: what ('#begin', '#end') and its JSON
create view if not exists calls as
select cast(nullif(timestamp_ns, '') as integer) as timestamp_ns,
       cast(nullif(duration_ns, '') as integer) as duration_ns,
       cast(nullif(pid, '') as integer) as pid,
       cast(nullif(tid, '') as integer) as tid,
       nullif(comm, '') as comm,
       abi,
       cast(nullif(syscall_nr, '') as integer) as syscall_nr,
       syscall,
       cast(nullif(return_value, '') as integer) as return_value,
       nullif(errno, '') as errno,
       cast(nullif(fd, '') as integer) as fd,
       nullif(path, '') as path,
       nullif(args, '') as args,
       nullif(flags, '') as flags
from trace
where timestamp_ns not like '#%';

create view if not exists meta as
select timestamp_ns as what, args as json
from trace
where timestamp_ns like '#%';
