"""An export restores its account: in another account, on another server, in the other kind of database."""

import gzip
import io
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import zstandard
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from accounts.api_base.problem import Problem
from accounts.lifecycle import account_deletion
from events.archive import account_import
from events.deletion import event_deletion
from events.isolation.row_security import acting_for
from events.retention import retention_policy
from events.retention.retention_policy import RetentionLimits
from events.store import log
from memory.models import LlmSummary, SessionPreference
from memory.preferences import preference_changes
from memory.projection import projector
from memory.search import query_parser, search_hits
from memory.values.location import Location
from tests import forking
from tests.accounts.calls import bearer
from tests.databases import copy_sqlite
from tests.events.deletion.test_deletion import deleted
from tests.events.make import make_event
from tests.events.wire.test_properties import values
from tests.examples import at_most
from tests.memory.rows import derived_rows
from tests.people import People, Person, make_user

HERE = Location("/home/dev/my-repo", "/home/dev/my-repo")
FEW = at_most(15)
# A parser does not return these texts unchanged: extreme numbers, lone surrogates, NULs, duplicate keys, odd spacing.
HOSTILE = [
    '{"n":1e400,"m":0.10,"o":-0.0,"p":1E+2}',
    '{"half":"\\ud800","nul":"a\\u0000b","escaped":"\\/\\u0061\\u000a"}',
    '{"a":1,"a":2,"":{"a":{},"a":[]}}',
    f'{{"long":{"9" * 5_000}}}',
    '{"line":"\\u2028\\u2029\\r\\n","raw":"\u2028\u0085 é 🜁"}',
    '{"session_id":"s1","deleted":{"id":"x"}}',
    "[" * 400 + "]" * 400,
]


def export(person: Person, *, whole: bool = True) -> list[str]:
    answer = person.http.get(
        "/api/export", params={"whole": "1"} if whole else {}, headers=bearer(person.access_token())
    )
    assert answer.status_code == 200, answer.text
    return answer.content.decode().split("\n")[:-1]


def bring(person: Person, lines: list[str], tmp_path: Path) -> str:
    """Imports the lines into the account. Returns the output of the command."""
    file = tmp_path / f"{uuid4().hex}.ndjson"
    file.write_bytes("".join(f"{line}\n" for line in lines).encode())
    return told(str(file), user=person.user.email)


def told(*arguments: str, user: str) -> str:
    out = io.StringIO()
    call_command("import_account", *arguments, user=user, stdout=out, stderr=io.StringIO())
    return out.getvalue()


def without_owner(lines: list[str], person: Person) -> list[str]:
    return [line.replace(str(person.id), "owner") for line in lines]


def push(person: Person, payload: str, **over: Any) -> str:
    """Sends an event whose payload is exactly this text. Returns its id."""
    event = make_event(data=0, **over)
    text = json.dumps(event, ensure_ascii=False).replace('"data": 0', f'"data": {payload}')
    answer = person.http.post("/ingest", content=text.encode())
    assert answer.json() == {"accepted": 1}
    return str(event["id"])


