"""`/insights`: counts by day, hour, tool, waiting time, model and project, and the query that selects them."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from django.db import connection
from django.http import QueryDict
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from dashboard.base import filter_query
from dashboard.insights import activity_heatmap, insight_tables, period_cards, stacked_chart
from dashboard.insights import views as insight_views
from memory.rules.half_hour_counts import CountTotals
from memory.sessions import insight_queries
from memory.sessions.daily_series import DayAmount
from memory.sessions.insight_queries import QuarterActivity, TotalKey
from tests.dashboard.hostile import HOSTILE, MARKUP, UNSEEN
from tests.dashboard.payloads import SESSIONS, afternoon, event, months
from tests.dashboard.visitor import page, sign_in, source
from tests.memory.make import usage
from tests.people import Person

NOW = datetime.now(UTC)
UTC_ZONE, KOLKATA, VIENNA = (ZoneInfo(name) for name in ("UTC", "Asia/Kolkata", "Europe/Vienna"))
KATHMANDU, CHATHAM, LORD_HOWE = (
    ZoneInfo(name) for name in ("Asia/Kathmandu", "Pacific/Chatham", "Australia/Lord_Howe")
)
NOON = int(datetime(2026, 3, 2, 12, tzinfo=UTC).timestamp()) // 900  # number of the quarter hour, on a Monday
MARK = re.compile(r'<title>([^<:]+): (\d+) events?</title>\s*<rect\s+class="l\d"')


def at(days_ago: int, hour: int = 10) -> str:
    """Returns a time of the day that many days ago, in UTC."""
    day = NOW.replace(hour=hour, minute=5, second=0, microsecond=0)
    return (day - timedelta(days=days_ago)).isoformat()


def asked(**query: str) -> filter_query.FilterQuery:
    return filter_query.parse_request(RequestFactory().get("/", query), "30d")


def said(text: str) -> str:
    """Returns the text of this HTML without tags, on one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


# --- Calculations and charts ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "quarter", "day"),
    [
        (UTC_ZONE, NOON + 47, date(2026, 3, 2)),
        (UTC_ZONE, NOON + 48, date(2026, 3, 3)),
        (KOLKATA, NOON + 25, date(2026, 3, 2)),  # 18:15 UTC is 23:45 in Kolkata
        (KOLKATA, NOON + 26, date(2026, 3, 3)),
        (KATHMANDU, NOON + 24, date(2026, 3, 2)),  # 18:00 UTC is 23:45 in Kathmandu
        (KATHMANDU, NOON + 25, date(2026, 3, 3)),
        (CHATHAM, NOON - 8, date(2026, 3, 2)),  # 10:00 UTC is 23:45 on Chatham, in summer time
        (CHATHAM, NOON - 7, date(2026, 3, 3)),
        (VIENNA, NOON + 44, date(2026, 3, 3)),
    ],
)
def test_a_quarter_hour_belongs_to_the_day_it_has_in_a_zone(zone: ZoneInfo, quarter: int, day: date) -> None:
    found = activity_heatmap.sum_by_day([QuarterActivity(quarter, 3, 1, 50), QuarterActivity(quarter, 2, 0, 0)], zone)
    assert found == {day: activity_heatmap.DayTotals(5, 1, 50)}


def test_a_year_is_whole_weeks_that_end_with_a_day() -> None:
    last = date(2026, 3, 4)
    drawn = activity_heatmap.build_year({last: activity_heatmap.DayTotals(7, 1, 0)}, last)
    assert drawn[0].date == date(2025, 3, 3)
    assert [drawn[0].row, drawn[0].column, drawn[-1].row, drawn[-1].column] == [0, 0, 2, 52]
    assert (drawn[-1].date, drawn[-1].events, drawn[-1].level) == (last, 7, 1)
    months = activity_heatmap.group_by_month(drawn)
    assert [(one.first, one.last, one.days) for one in (months[0], months[-1])] == [
        (date(2025, 3, 3), date(2025, 3, 31), 0),
        (date(2026, 3, 1), last, 1),
    ]


