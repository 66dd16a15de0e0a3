"""Whether validate said what it should have said."""
import dataclasses

# What a defect can be seen by. Anything else that validate complains of is no catch.
SIGNS = {
    "drop": {"count", "errors", "logical", "ledger", "rows", "latency", "call by call"},
    "errno": {"errors", "logical", "ledger", "count"},
    "thread": {"count", "errors", "killed", "in_flight", "logical", "ledger", "rows", "latency", "call by call"},
    "shift": {"latency", "ledger", "rows", "call by call"},
}
BAD_CELLS = ("fail", "lost")
CAUGHT, NOTHING, SMALL, MISSED, FALSE, BROKEN, CLEAN = (
    "caught", "nothing", "too small", "MISSED", "FALSE ALARM", "BROKEN", "agrees")
FAILURES = (MISSED, FALSE, BROKEN)


@dataclasses.dataclass
class Finding:
    kind: str
    why: str
    touched: int = 0  # events, in all workloads
    bearing: int = 0  # those of calls that bear truth


def complaints(result):
    """Every judgement that went against somebody, as (sign, workload, way, call, text)."""
    for cell in result.get("cells", ()):
        if cell["verdict"].lower() not in BAD_CELLS:
            continue
        for each in cell["complaints"]:
            yield each["kind"], cell["scenario"], cell["way"], each.get("call", ""), each.get("text", "")
    for row in result.get("latency", ()):
        if row["verdict"].lower() == "disagree":
            yield "latency", row["scenario"], row["way"], row["call"], f"{row.get('quantile', '')} differs"
    for each in result.get("call_by_call", ()):
        if not each["agrees"]:
            yield "call by call", each["scenario"], each["way"], "", "differs from strace -T"
    for row in result.get("beside", ()):
        if row["verdict"].lower() == "differs":
            yield "beside", row["scenario"], "", row.get("what", ""), "differs between backends"


def bearing_calls(truth):
    return set(truth["truth"]) | set(truth["killed_inside"])


def touched_calls(outcome):
    """{workload: {call: what the damage did to it}}, all captures added up."""
    found = {}
    for capture in outcome.captures:
        calls = found.setdefault(capture["argv"][1], {})
        for call, done in capture["calls"].items():
            sums = calls.setdefault(call, {"touched": 0, "shifted_ns": 0})
            for key in sums:
                sums[key] += done[key]
    return found


def broken(draw, outcome):
    """Why nothing can be concluded; empty: something can."""
    expected = {0: "agree", 1: "disagree"}.get(outcome.status)
    if expected is None:
        return f"validate ended with {outcome.status}: {outcome.stderr.strip()[-300:]}"
    if outcome.result.get("verdict") != expected:
        return f"validate ended with {outcome.status} and wrote {outcome.result.get('verdict', 'nothing')}"
    if len(outcome.captures) < len(draw.scenarios) * draw.runs:
        return f"{len(outcome.captures)} captures noted, {len(draw.scenarios) * draw.runs} made"
    skipped = [cell["scenario"] for cell in outcome.result["cells"] if cell["verdict"].lower() == "skipped"]
    return f"skipped: {', '.join(skipped)}" if skipped else ""


def why_small(touched, truths):
    """How far a shift went where it could have been seen best: at calls whose length is known."""
    moved = []
    for scenario, calls in touched.items():
        for call, asked in truths[scenario]["at_least_ns"].items():
            if call in calls:
                moved.append((calls[call]["shifted_ns"] / calls[call]["touched"], asked, call))
    if not moved:
        return "no sleep was shifted"
    ns, asked, call = max(moved, key=lambda each: abs(each[0]) / each[1])
    return f"{call.split(':')[1]} of {asked / 1e6:g} ms moved by {ns / 1e6:+.3f} ms at most"


def describe(found):
    """"count (x86_64:open in enoent), ledger": each sign once, with one of its places."""
    seen = {}
    for sign, scenario, _, call, _ in found:
        seen.setdefault(sign, f"{sign} ({' in '.join(filter(None, (call, scenario)))})")
    return ", ".join(seen.values())


def of_damaged(draw, outcome, truths):
    obstacle = broken(draw, outcome)
    touched = touched_calls(outcome)
    events = sum(done["touched"] for calls in touched.values() for done in calls.values())
    bearing = sum(done["touched"] for scenario, calls in touched.items() for call, done in calls.items()
                  if call in bearing_calls(truths[scenario]))
    if obstacle:
        return Finding(BROKEN, obstacle, events, bearing)
    found = list(complaints(outcome.result))
    if outcome.status == 1:
        fitting = [each for each in found
                   if each[0] in SIGNS[draw.defect] and (not each[3] or each[3] in touched.get(each[1], {}))]
        if fitting and events:
            return Finding(CAUGHT, describe(fitting), events, bearing)
        return Finding(FALSE, f"not what was damaged: {describe(found) or 'no complaint'}", events, bearing)
    if draw.defect == "shift":
        return Finding(SMALL if events else NOTHING, why_small(touched, truths) if events else "no event met", events,
                       bearing)
    if bearing:
        return Finding(MISSED, "validate agrees", events, bearing)
    return Finding(NOTHING, "only calls without truth met" if events else "no event met", events, bearing)


def of_undamaged(draw, outcome):
    obstacle = broken(draw, outcome)
    if obstacle:
        return Finding(BROKEN, obstacle)
    touched = sum(capture["touched"] for capture in outcome.captures)
    if touched:
        return Finding(BROKEN, f"{touched} events touched, though nothing was to be damaged")
    if outcome.status == 0:
        return Finding(CLEAN, "")
    found = list(complaints(outcome.result))
    return Finding(FALSE, "; ".join(f"{sign}: {scenario} {call} by {way}: {text}"
                                    for sign, scenario, way, call, text in found[:4]))