@pytest.fixture
def lively(alice: Person) -> Person:
    """Alice with every kind of data: hostile payloads, deletions between them, a session, choices, a name."""
    ids = [push(alice, payload, root="/r", repo="github.com/o/n") for payload in HOSTILE]
    deleted(alice, {"ids": ids[1:2]})
    for hook in ("session_start", "prompt_submit", "stop"):
        alice.push(make_event(hook, {"session_id": "s1", "prompt": "Mend the total", "last_assistant_message": "ok"}))
    deleted(alice, {"ids": ids[3:4]})
    push(alice, '{ "say" :\r\n [1 ,\t2] }')
    preference_changes.set_session_preference(alice.id, "s1", title="The total \u2028 – «mended»", starred=True)
    projector.catch_up(alice.id)
    asked = next(
        hit.entry.id for hit in search_hits.search_entries(alice.id, query_parser.parse_query("total"), limit=9).hits
    )
    preference_changes.annotate_entry(alice.id, asked, pinned=True, replacement_text="Mended «for good»")
    preference_changes.add_note(alice.id, HERE, "Never on Fridays.\nAsk first.")
    preference_changes.set_context_budget(alice.id, HERE, 500)
    preference_changes.set_excluded_tools(alice.id, ["Bash", "Write"])
    with acting_for(alice.id):
        told = {
            "requested_us": 5,
            "outcome": "summarized",
            "text": "All of it \u2028 was fixed.",
            "cost_microdollars": 7,
        }
        LlmSummary.objects.create(user_id=alice.id, session_id="s1", **told)
    retention_policy.save_limits(alice.id, RetentionLimits(max_days=9_000, max_bytes=retention_policy.GIGABYTE))
    alice.user.display_name = "Älice"
    alice.user.save(update_fields=["display_name"])
    return alice


def test_it_is_the_same_account_again(lively: Person, bob: Person, tmp_path: Path) -> None:
    lines = export(lively)
    said = bring(bob, lines, tmp_path)
    assert said == "9 events, 2 deletions and 8 other records are new; 0 existed already.\n"
    assert without_owner(export(bob), bob) == without_owner(lines, lively)
    assert (sum('"deleted":' in line[:12] for line in lines), len(lines)) == (2, 19)


def test_an_export_has_the_words_of_the_first_release(lively: Person, bob: Person, tmp_path: Path) -> None:
    lines = export(lively)
    [summary] = [json.loads(line)["retelling"] for line in lines if line.startswith('{"retelling"')]
    assert summary["outcome"] == "told"
    bring(bob, lines, tmp_path)
    with acting_for(bob.id):
        assert LlmSummary.objects.for_user(bob.id).get().outcome == "summarized"


def test_what_is_derived_is_the_same(alice: Person, bob: Person, tmp_path: Path) -> None:
    alice.push(*[make_event("prompt_submit", {"session_id": "s1", "prompt": f"Mend {n}"}) for n in range(3)])
    # An event with a time in the future gets its time of arrival. Therefore the export holds the time of arrival.
    alice.push(make_event("stop", {"session_id": "s1"}, ts="2090-01-01T00:00:00Z"))
    bring(bob, export(alice), tmp_path)
    for person in (alice, bob):
        projector.catch_up(person.id)
    hers, his = (repr(derived_rows(person.id)).replace(str(person.id), "owner") for person in (alice, bob))
    assert his == hers
    assert "Mend 2" in his


@FEW
@given(st.lists(st.tuples(values, st.sampled_from([None, 1, "\t"]), st.booleans()), max_size=6))
def test_any_payloads_come_back_as_they_were(
    people: People, tmp_path_factory: pytest.TempPathFactory, payloads: list[tuple[Any, Any, bool]]
) -> None:
    alice, bob = people(), people()
    for value, indent, is_deleted in payloads:
        name = push(alice, json.dumps(value, indent=indent))
        if is_deleted:
            deleted(alice, {"ids": [name]})
    lines = export(alice)
    bring(bob, lines, tmp_path_factory.mktemp("export"))
    assert without_owner(export(bob), bob) == without_owner(lines, alice)


def test_reading_it_twice_or_half_of_it_and_then_all_comes_to_the_same(
    lively: Person, bob: Person, tmp_path: Path
) -> None:
    lines = export(lively)
    bring(bob, lines[:5], tmp_path)
    for new in ("4 events, 2 deletions and 8 other", "0 events, 0 deletions and 0 other"):
        assert bring(bob, lines, tmp_path).startswith(new)
        assert without_owner(export(bob), bob) == without_owner(lines, lively)


