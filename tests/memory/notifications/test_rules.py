"""What is worth a notice, and when it is sent."""

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from memory.notifications.notice_kinds import ERROR, PERMISSION, QUESTION, TURN_DONE, Waiting, find_kind
from memory.notifications.notice_rules import Rules, find_next_digest_us, name_project


@dataclass
class Row:
    state: str = "waiting"
    reason: str = ""
    message: str = ""
    current_tool: str = ""


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        (Row(reason="needs_permission"), PERMISSION),
        (Row(reason="needs_input", current_tool="AskUserQuestion"), QUESTION),
        (Row(reason="needs_input", message="Which one?"), QUESTION),
        (Row(reason="needs_input"), None),  # resumed, or compacted by hand
        (Row(reason="turn_done"), TURN_DONE),
        (Row(reason="interrupted"), None),
        (Row(state="error", reason="rate_limit"), ERROR),
        (Row(state="working"), None),
        (Row(state="idle"), None),
        (Row(state="ended", reason="needs_permission"), None),
    ],
)
def test_only_what_needs_its_user_is_worth_a_notice(row: Row, kind: str | None) -> None:
    assert find_kind(row) == kind


def test_the_same_waiting_is_the_same_notice() -> None:
    first, again = (Waiting(PERMISSION, "s1", "", 5) for _ in range(2))
    assert first.notice_id == again.notice_id
    others = [Waiting(QUESTION, "s1", "", 5), Waiting(PERMISSION, "s2", "", 5), Waiting(PERMISSION, "s1", "", 6)]
    assert len({first.notice_id, *(one.notice_id for one in others)}) == 4


def at(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1_000_000)


QUIET = Rules(quiet_from=22 * 60, quiet_until=7 * 60, zone="Europe/Berlin")


@pytest.mark.parametrize(
    ("rules", "now", "end"),
    [
        (QUIET, "2026-01-10T20:59", None),
        (QUIET, "2026-01-10T21:00", "2026-01-11T06:00"),
        (QUIET, "2026-01-11T05:59", "2026-01-11T06:00"),
        (QUIET, "2026-01-11T06:00", None),
        (QUIET, "2026-07-10T20:00", "2026-07-11T05:00"),  # in summer
        (QUIET, "2026-03-28T23:00", "2026-03-29T05:00"),  # the night in which summer time begins
        (Rules(quiet_from=60, quiet_until=120), "2026-01-10T01:30", "2026-01-10T02:00"),
        (Rules(quiet_from=60, quiet_until=60), "2026-01-10T01:00", None),
        (Rules(), "2026-01-10T01:00", None),
    ],
)
def test_quiet_hours_end_by_the_users_clock(rules: Rules, now: str, end: str | None) -> None:
    assert rules.find_quiet_end_us(at(now)) == (None if end is None else at(end))


@pytest.mark.parametrize(
    ("last", "due"),
    [("2026-01-10T06:00", "2026-01-10T07:00"), ("2026-01-10T07:00", "2026-01-11T07:00")],
)
def test_a_digest_is_due_at_eight(last: str, due: str) -> None:
    assert find_next_digest_us(at(last), "Europe/Berlin") == at(due)


@pytest.mark.parametrize(
    ("rules", "is_covered"),
    [
        (Rules(), True),
        (Rules(projects=("Infra",)), True),
        (Rules(projects=("/home/ada/infra",)), True),
        (Rules(projects=("github.com/ada/platform",)), True),
        (Rules(projects=("platform", "shop")), True),
        (Rules(projects=("shop",)), False),
        (Rules(machines=("LAPTOP",)), True),
        (Rules(machines=("desk",)), False),
        (Rules(projects=("infra",), machines=("desk",)), False),
    ],
)
def test_projects_and_machines_are_chosen_by_name(rules: Rules, is_covered: bool) -> None:
    session = {"project": "/home/ada/infra", "repo": "github.com/ada/platform", "machine": "laptop"}
    assert rules.covers_session(**session) == is_covered


def test_a_project_has_the_name_that_pages_show() -> None:
    assert name_project("github.com/ada/platform", "/home/ada/infra") == "platform"
    assert name_project("", "C:\\work\\infra") == "infra"
    assert name_project("", "/") == "/"
