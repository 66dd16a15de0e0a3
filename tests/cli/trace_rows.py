"""What the tests of traces share: a recording, and the rows of its file."""
import csv
import json

import support

COLUMNS = ("timestamp_ns,duration_ns,pid,tid,comm,abi,syscall_nr,syscall,return_value,errno,fd,path,args,flags").split(",")
csv.field_size_limit(1 << 24)


def trace(*arguments, **options):
    return support.run("trace", "-b", support.BACKEND, *arguments, **options)


def rows_of(text):
    """(calls, beginning, end) of a trace; None for a part that is not there."""
    table = list(csv.reader(text.splitlines()))
    assert table[0] == COLUMNS, table[0]
    assert all(len(row) == len(COLUMNS) for row in table), [row for row in table if len(row) != len(COLUMNS)][:3]
    calls = [dict(zip(COLUMNS, row)) for row in table[1:] if not row[0].startswith("#")]
    about = {row[0]: json.loads(row[12]) for row in table[1:] if row[0].startswith("#")}
    return calls, about.get("#begin"), about.get("#end")
