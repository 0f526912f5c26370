"""Derived rows have the same two protections as the log: managers that require a user, and row-level security."""

import os
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from events.isolation.row_security import acting_for
from events.isolation.scoped_queryset import UnscopedQueryError
from memory.models import SessionPreference, StaleDay
from memory.projection import projector
from memory.projection.repository import DERIVED_MODELS, NOTIFICATION_MODELS, PREFERENCE_MODELS
from memory.search import document_index, query_parser
from tests.databases import create_postgresql, drop_postgresql
from tests.house.test_start import manage
from tests.memory.make import changed_and_committed, choose_all, event, one_of_each
from tests.memory.rows import derived_rows
from tests.people import Person
from tests.server import wait_for

MODELS = (*DERIVED_MODELS, *PREFERENCE_MODELS, *NOTIFICATION_MODELS)


@pytest.fixture
def both(alice: Person, bob: Person) -> tuple[Person, Person]:
    for person in (alice, bob):
        person.push(*one_of_each(), *changed_and_committed())
        projector.catch_up(person.id)
        choose_all(person.id)
        # Some choices cause a rebuild, which the next reader runs.
        wait_for(partial(_is_all_there, person), what="all derived rows")
    return alice, bob


def _is_all_there(person: Person) -> bool:
    projector.catch_up(person.id)
    return all(derived_rows(person.id).values())


@pytest.mark.parametrize("model", MODELS)
def test_a_read_that_names_nobody_raises(model: Any) -> None:
    with pytest.raises(UnscopedQueryError):
        list(model.objects.all())


@pytest.mark.postgresql
@pytest.mark.parametrize("model", [model for model in MODELS if model is not StaleDay])
def test_a_query_that_names_nobody_sees_only_the_callers_rows(both: tuple[Person, Person], model: Any) -> None:
    for person in both:
        with acting_for(person.id), connection.cursor() as cursor:
            cursor.execute(f"SELECT DISTINCT user_id::text FROM {model._meta.db_table}")
            assert cursor.fetchall() == [(str(person.id),)]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {model._meta.db_table}")
        assert cursor.fetchone() == (0,)


@pytest.mark.postgresql
def test_a_row_cannot_be_written_for_somebody_else(both: tuple[Person, Person]) -> None:
    alice, bob = both
    with pytest.raises(DatabaseError, match="row-level security"), acting_for(alice.id):
        SessionPreference.objects.create(user_id=bob.id, session_id="s2")


# Tables that a role can read without an acting user, each with its reason. None holds captured text.
OPEN = {
    **dict.fromkeys(
        (
            "accounts_user",
            "accounts_token",
            "accounts_revokedtoken",
            "accounts_machinereport",
            "accounts_machinename",
            "accounts_browsersession",
            "accounts_secondfactor",
            "accounts_recoverycode",
        ),
        "they identify the user, so they are read before the acting user is set; secrets are hashed or encrypted",
    ),
    **dict.fromkeys(("accounts_devicelogin", "accounts_localaccount"), "the same, before the account exists"),
    "accounts_outgoingmail": "a worker sends the mail of all users; Memfog writes its text",
    "accounts_operatoraction": "acts of operators, which every operator may read",
    **dict.fromkeys(
        ("accounts_user_groups", "accounts_user_user_permissions", "auth_group", "auth_group_permissions"),
        "permissions of operators",
    ),
    **dict.fromkeys(("auth_permission", "django_admin_log", "django_content_type"), "pages of operators"),
    "django_migrations": "belongs to the server, not to a user",
    **dict.fromkeys(("backups_run", "backups_alarm"), "belongs to the server, not to a user"),
    **dict.fromkeys(
        ("events_stream", "events_retentionpolicy", "memory_projectionstate"),
        "only numbers: head, projection state and limits of a log; periodic tasks read those of all users",
    ),
    "sync_synclink": "periodic tasks read those of all users; the token is encrypted",
}