def test_one_busy_day_leaves_the_others_their_differences() -> None:
    days = {
        date(2026, 3, number): activity_heatmap.DayTotals(count, 0, 0)
        for number, count in enumerate((1, 5, 9, 20, 9_999), 1)
    }
    drawn = activity_heatmap.build_year(days, date(2026, 3, 6))
    assert [day.level for day in drawn[-6:]] == [1, 1, 2, 3, 4, 0]
    assert [day.side for day in drawn[-6:]] == [6, 6, 8, 10, 12, 0]


def test_the_hours_of_a_week_are_those_of_a_zone() -> None:
    active = [QuarterActivity(NOON, 4, 2, 0), QuarterActivity(NOON + 672, 1, 0, 0)]
    week = activity_heatmap.build_week(active, KOLKATA)
    assert [(hour.row, hour.column, hour.events, hour.prompts) for hour in week if hour.events] == [(0, 17, 5, 2)]
    in_nepal = activity_heatmap.build_week([*active, QuarterActivity(NOON + 1, 1, 0, 0)], KATHMANDU)
    assert [(hour.row, hour.column, hour.events) for hour in in_nepal if hour.events] == [(0, 17, 5), (0, 18, 1)]


def changes_of_clocks() -> list[tuple[ZoneInfo, date]]:
    """The days of 2026 in these zones that are shorter or longer than 24 hours, and their neighbours."""
    changed = []
    for zone in (VIENNA, CHATHAM, LORD_HOWE, ZoneInfo("America/Havana"), ZoneInfo("Africa/Cairo")):
        days = [date(2026, 1, 1) + timedelta(days=number) for number in range(364)]
        lengths = {day: start_of(day + timedelta(days=1), zone) - start_of(day, zone) for day in days}
        odd = [day for day, length in lengths.items() if length != 86_400]
        assert len(odd) == 2, zone
        changed += [(zone, day + timedelta(days=by)) for day in odd for by in (-1, 0, 1)]
    return changed


def start_of(day: date, zone: ZoneInfo) -> int:
    start = asked(zone=zone.key).day_start_us(day)
    assert start is not None
    return start // 1_000_000


@pytest.mark.parametrize(("zone", "day"), changes_of_clocks(), ids=str)
def test_a_day_at_which_clocks_change_has_all_of_its_quarter_hours_and_no_other(zone: ZoneInfo, day: date) -> None:
    first, end = start_of(day, zone) // 900, start_of(day + timedelta(days=1), zone) // 900
    around = [QuarterActivity(quarter, 1, 0, 0) for quarter in range(first - 8, end + 8)]
    assert activity_heatmap.sum_by_day(around, zone)[day].events == end - first


ZONES = ("Asia/Kathmandu", "Pacific/Chatham", "Asia/Kolkata", "America/New_York", "UTC")
# An ordinary day, and days at which the clocks of some of these zones change.
DAYS = (date(2026, 2, 3), date(2026, 3, 8), date(2026, 4, 5), date(2026, 9, 27), date(2026, 11, 1))


@pytest.mark.sweep
def test_the_first_and_the_last_minutes_of_a_day_are_its_own(alice: Person) -> None:
    """In Insights, in the sums of a chosen day, and in the number of sessions. Each zone and day has a project."""
    cases = [(zone, day, f"/{zone}/{day}") for zone in ZONES for day in DAYS]
    told = []
    for number, (zone, day, project) in enumerate(cases):
        first, end = start_of(day, ZoneInfo(zone)), start_of(day + timedelta(days=1), ZoneInfo(zone))
        for use, moment in enumerate((first + 300, end - 600)):
            ts = datetime.fromtimestamp(moment, UTC).isoformat()
            session: dict[str, Any] = {
                "session_id": f"s{number}-{use}",
                "tool_use_id": "t",
                "duration_ms": 7,
                "cwd": project,
            }
            told.append(event("PostToolUse", ts=ts, **session))
    alice.push(*told)
    assert insight_queries.catch_up(alice.id)
    for zone, day, project in cases:
        for chosen, expected in ((day, 2), (day - timedelta(days=1), 0), (day + timedelta(days=1), 0)):
            page_filter = asked(time=str(chosen), zone=zone, project=project).page_filter
            active = insight_queries.load_quarter_activity(alice.id, page_filter)
            assert sum(one.events for one in active) == expected
            assert set(activity_heatmap.sum_by_day(active, ZoneInfo(zone))) == ({day} if expected else set())
            totals = insight_queries.load_totals(alice.id, page_filter)
            for kind in ("event", "tool"):
                assert sum(one.count for key, one in totals.items() if key.kind == kind) == expected
            assert insight_queries.count_sessions(alice.id, page_filter) == expected


