"""The task of retention gives each user a turn, however long the log of another takes."""

import pytest
from django.conf import settings
from kombu.exceptions import OperationalError

from events.isolation.row_security import acting_for
from events.models import RetentionPolicy
from events.retention import retention_policy
from memory import tasks
from tests.people import Person


def test_a_log_that_takes_longer_than_a_run_lets_the_others_have_theirs(
    alice: Person, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "TASK_TIMEOUT_S", 0.0)
    people = {alice.id, bob.id}
    for user_id in people:
        with acting_for(user_id):
            RetentionPolicy.objects.create(user_id=user_id, max_days=30, last_applied_us=0)
    for _ in people:  # one in each run
        tasks.apply_retention()
    assert people.isdisjoint(retention_policy.list_due_users(1))


def test_a_task_ends_in_order_where_redis_takes_no_message(monkeypatch: pytest.MonkeyPatch) -> None:
    """The schedule continues it."""

    def refuse(**_: object) -> None:
        raise OperationalError

    monkeypatch.setattr(settings, "REDIS_URL", "redis://127.0.0.1:1/0")
    monkeypatch.setattr(tasks, "_apply_retention", lambda deadline: False)
    monkeypatch.setattr(tasks.apply_retention, "apply_async", refuse)
    assert tasks.apply_retention.apply().successful()