@pytest.mark.postgresql
def test_every_table_has_the_wall_or_a_reason(database: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
        tables = {name for (name,) in cursor.fetchall()}
        cursor.execute("SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity")
        walled = {name for (name,) in cursor.fetchall()}
    assert tables - walled == set(OPEN)
    assert "memory_terms" in walled


def find(person: Person, words: str) -> list[str]:
    answer = person.http.get("/api/search", params={"q": words})
    assert answer.status_code == 200, answer.text
    return [hit["title"] for hit in answer.json()["hits"]]


@pytest.mark.postgresql
def test_the_words_tell_nothing_to_whoever_seeks_none_or_is_nobody(both: tuple[Person, Person]) -> None:
    alice, bob = both
    counted = "SELECT count(*) FROM memory_terms"
    whose = "SELECT DISTINCT user_id::text FROM memory_terms"
    all_of_it = "SELECT set_config('memfog.sought', '!none', true)"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(counted)
        assert cursor.fetchone() == (0,), "no acting user"
        cursor.execute(all_of_it)
        cursor.execute(counted)
        assert cursor.fetchone() == (0,), "no acting user, a search for everything"
    with acting_for(alice.id), connection.cursor() as cursor:
        cursor.execute(counted)
        assert cursor.fetchone() == (0,), "an acting user, no search"
        cursor.execute(all_of_it)
        cursor.execute(whose)
        assert cursor.fetchall() == [(str(alice.id),)], "an acting user, a search for everything"
        cursor.execute("DELETE FROM memory_terms")
        assert cursor.rowcount == len(derived_rows(alice.id)["SearchDocument"])
        transaction.set_rollback(True)
    assert find(bob, "hello"), "other users must keep their rows"


@pytest.mark.postgresql
def test_the_words_of_another_cannot_be_written(both: tuple[Person, Person]) -> None:
    alice, bob = both
    insert = (
        "INSERT INTO memory_terms (document_id, user_id, seq, at_us, session_id, project_key, repo_key, terms) "
        "VALUES (-1, %s, 1, 0, 's', 0, 0, 'a')"
    )
    with pytest.raises(DatabaseError, match="row-level security"), acting_for(alice.id), connection.cursor() as cursor:
        cursor.execute(insert, [str(bob.id)])


@pytest.mark.postgresql
def test_the_words_go_with_their_documents(both: tuple[Person, Person]) -> None:
    alice, bob = both
    for person in both:
        assert terms(person) == len(derived_rows(person.id)["SearchDocument"]) > 0
    headers = {"Authorization": f"Bearer {alice.access_token()}"}
    ids = [one["id"] for one in alice.walk()]
    answer = alice.http.request("DELETE", "/api/events", json={"ids": ids}, headers=headers)
    assert answer.status_code == 200, answer.text
    projector.catch_up(alice.id)
    assert terms(alice) == 0
    assert terms(bob) > 0
    assert find(alice, "hello") == []


def terms(person: Person) -> int:
    with acting_for(person.id), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('memfog.sought', '!none', true)")
        cursor.execute("SELECT count(*) FROM memory_terms")
        (count,) = cursor.fetchone()
    return int(count)


@pytest.mark.postgresql
@pytest.mark.parametrize("counted", [False, True], ids=["without statistics", "with statistics"])
def test_a_search_asks_the_index_whatever_the_planner_knows(alice: Person, counted: bool) -> None:
    alice.push(*(event("prompt_submit", second, prompt=f"Refund number {second}") for second in range(300)))
    projector.catch_up(alice.id)
    if counted:
        with psycopg.connect(os.environ["MEMFOG_TEST_OWNER"], autocommit=True) as owner:
            owner.execute("ANALYZE memory_terms")
    plans: list[str] = []

    def explained(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if "memory_terms" in sql:
            with connection.connection.cursor() as cursor:
                plans.extend(line for (line,) in cursor.execute(f"EXPLAIN {sql}", params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explained):
        found = document_index.find_documents(alice.id, query_parser.parse_query("refund 17"), max_seq=300, least=2)
    assert [one.seq for one in found if one.seq == 18]
    assert any("Bitmap Index Scan on memory_terms_sought" in line for line in plans), "\n".join(plans)
    assert not any("Seq Scan" in line for line in plans), "\n".join(plans)


@pytest.mark.slow
@pytest.mark.postgresql
def test_documents_of_before_are_found_after_the_upgrade() -> None:
    superuser, name = os.environ["MEMFOG_TEST_POSTGRES"], f"memfog_test_upgrade_{uuid4().hex[:12]}"
    url = create_postgresql(superuser, name, migrated=False)
    try:
        assert manage("migrate", "-v0", "memory", "0009", DATABASE_URL=url).returncode == 0
        with psycopg.connect(url, autocommit=True) as owner:
            owner.execute(
                "INSERT INTO memory_document (user_id, seq, session_id, at_us, type, project_key, repo_key, words) "
                "SELECT %s, n, 's1', n, 'prompt', 0, 0, 'type=prompt refund | number n' || n "
                "FROM generate_series(1, 50) n",
                [USER],
            )
        assert manage("migrate", "-v0", DATABASE_URL=url).returncode == 0
        looked = manage("shell", "-v0", "-c", LOOK, DATABASE_URL=url)
        assert looked.stdout.split() == ["17", "50"], looked.stderr
        # Back to the old version, and forward again.
        assert manage("migrate", "-v0", "memory", "0009", DATABASE_URL=url).returncode == 0
        assert manage("migrate", "-v0", DATABASE_URL=url).returncode == 0
        assert manage("shell", "-v0", "-c", LOOK, DATABASE_URL=url).stdout.split() == ["17", "50"]
    finally:
        drop_postgresql(superuser, name)


USER = UUID("5eed5eed-0000-4000-8000-000000000001")
LOOK = f"""
from uuid import UUID
from memory.search import document_index, query_parser
for asked in ("n17", "refund"):
    question = query_parser.parse_query(asked)
    found = document_index.find_documents(UUID("{USER}"), question, max_seq=99, least=len(question.terms))
    print(found[0].seq if len(found) == 1 else len(found))
"""