TOTALS = {
    TotalKey("tool", "Bash", 0): CountTotals(10, 2, 5_000_000),
    TotalKey("tool", "Edit", 0): CountTotals(4, 3, 8_000_000),
    TotalKey("tool", 'odd"name', 0): CountTotals(1),
    TotalKey("wait", "turn_done", 2): CountTotals(3, 0, 90_000_000),
    TotalKey("wait", "turn_done", 5): CountTotals(1, 0, 9_000_000_000),
    TotalKey("wait", "needs_permission", 1): CountTotals(5, 0, 10_000_000),
    TotalKey("event", "", 0): CountTotals(3),
    TotalKey("event", "", 5): CountTotals(1),
}


@pytest.mark.parametrize(
    ("by", "order", "widths"),
    [
        ("uses", ["Bash", "Edit", 'odd"name'], [100, 40, 10]),
        ("time", ["Edit", "Bash", 'odd"name'], [100, 62.5, 0]),
        ("failures", ["Edit", "Bash", 'odd"name'], [100, 66.67, 0]),
    ],
)
def test_tools_are_sorted_by_what_one_asks(by: str, order: list[str], widths: list[float]) -> None:
    found, others = insight_tables.build_tool_rows(TOTALS, by)
    assert [tool.name for tool in found] == order
    assert [tool.width for tool in found] == widths
    assert others == []
    assert {tool.name: (tool.failed_percent, tool.average, tool.search_query) for tool in found} == {
        "Bash": ("20 %", "500 ms", 'tool:"Bash"'),
        "Edit": ("75 %", "2.0 s", 'tool:"Edit"'),
        'odd"name': ("", "", ""),
    }


def test_many_tools_are_summed_up() -> None:
    found, others = insight_tables.build_tool_rows(
        {TotalKey("tool", f"t{number:02}", 0): CountTotals(number) for number in range(40)}, "uses"
    )
    assert (found[0].name, len(found), len(others)) == ("t39", 15, 25)


def test_who_waited_longer_than_an_hour_adds_no_time() -> None:
    permission, turn = insight_tables.build_wait_rows(TOTALS)
    assert (permission.label, permission.count, permission.time, permission.median) == (
        "Needs permission",
        5,
        "10.0 s",
        "under 10 s",
    )
    assert (turn.label, turn.count, turn.time, turn.median) == ("Your turn", 4, "1 min 30 s", "under 1 min")
    assert [bar for bar in turn.bars if bar[2]] == [(2, 0, 75), (5, 75, 25)]
    assert insight_tables.format_time(insight_tables.sum_waited_us(TOTALS)) == "1 min 40 s"
    assert insight_tables.sum_waited_us({}) == 0
    assert insight_tables.find_median_label([0] * 6) == ""


def test_arrivals_are_shares() -> None:
    assert [(label, count, share) for label, count, share in insight_tables.build_delay_rows(TOTALS) if count] == [
        ("under 1 s", 3, 75),
        ("longer", 1, 25),
    ]


def chart(amounts: list[DayAmount], first: date, last: date) -> stacked_chart.StackedChart:
    return stacked_chart.build_chart(amounts, first, last, stacked_chart.MEASURES["cost"], str.upper)


def amount(day: date, name: str, microdollars: int) -> DayAmount:
    return DayAmount((day - stacked_chart.EPOCH).days, name, microdollars)


