-- After `set variable trace = 'run.csv';` (or 'run*.csv', or ['a.csv', 'b.csv']; also run.csv.zst): reads the trace.
--   calls  one row for each call
--   meta   the rows that are no calls: what ('#begin', '#end') and its JSON
-- Nothing is guessed: not the types, and no comments, for "comment = '#'" would also cut rows behind a # in a path.
create or replace table trace as
from read_csv(getvariable('trace'), auto_detect = false, header = true, delim = ',', quote = '"', escape = '"', comment = '',
  columns = {
    'timestamp_ns': 'varchar', 'duration_ns': 'bigint', 'pid': 'bigint', 'tid': 'bigint', 'comm': 'varchar',
    'abi': 'varchar', 'syscall_nr': 'bigint', 'syscall': 'varchar', 'return_value': 'bigint', 'errno': 'varchar',
    'fd': 'bigint', 'path': 'varchar', 'args': 'varchar', 'flags': 'varchar'});

create or replace view calls as
select * replace (try_cast(timestamp_ns as bigint) as timestamp_ns)
from trace
where coalesce(timestamp_ns, '') not like '#%';

create or replace view meta as
select timestamp_ns as what, args as json
from trace
where timestamp_ns like '#%';
