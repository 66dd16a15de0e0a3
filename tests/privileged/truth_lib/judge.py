"""A report against the truth, and against itself. Each function returns a list of complaints."""

FORKS = ("fork", "vfork", "clone", "clone3")
EXIT_TERMS = ("completed", "child_returns", "refused", "began_before_attach", "lost_enters")
ENTER_TERMS = ("completed", "in_flight", "no_return", "lost_exits")


def rows_by_call(report):
    """{"abi:name": row}, the rows of one call (--by) added up as far as they are counts."""
    calls = {}
    for row in report["syscalls"]:
        known = calls.setdefault(f"{row['abi']}:{row['name']}", {
            "count": 0, "errors": {}, "killed_inside": None, "logical_count": None, "in_flight": 0, "min_ns": None})
        known["count"] += row["count"]
        known["in_flight"] += row["in_flight"]
        for name in ("killed_inside", "logical_count"):
            if row[name] is not None:
                known[name] = (known[name] or 0) + row[name]
        if row["min_ns"] is not None:
            known["min_ns"] = min(row["min_ns"], known["min_ns"] or row["min_ns"])
        for error, count in row["errors"].items():
            known["errors"][error] = known["errors"].get(error, 0) + count
    return calls


NOTHING = {"count": 0, "errors": {}, "killed_inside": None, "logical_count": None, "in_flight": 0, "min_ns": None}


def half_told(report):
    """Calls of which the tracer told one end only: they count, but may lack their error."""
    return report["ledger"]["lost"]["half_told"] or 0


def skipped(report):
    """Calls that perf trace did not tell of, and the kernel counted."""
    return report["ledger"]["lost"]["skipped"] or 0


def more_missing_than_skipped(truth, report):
    """What a report lacks that admits to have skipped something: no more than that."""
    calls = rows_by_call(report)
    short = {call: made["count"] + truth["launch_adds"].get(call, 0) - calls.get(call, NOTHING)["count"]
             for call, made in truth["truth"].items()}
    if min(short.values(), default=0) >= 0 and sum(short.values()) <= skipped(report):
        return []
    return [f"{skipped(report)} skipped, and {({call: count for call, count in short.items() if count})} are missing"]


def against_truth(truth, report, launched):
    """Every truth-bearing figure must be exact."""
    calls = rows_by_call(report)
    complaints, without_error = [], half_told(report)

    def expect(what, seen, made):
        if seen != made:
            complaints.append(f"{what}: {seen} reported, {made} in truth")

    for call, made in truth["truth"].items():
        seen = calls.get(call, NOTHING)
        expect(f"{call} count", seen["count"],
               made["count"] + (truth["launch_adds"].get(call, 0) if launched else 0))
        short = {name: count - seen["errors"].get(name, 0) for name, count in made["errors"].items()}
        if set(seen["errors"]) - set(short) or min(short.values(), default=0) < 0 or sum(short.values()) > without_error:
            complaints.append(f"{call} errors: {seen['errors']} reported, {made['errors']} in truth")
    for field, name in (("killed_inside", "killed_inside"), ("in_flight", "in_flight"), ("logical", "logical_count")):
        for call, made in truth[field].items():
            seen = calls.get(call, NOTHING)[name]
            # `count` watches returns alone: it cannot see a call that never returns.
            if seen is not None or (field == "killed_inside" and report["command"] != "count"):
                expect(f"{call} {name}", seen, made)
            if call not in truth["truth"]:
                expect(f"{call} count", calls.get(call, NOTHING)["count"], 0)
    for call, least in truth["at_least_ns"].items():
        shortest = calls.get(call, NOTHING)["min_ns"]
        if shortest is None or shortest < least:
            complaints.append(f"{call}: the shortest took {shortest} ns, cannot be less than {least}")
    return complaints


def ledger(report, truth=None):
    """The ledger must balance, with nothing lost, and must agree with the rows and the truth."""
    book, complaints = report["ledger"], []
    for left, terms in (("enters", ENTER_TERMS), ("exits", EXIT_TERMS)):
        values = [book[left], *(book[term] for term in terms)]
        if None not in values and values[0] != sum(values[1:]):
            told = " + ".join(f"{term} {book[term]}" for term in terms)
            complaints.append(f"ledger: {left} {values[0]} is not {told}")
    halves = half_told(report)
    lost = {reason: count for reason, count in book["lost"].items() if count and reason != "half_told"}
    if lost:
        complaints.append(f"ledger: lost {lost}")
    if not book["balanced"] or report["complete"] != (halves == 0):
        complaints.append(f"balanced {book['balanced']}, complete {report['complete']}: {report['warnings']}")
    counted = sum(row["count"] for row in report["syscalls"])
    if book["completed"] is not None and counted != book["completed"] + (book["refused"] or 0) + halves:
        complaints.append(f"rows add up to {counted}, ledger: completed {book['completed']}, refused {book['refused']}")
    if truth is not None and book["refused"] is not None and book["refused"] != sum(truth["refused"].values()):
        complaints.append(f"ledger: refused {book['refused']}, in truth {truth['refused']}")
    return complaints + children(report)


def children(report):
    """Each child that was followed returned once from the call that made it."""
    seen = report["ledger"]["child_returns"]
    made = sum(row["count"] - row["error_count"] for row in report["syscalls"] if row["name"] in FORKS)
    return [] if seen is None or seen == made else [f"{seen} returns in children, {made} children made"]


def without_edges(complaints):
    """For targets that make children while latimer comes and leaves: the parent's return may have begun before, and the
    child's come after the end."""
    return [said for said in complaints if "returns in children" not in said]


def rows(report):
    """What must hold in every row, whatever was traced."""
    complaints = []
    for row in report["syscalls"]:
        name = f"{row['abi']}:{row['name']}"
        if sum(row["errors"].values()) != row["error_count"] or row["error_count"] > row["count"]:
            complaints.append(f"{name}: errors {row['errors']} of {row['count']}")
        timed = row["count"] - row["untimed"]
        if row["total_ns"] is None or timed == 0:
            continue
        if sum(bucket["count"] for bucket in row["histogram"]) != timed:
            complaints.append(f"{name}: the histogram does not hold {timed}")
        order = [row[key] for key in ("min_ns", "p50_ns", "p90_ns", "p95_ns", "p99_ns", "p999_ns", "max_ns")]
        if None in order or order != sorted(order):
            complaints.append(f"{name}: percentiles out of order: {order}")
        if not row["min_ns"] * timed <= row["total_ns"] <= row["max_ns"] * timed:
            complaints.append(f"{name}: total {row['total_ns']} does not lie between min and max")
    return complaints


def everything(truth, report, launched=True):
    return against_truth(truth, report, launched) + ledger(report, truth) + rows(report)