def test_more_than_six_weeks_are_drawn_by_the_week() -> None:
    monday, last = date(2026, 3, 2), date(2026, 3, 4)
    amounts = [amount(last, "opus", 500_000), amount(monday, "opus", 250_000)]
    weeks = chart(amounts, date(2025, 4, 1), last).columns
    assert [(one.time, one.total) for one in weeks] == [("2026-03-02..2026-03-04", "$0.75")]
    days = chart(amounts, date(2026, 2, 10), last).columns
    assert [(one.time, one.total, one.segments[0].height) for one in days] == [
        ("2026-03-02", "$0.25", 50),
        ("2026-03-04", "$0.50", 100),
    ]
    assert chart([], last, last).columns == []


def test_a_column_is_stacked_and_its_axis_ends_at_a_round_value() -> None:
    day = date(2026, 3, 4)
    made = chart([amount(day, "opus", 3_000_000), amount(day, "haiku", 1_000_000)], day, day)
    assert [(one.label, one.total) for one in made.series] == [("OPUS", "$3.00"), ("HAIKU", "$1.00")]
    assert [(part.series.number, part.y, part.height) for part in made.columns[0].segments] == [
        (0, 40, 60),
        (1, 20, 20),
    ]
    assert [line.label for line in made.lines] == ["$5.00", "$3.75", "$2.50", "$1.25", "$0"]
    assert made.columns[0].lines == [("OPUS", "$3.00"), ("HAIKU", "$1.00")]


def test_more_names_than_colors_are_one_series() -> None:
    day = date(2026, 3, 4)
    made = chart([amount(day, f"m{number}", 1_000_000 * (number + 1)) for number in range(11)], day, day)
    assert [one.label for one in made.series] == [*(f"M{number}" for number in range(10, 3, -1)), "Other"]
    assert made.series[-1].total == "$10.00"


@pytest.mark.parametrize(
    ("value", "before", "change"),
    [(12, 10, "+20 %"), (8, 10, "−20 %"), (10, 10, "as before"), (5, 0, ""), (10**9, 1, "+999 %")],
)
def test_a_card_is_told_against_the_period_before(value: int, before: int, change: str) -> None:
    assert period_cards.build_card("Tokens", value, before).change == change


def test_after_an_import_of_old_sessions_the_last_days_with_data_are_shown(http: httpx.Client, alice: Person) -> None:
    alice.push(event("UserPromptSubmit", ts=at(100), prompt="Long ago", session_id="s1"))
    sign_in(http, alice.user)
    text = said(page(http, "/insights"))
    assert "No sessions in the last 30 days." in text
    assert "Prompts 1 " in text
    assert "Prompts 1 " not in said(page(http, "/insights?time=30d"))


def test_the_dearest_sessions_and_turns_lead_to_their_place(http: httpx.Client, alice: Person) -> None:
    tell(alice)
    sign_in(http, alice.user)
    text = source(http, "/insights")
    assert re.search(r'<a href="/sessions/s1"><bdi>Go</bdi></a>', text)
    assert re.search(r'<a href="/sessions/s1\?at=1#e-1"><bdi>Go</bdi></a>\s*</th>\s*<td class="count">\$0\.02', text)
    assert 'sort=-cost">All sessions by cost' in text


@pytest.mark.parametrize(
    ("query", "legend"),
    [
        ("", "Opus 5.5 $0.02"),
        ("?of=project", "shop $0.02"),
        ("?chart=tokens", "Opus 5.5 1,200"),
        ("?chart=x", "Opus 5.5"),
    ],
)
def test_the_chart_shows_what_is_asked(http: httpx.Client, alice: Person, query: str, legend: str) -> None:
    tell(alice)
    sign_in(http, alice.user)
    shown = source(http, f"/insights{query}").split('class="chart-legend"')[1].split("</fieldset>")[0]
    assert legend in said(shown)


def test_the_chart_of_sessions_counts_each_once(http: httpx.Client, alice: Person) -> None:
    tell(alice)
    sign_in(http, alice.user)
    text = page(http, "/insights?chart=sessions&of=project")
    titles = re.findall(r"<title>([^<]+)</title><rect ", text)
    assert [one.split(": ", 1)[1] for one in titles[:2]] == ["1 notes: 1", "1 shop: 1"]


