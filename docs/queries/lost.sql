-- What was lost on the way, by reason? lost is NULL: the backend cannot tell, or cannot lose calls in this way.
select reason.key as reason, cast(reason.atom as bigint) as lost
from meta, json_each(meta.json, '$.ledger.lost') as reason
where what = '#end'
order by reason.key;