def test_what_the_account_has_already_stays(lively: Person, bob: Person, tmp_path: Path) -> None:
    lines = export(lively)
    gone = next(json.loads(line)["deleted"]["id"] for line in lines if line.startswith('{"deleted":'))
    bob.push(make_event(id=gone, data={"mine": True}))
    preference_changes.set_session_preference(bob.id, "s1", title="Mine")
    bob.user.display_name = "Bob"
    bob.user.save(update_fields=["display_name"])
    said = bring(bob, lines, tmp_path)
    assert said == "9 events, 1 deletions and 6 other records are new; 3 existed already.\n"
    assert bob.walk()[0]["kind"]["data"]["data"] == {"mine": True}
    bob.user.refresh_from_db()
    with acting_for(bob.id):
        choice = SessionPreference.objects.for_user(bob.id).get(session_id="s1")
    assert (bob.user.display_name, choice.title, choice.starred) == ("Bob", "Mine", False)


def test_what_was_deleted_before_it_came_is_kept_out_there_too(alice: Person, bob: Person, tmp_path: Path) -> None:
    unborn, placeless = make_event(), make_event(project="", kind={"type": "Other", "data": {}})
    alice.push(placeless)
    event_deletion.write_tombstones(alice.id, [UUID(unborn["id"]), UUID(placeless["id"])])
    bring(bob, export(alice), tmp_path)
    assert without_owner(export(bob), bob) == without_owner(export(alice), alice)
    walk = [person.http.post("/sync/pull", json={"cursor": "", "project": "/x"}).json() for person in (alice, bob)]
    assert walk[0]["deleted"] == walk[1]["deleted"] == [unborn["id"]]
    assert bob.push(unborn, placeless) == {"accepted": 0, "duplicates": 2}


@pytest.mark.sweep
def test_many_lines_are_stored_batch_by_batch(alice: Person, bob: Person, tmp_path: Path) -> None:
    for _ in range(2):
        alice.push(*[make_event() for _ in range(700)])
    assert bring(bob, export(alice), tmp_path).startswith("1,400 events")
    assert [event["id"] for event in bob.walk()] == [event["id"] for event in alice.walk()]