def test_a_cost_below_a_cent_is_escaped(http: httpx.Client, alice: Person) -> None:
    prompt = event("UserPromptSubmit", ts=at(2), prompt="Go", session_id="s1")
    models = ("claude-opus-5-5", "claude-opus-4-5")
    answers = [usage(f"m{model}", session="s1", model=model, output_tokens=10) for model in models]
    alice.push(prompt, *({**one, "ts": at(2), "project": prompt["project"]} for one in answers))
    sign_in(http, alice.user)
    chart = source(http, "/insights").split('class="plot"')[1].split("</details>")[0]
    assert chart.count("&lt; $0.01") == 8, "the sum and its two parts in the column and in the table, two in the legend"
    assert "< $" not in chart


@pytest.mark.parametrize("measure", ["tokens", "sessions"])
@pytest.mark.parametrize("by", ["project", "model"])
def test_a_long_chart_has_a_column_a_week_and_none_for_days_outside_of_it(
    http: httpx.Client, alice: Person, measure: str, by: str
) -> None:
    """In Vienna the first event is of the first day, but the chart's days are those of UTC."""
    times = {"2026-02-03T23:30": 1, "2026-02-04T01:00": 20, "2026-02-08T22:00": 300, "2026-02-09T08:00": 4_000}
    times |= {"2026-02-15T21:00": 50_000, "2026-02-16T06:00": 600_000}
    for number, (time, tokens) in enumerate(times.items()):
        prompt = event("UserPromptSubmit", ts=f"{time}:00Z", prompt="Go", session_id=f"s{number}")
        answer = usage(f"m{number}", session=f"s{number}", model="claude-opus-4-5", output_tokens=tokens)
        alice.push(prompt, {**answer, "ts": f"{time}:00Z", "project": prompt["project"]})
    sign_in(http, alice.user)
    text = page(http, f"/insights?time=2026-02-04..2026-04-30&zone=Europe/Vienna&chart={measure}&of={by}")
    plot = text.split('class="plot"')[1].split("</svg>")[0]
    values = {"tokens": ["320", "54,000", "600k"], "sessions": ["2", "2", "1"]}[measure]
    assert [title.split(":")[1].strip() for title in re.findall(r"<title>([^<]+)", plot)] == values


# --- The address ----------------------------------------------------------------------------------------


def test_the_address_chooses_days_in_a_zone() -> None:
    found = asked(time="2026-03-02..2026-03-03", zone="Asia/Kolkata", project="/home/ada/shop", machine="m1")
    since, until = (datetime(2026, 3, day, 18, 30, tzinfo=UTC).timestamp() * 1e6 for day in (1, 3))
    assert (found.page_filter.since_us, found.page_filter.until_us) == (since, until)
    assert (found.page_filter.project, found.page_filter.machine) == ("/home/ada/shop", "m1")
    assert found.days == "02 Mar 2026 – 03 Mar 2026"
    assert asked(time="2026-03-02").days == "02 Mar 2026"
    assert found.to_query_string(time="7d") == "project=%2Fhome%2Fada%2Fshop&machine=m1&time=7d&zone=Asia%2FKolkata"


@pytest.mark.parametrize("time", ["", "x", "2026-13-01", "2026-03-03..2026-03-02", "0001-01-01", "9999-12-31", "30d\0"])
def test_a_time_that_cannot_be_is_the_usual_one(time: str) -> None:
    before, found, after = datetime.now(UTC).date(), asked(time=time), datetime.now(UTC).date()
    assert (found.time, found.last) == ("30d", None)
    assert found.first
    assert before <= found.first + timedelta(days=29) <= after


def test_the_zone_of_the_browser_holds_unless_the_address_names_one_and_is_not_passed_on() -> None:
    own = filter_query.parse_query(QueryDict("time=7d"), own_zone="Asia/Dubai")
    assert (own.zone.key, own.to_query_string()) == ("Asia/Dubai", "time=7d")
    named = filter_query.parse_query(QueryDict("time=7d&zone=Asia/Kolkata"), own_zone="Asia/Dubai")
    assert (named.zone.key, named.to_query_string()) == ("Asia/Kolkata", "time=7d&zone=Asia%2FKolkata")
    assert filter_query.parse_query(QueryDict(""), own_zone="../../etc/passwd").zone.key == "UTC"


