-- Is the trace whole? The books of the recorder, from the #end row, beside the rows that are here.
-- No row: the recorder was killed, or the last file is missing. rows_here < recorded: files are missing.
select cast(json ->> '$.all_rows' as bigint) as recorded,
       (select count(*) from calls) as rows_here,
       case when cast(json ->> '$.complete' as varchar) in ('1', 'true') then 'yes' else 'no' end as complete,
       json ->> '$.end_reason' as end_reason,
       round(cast(json ->> '$.duration_ns' as bigint) / 1e9, 3) as seconds,
       cast(json ->> '$.ledger.enters' as bigint) as enters,
       cast(json ->> '$.ledger.completed' as bigint) as completed,
       cast(json ->> '$.ledger.in_flight' as bigint) as in_flight,
       cast(json ->> '$.ledger.no_return' as bigint) as no_return,
       cast(json ->> '$.ledger.refused' as bigint) as refused,
       cast(json ->> '$.ledger.began_before_attach' as bigint) as began_before,
       cast(json ->> '$.ledger.total_lost' as bigint) as lost
from meta
where what = '#end' and (json ->> '$.ledger') is not null;
