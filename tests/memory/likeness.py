"""Compares the derived rows of two accounts, without values that must differ: ids, numbers, times."""

from collections import Counter
from typing import Any
from uuid import UUID

from django.forms.models import model_to_dict

from events.isolation.row_security import acting_for
from memory.models import HalfHourCount, Observation, Prompt, Session, Summary, TokenUsage
from memory.projection import projector
from memory.search import search_hits

# Times in microseconds at which the hook or Claude Code read a clock.
MOMENTS = {
    *("at_us", "started_us", "last_us", "state_us", "resumed_us", "ended_us", "current_tool_since_us", "slot"),
    "worked_before_us",
}
SUMS = ("count", "failed", "input_tokens", "output_tokens", "cost_microdollars")
TABLES = (Session, Prompt, Observation, Summary, TokenUsage)
Row = dict[str, Any]


def unlike(live: UUID, imported: UUID) -> list[str]:
    """The differences between the derived rows of two accounts, one line each: `Session reason: clear | other`."""
    lines, rows, others = [], _derived(live), _derived(imported)
    for table in rows:
        one, other = rows[table], _undo_swaps(rows[table], others[table])
        lines += [f"{table}: {len(one)} | {len(other)}"] * (len(one) != len(other))
        lines += [line for pair in zip(one, other, strict=False) for line in _unlike(table, *pair)]
    sums, counts = _sums(live), _sums(imported)
    return lines + [f"{key}: {sums[key]} | {counts[key]}" for key in sorted(sums | counts) if sums[key] != counts[key]]


def _undo_swaps(rows: list[Row], others: list[Row]) -> list[Row]:
    """Returns the others with neighbors exchanged that stand in the order of `rows` then.

    The hooks of calls that ran in parallel run in parallel, too: on a busy machine they arrive in either order.
    """
    ordered = list(others)
    for at in range(min(len(rows), len(ordered)) - 1):
        if rows[at : at + 2] == ordered[at : at + 2][::-1]:
            ordered[at : at + 2] = ordered[at : at + 2][::-1]
    return ordered


def _unlike(table: str, one: Row, other: Row) -> list[str]:
    return [f"{table} {name}: {value} | {other[name]}" for name, value in one.items() if value != other[name]]


def _derived(user_id: UUID) -> dict[str, list[Row]]:
    """The rows of each table by time. A reference to another observation is replaced by its title."""
    projector.catch_up(user_id)
    with acting_for(user_id):
        rows = {model.__name__: [_row(one) for one in model.objects.for_user(user_id)] for model in TABLES}
    titles = {one["seq"]: one["title"] for one in rows["Observation"]}
    told = {item.id: item.text for item in search_hits.load_original_entries(user_id, list(titles))}
    for one in rows["Observation"]:
        one["stored_text"] = told[one["seq"]]
        one["fixes_seq"], one["start_seq"] = titles.get(one["fixes_seq"]), one["start_seq"] is not None
    return {name: _in_order(many) for name, many in rows.items()}


def _row(one: Any) -> Row:
    # The fold state holds the same facts, but as numbers and times.
    left_out = {"user", "pk", "fold_state", "needs_rebuild"}
    return {name: value for name, value in model_to_dict(one).items() if name not in left_out}


def _in_order(rows: list[Row]) -> list[Row]:
    rows.sort(key=lambda row: (row.get("at_us", row.get("started_us")), row.get("seq", 0)))
    return [{name: value for name, value in row.items() if name not in MOMENTS | {"seq"}} for row in rows]


def _sums(user_id: UUID) -> Counter[str]:
    """Sums of the half-hour counts. Durations depend on times and delays depend on the import, so both are left out."""
    sums: Counter[str] = Counter()
    with acting_for(user_id):
        for one in HalfHourCount.objects.for_user(user_id):
            for what in SUMS:
                sums[f"{one.kind} {one.name} {what}".replace("  ", " ")] += getattr(one, what)
    return sums