@pytest.mark.parametrize("zone", ["", "Nowhere/Here", "../../etc/passwd", "Europe", "x" * 99, "/", "Europe/Vienna\n"])
def test_a_zone_that_cannot_be_is_utc(zone: str) -> None:
    assert asked(zone=zone).zone.key == "UTC"


# --- The page -------------------------------------------------------------------------------------------


def test_who_has_nothing_is_told_what_will_be_there(http: httpx.Client, alice: Person) -> None:
    sign_in(http, alice.user)
    text = source(http, "/insights")
    assert "No data yet" in text
    assert "memfog import" in text


def test_the_figures_are_those_of_the_sessions(http: httpx.Client, alice: Person) -> None:
    tell(alice)
    sign_in(http, alice.user)
    text = said(page(http, "/insights"))
    for told in ("Sessions 2 ", "Prompts 3 ", "Tool calls 3 ✗ 1 failed", "Time waiting for you 40.0 s", "Cost ≈ $0.02"):
        assert told in text, told
    waited = re.search(r"Time waiting for you</dt>.*?</div>", source(http, "/insights"), re.DOTALL)
    assert waited
    assert "<polyline" in waited[0]
    assert "Bash 2 ✗ 1 50 % 3.0 s 1.5 s" in text
    assert "Your turn 1 under 1 min 40.0 s – – 1 – – –" in text
    assert "Opus 5.5 1 200 1,000 0 0 $0.02" in text
    assert re.search(r"shop \d+ 2 \$0\.02", text)
    assert re.search(r"notes \d+ 1 –", text)


def tell(alice: Person) -> None:
    """Pushes two sessions of two projects: one of two days ago, one of ten days ago."""
    shop, notes = {"cwd": "/home/ada/shop", "session_id": "s1"}, {"cwd": "/home/ada/notes", "session_id": "s2"}
    start = datetime.fromisoformat(at(2))
    times = [(start + timedelta(seconds=second)).isoformat() for second in range(0, 100, 10)]
    used = usage("m1", session="s1", model="claude-opus-5-5", input_tokens=200, output_tokens=1_000)
    alice.push(
        event("UserPromptSubmit", ts=times[0], prompt="Go", **shop),
        event("PostToolUse", ts=times[1], tool_use_id="a", duration_ms=1_000, **shop),
        event("PostToolUseFailure", ts=times[2], tool_use_id="b", duration_ms=2_000, **shop),
        event("PostToolUse.Read", ts=times[3], tool_use_id="c", duration_ms=4, **shop),
        event("Stop", ts=times[4], **shop),
        event("UserPromptSubmit", ts=times[8], prompt="Thanks", **shop),
        used | {"ts": times[5], "project": "/home/ada/shop"},
        event("UserPromptSubmit", ts=at(10), prompt="Hm", **notes),
    )


def test_a_day_leads_to_its_sessions(http: httpx.Client, alice: Person) -> None:
    tell(alice)
    sign_in(http, alice.user)
    text = source(http, "/insights")
    days = [f"{datetime.fromisoformat(at(ago)):%-d %b %Y}" for ago in (10, 2)]
    assert MARK.findall(text) == [(days[0], "1"), (days[1], "7")]
    for ago, there, not_there in ((2, "/sessions/s1", "/sessions/s2"), (10, "/sessions/s2", "/sessions/s1")):
        link = f"/sessions?time={at(ago)[:10]}"
        assert f'href="{link}"' in text
        listed = source(http, link)
        assert f'href="{there}"' in listed
        assert f'href="{not_there}"' not in listed


def test_the_days_are_those_of_the_readers_zone(http: httpx.Client, alice: Person) -> None:
    alice.push(event("UserPromptSubmit", ts=at(3, 20), prompt="Late", session_id="s1"))
    sign_in(http, alice.user)
    for zone, ago in (("", 3), ("?zone=Asia/Kolkata", 2)):
        text = source(http, f"/insights{zone}")
        assert f"{datetime.fromisoformat(at(ago)):%-d %b %Y}: 1 event" in text
    assert f'href="/sessions?time={at(2)[:10]}&amp;zone=Asia%2FKolkata"' in text
    assert '<option value="1y">' in text