def test_an_event_as_large_as_may_be_comes_back(alice: Person, bob: Person, tmp_path: Path) -> None:
    bare = len(json.dumps(make_event(data="")).encode())
    alice.http.post("/ingest", content=json.dumps(make_event(data="x" * (1_048_576 - bare))))
    bring(bob, export(alice), tmp_path)
    assert bob.walk()[0]["kind"] == alice.walk()[0]["kind"]


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.ZstdCompressor().compress, bytes], ids=["gz", "zst", "bare"])
def test_a_file_may_be_packed(alice: Person, bob: Person, tmp_path: Path, pack: Any) -> None:
    alice.push(*[make_event() for _ in range(3)])
    file = tmp_path / "export"
    file.write_bytes(pack("\n".join(export(alice)).encode()))
    assert told(str(file), user=bob.user.email).startswith("3 events")


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.ZstdCompressor().compress], ids=["gz", "zst"])
def test_of_a_file_that_ends_too_early_the_beginning_is_kept(
    alice: Person, bob: Person, tmp_path: Path, pack: Any
) -> None:
    alice.push(*[make_event(data={"fill": os.urandom(4_000).hex()}) for _ in range(600)])
    whole = pack("\n".join(export(alice)).encode())
    file = tmp_path / "export"
    file.write_bytes(whole[: len(whole) * 95 // 100])
    with pytest.raises(CommandError, match="The lines read before stay imported"):
        told(str(file), user=bob.user.email)
    assert 0 < len(bob.walk()) < 600
    file.write_bytes(whole)
    told(str(file), user=bob.user.email)
    assert len(bob.walk()) == 600


# A fixed id, because test names contain it: each process of a parallel run must generate the same names.
FIXED = "00000000-0000-4000-8000-000000000001"
BAD = [
    ("{", "not one JSON object"),
    ("\ud800", "not one JSON object"),
    ("[1]", "not one JSON object"),
    ("{}", "`id` is missing"),
    ('{"id":1}', "neither"),
    ('{"wizard":{}}', "neither an event nor a record"),
    ('{"deleted":{}}', "names no deleted event"),
    ('{"deleted":{"id":7}}', "names no deleted event"),
    (json.dumps({"deleted": {"id": FIXED, "project": "x" * 5_000}}), "its location"),
    (json.dumps({"deleted": {"id": FIXED, "repo": ["x"]}}), "its location"),
    (json.dumps(make_event(id=FIXED, ts="now")), "`ts` must be"),
    (json.dumps(make_event(id=FIXED, kind={"type": 1})), "`kind.type`"),
    (json.dumps(make_event(id=FIXED, extra=1)), "unknown member"),
    (json.dumps(make_event(id=FIXED, data="x" * 1_100_000)), "longer than any"),
    ("[" * 600 + "]" * 600, "not one JSON object"),
    (
        json.dumps(make_event(id=FIXED, data=0)).replace('"data": 0', f'"data": {"[" * 600}{"]" * 600}'),
        "levels of nesting",
    ),
    ('{"retention":{"days":30}}', "`days` and `bytes`"),
    ('{"retention":{"days":true,"bytes":null}}', "`days` and `bytes`"),
    ('{"retention":{"days":0,"bytes":null}}', "1 to"),
    ('{"retention":{"days":null,"bytes":7}}', "GB"),
    ('{"account":{"display_name":7}}', "not a valid account name"),
    ('{"account":{"display_name":"a\\nb"}}', "not a valid account name"),
    ('{"account":{"display_name":"%s"}}' % ("x" * 500), "not a valid account name"),
    ('{"account":{"is_staff":true}}', "not a valid account name"),
    ('{"choice":{"title":"x"}}', "unknown or missing members"),
    ('{"choice":{"session_id":"s","user":"x"}}', "unknown or missing members"),
    ('{"choice":{"session_id":"s","title":"a\\u0000"}}', "a NUL"),
    ('{"choice":{"session_id":"%s"}}' % ("x" * 200), "an invalid value"),
    ('{"choice":{"session_id":"s","starred":"perhaps"}}', "an invalid value"),
    ('{"choice":{"session_id":"s","starred":null}}', "an invalid value"),
    ('{"mark":{"event":"none"}}', "the id of an event"),
    (json.dumps({"mark": {"event": FIXED, "pinned": True}}), "no event with the id"),
    (json.dumps({"note": {"id": "7", "text": "x"}}), "an invalid value"),
    (json.dumps({"allowance": {"place_key": 2**70, "place": "/a", "tokens": 1}}), "an invalid value"),
]


@pytest.mark.parametrize(("line", "reason"), BAD, ids=lambda text: ascii(text)[:30])
def test_a_bad_line_is_named_and_the_others_are_taken(bob: Person, tmp_path: Path, line: str, reason: str) -> None:
    file, errors = tmp_path / "export", io.StringIO()
    good = [json.dumps(make_event()) for _ in range(2)]
    file.write_bytes("\n".join([good[0], "", line, good[1]]).encode("utf-8", "surrogatepass"))
    with pytest.raises(CommandError, match="1 of 4 lines were rejected"):
        call_command("import_account", str(file), user=bob.user.email, stdout=io.StringIO(), stderr=errors)
    assert errors.getvalue().startswith("Line 3 was skipped: ")
    assert reason in errors.getvalue()
    assert len(bob.walk()) == 2


def test_an_event_did_not_arrive_tomorrow(bob: Person, tmp_path: Path) -> None:
    said = make_event(received_at="2090-01-01T00:00:00Z", user_id=str(uuid4()))
    bring(bob, [json.dumps(said)], tmp_path)
    (event,) = bob.walk()
    assert event["received_at"] < "2090"
    assert event["user_id"] == str(bob.id)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_person_at_a_terminal_sees_how_far_it_has_come(alice: Person, bob: Person, tmp_path: Path) -> None:
    alice.push(*[make_event() for _ in range(600)])
    file, seen = tmp_path / "export", Terminal()
    file.write_text("\n".join(export(alice)))
    call_command("import_account", str(file), user=bob.user.email, stdout=io.StringIO(), stderr=seen)
    first, *_, last = seen.getvalue().split("\r")[1:]
    assert "500 lines" in first
    assert last.strip() == f"{'█' * 30}  100%  600 lines"


@pytest.mark.usefixtures("database")
def test_the_account_may_be_gone_meanwhile() -> None:
    user = make_user()

    def lines() -> Iterator[bytes]:
        yield json.dumps(make_event()).encode()
        account_deletion.delete_account(user.id)

    with pytest.raises(Problem, match="not_authenticated"):
        list(account_import.import_lines(user.id, lines()))


@pytest.mark.usefixtures("database")
def test_who_is_not_there_is_named() -> None:
    for command in ("import_account", "export_account"):
        with pytest.raises(CommandError, match=r"There is no user nobody@example\.com"):
            call_command(command, user="nobody@example.com")
    with pytest.raises(CommandError, match="No such file"):
        call_command("import_account", "/nowhere/export", user=make_user().email)


def apart(data: Path) -> dict[str, str]:
    """The environment of a separate server that uses SQLite."""
    return {
        **os.environ,
        "MEMFOG_DATA": str(data),
        "DATABASE_URL": "",
        "REDIS_URL": "",
        "BACKUP_DATABASE_URL": "",
    }


def manage(*arguments: str, data: Path, input_: bytes = b"") -> str:
    """Runs a management command on the separate server. Returns its output."""
    ran = forking.settled(apart(data)).run(["manage.py", *arguments], apart(data), given=input_)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


MAKE_CAROL = "from accounts.models import User; User.objects.create_user('carol@example.com')"


def test_it_goes_to_another_server_and_back(lively: Person, bob: Person, tmp_path: Path) -> None:
    """If this server uses PostgreSQL, the test also covers a change of database."""
    lines = export(lively)
    copy_sqlite(tmp_path / "memfog.sqlite3")
    manage("shell", "--verbosity", "0", "-c", MAKE_CAROL, data=tmp_path)
    export_ = "".join(f"{line}\n" for line in lines).encode()
    said = manage("import_account", "--user", "carol@example.com", data=tmp_path, input_=export_)
    assert said.startswith("9 events, 2 deletions and 8 other")
    there = manage("export_account", "--user", "carol@example.com", data=tmp_path).split("\n")[:-1]
    bring(bob, there, tmp_path)
    assert without_owner(export(bob), bob) == without_owner(lines, lively)
    assert log.load_head(bob.id) == len(HOSTILE) + 4


def test_without_being_asked_for_the_whole_it_is_the_events_alone(lively: Person) -> None:
    assert [json.loads(line)["id"] for line in export(lively, whole=False)] == [event["id"] for event in lively.walk()]


def test_a_shell_gives_it_a_file_as_standard_input(lively: Person, tmp_path: Path) -> None:
    copy_sqlite(tmp_path / "memfog.sqlite3")
    manage("shell", "--verbosity", "0", "-c", MAKE_CAROL, data=tmp_path)
    exported = tmp_path / "export.ndjson"
    exported.write_text("".join(f"{line}\n" for line in export(lively)))
    command = ["manage.py", "import_account", "--user", "carol@example.com"]
    with exported.open("rb") as file:
        reading = forking.settled(apart(tmp_path)).start(command, apart(tmp_path), given=file.fileno())
        said, complained = reading.communicate(60)
    assert (reading.returncode, complained) == (0, "")
    assert said.startswith("9 events, 2 deletions and 8 other")
