"""Row-level security also protects the tables that belong to a sync link."""

import pytest
from django.db import connection

from events.isolation.row_security import acting_for
from sync import sync_links
from tests.events.make import make_event
from tests.sync.conftest import Pair

pytestmark = pytest.mark.postgresql


def seen(table: str) -> set[str]:
    """Returns the ids of the users whose rows a query without any filter returns."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT DISTINCT user_id::text FROM {table}")
        return {user for (user,) in cursor.fetchall()}


@pytest.mark.parametrize("table", ["sync_syncedrange", "sync_rejectedevent"])
def test_a_query_that_names_nobody_sees_nothing(pair: Pair, table: str) -> None:
    pair.cloud.push(make_event())
    pair.opt_in()
    sync_links.add_rejected_events(pair.laptop.id, [("id", "bad_id", "")], was_push=True)
    assert seen(table) == set()
    with acting_for(pair.laptop.id):
        assert seen(table) == {str(pair.laptop.id)}