def test_a_scope_leaves_out_the_rest(http: httpx.Client, alice: Person) -> None:
    tell(alice)
    alice.push(event("UserPromptSubmit", ts=at(1), session_id="s3") | {"client": {"machine": "laptop"}})
    sign_in(http, alice.user)
    assert "Prompts 1 " in said(page(http, "/insights?project=/home/ada/notes"))
    assert "Prompts 0 " in said(page(http, "/insights?project=/home/ada/notes&time=7d"))
    assert "Prompts 1 " in said(page(http, "/insights?machine=laptop"))
    assert "Prompts 3 " in said(page(http, "/insights?time=7d"))
    assert "No activity matches these filters." in page(http, "/insights?machine=elsewhere")
    listed = source(http, "/sessions?machine=laptop&time=7d")
    assert 'href="/sessions/s3"' in listed
    assert 'href="/sessions/s1"' not in listed
    assert '<option value="laptop" selected>laptop</option>' in listed
    assert "No sessions match these filters." in source(http, "/sessions?time=2020-01-01")


def test_what_is_deleted_counts_no_more(http: httpx.Client, alice: Person) -> None:
    tell(alice)
    sign_in(http, alice.user)
    assert "Prompts 3 " in said(page(http, "/insights"))
    headers = {"Authorization": f"Bearer {alice.access_token()}"}
    body = {"project": "/home/ada/shop"}
    alice.http.request("DELETE", "/api/events", json=body, headers=headers).raise_for_status()
    text = said(page(http, "/insights"))
    assert "Prompts 1 " in text
    assert "Bash" not in text


def test_hostile_names_are_text(http: httpx.Client, alice: Person) -> None:
    sign_in(http, alice.user)
    for number, text in enumerate(HOSTILE):
        place = text.replace("\x00", "")
        used = usage("m1", session=f"s{number}", model=text, output_tokens=5)
        alice.push(
            event("PostToolUse", tool_name=text, tool_use_id="t", session_id=f"s{number}")
            | {"project": place, "root": place, "client": {"machine": text}},
            used | {"ts": at(0, 0)},
        )
    for path in ("/insights?time=1y", "/insights?by=time", "/sessions?time=1y"):
        shown = source(http, path)
        assert not [markup for markup in MARKUP if markup in shown]
        assert not [hidden for hidden in UNSEEN if hidden in shown]


def queries(alice: Person) -> int:
    request = RequestFactory().get("/insights", {"time": "1y", "zone": "Asia/Kolkata"})
    request.user = alice.user
    with CaptureQueriesContext(connection) as captured:
        assert insight_views.insights_view(request).status_code == 200
    return len(captured)


@pytest.mark.sweep
def test_it_asks_the_same_of_the_database_however_much_there_is(alice: Person) -> None:
    tell(alice)
    queries(alice)  # the first request projects the new events
    few = queries(alice)
    told = months()
    for start in range(0, len(told), 500):
        alice.push(*told[start : start + 500])
    while b"Still processing" in _answer(alice):
        pass
    assert queries(alice) == few


def _answer(alice: Person) -> bytes:
    request = RequestFactory().get("/insights")
    request.user = alice.user
    return bytes(insight_views.insights_view(request).content)


@pytest.mark.sweep
def test_a_year_of_it_is_light(http: httpx.Client, alice: Person) -> None:
    told: list[dict[str, Any]] = [event("UserPromptSubmit", ts=at(ago), session_id=f"s{ago}") for ago in range(360)]
    alice.push(*told)
    sign_in(http, alice.user)
    first = http.get("/insights?time=1y")
    files = set(re.findall(r'(?:href|src)="(/static/[^"]+\.(?:css|js))"', first.text))
    assert len(first.content) < 70_000
    # What is transferred is compressed.
    assert first.num_bytes_downloaded + sum(http.get(path).num_bytes_downloaded for path in files) < 30_000


def test_the_afternoon_shows_on_its_page(http: httpx.Client, alice: Person) -> None:
    alice.push(*afternoon())
    sign_in(http, alice.user)
    text = page(http, "/insights")
    assert f"?project={SESSIONS['shop']['cwd']}".replace("/", "%2F") in text
