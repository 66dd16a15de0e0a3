-- Who talks to whom, how much, and how long does it take?
-- tcp: this side connected; tcp-from: it was connected to; tcp-listen, tcp-bound: waiting; the same of other protocols.
-- refused: connects that failed, but not those of sockets that do not block (EINPROGRESS).
select pid, comm, path as peer,
       count(*) as calls,
       sum(case when syscall = 'connect' and errno <> 'EINPROGRESS' then 1 else 0 end) as refused,
       sum(case when syscall in ('write', 'writev', 'sendto', 'sendmsg', 'sendfile', 'sendfile64')
                 and return_value > 0 then return_value else 0 end) as sent_bytes,
       sum(case when syscall in ('read', 'readv', 'recvfrom', 'recvmsg', 'splice')
                 and return_value > 0 then return_value else 0 end) as received_bytes,
       round(sum(duration_ns) / 1e6, 3) as total_ms,
       round(max(duration_ns) / 1e6, 3) as longest_ms
from calls
where path like 'tcp%:%' or path like 'udp%:%' or path like 'unix%:%' or path like 'inet%:%' or path like 'raw%:%'
   or path like 'sctp%:%' or path like 'vsock%:%' or path like 'netlink%:%' or path like 'packet%:%'
   or path like 'bluetooth%:%' or path like 'socket:%'
group by pid, comm, path
order by sum(duration_ns) desc nulls last, path, pid nulls last, coalesce(comm, '');
