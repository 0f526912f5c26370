"""Two projectors of one user read the same log at once: the one that is late discards what it read."""

from events.isolation.row_security import acting_for
from events.store import log
from events.wire.hook_event import HookEvent
from memory.models import Session
from memory.projection import projector, repository
from memory.values.price_table import NO_OWN_PRICES
from tests.memory.make import one_of_each
from tests.people import Person


def test_usage_of_a_session_that_another_projector_has_just_added_is_left_out(alice: Person) -> None:
    """Between the statement that loads sessions and the one that loads their usage, another projector commits."""
    alice.push(*one_of_each())
    projector.catch_up(alice.id)
    records = log.load_after(alice.id, 0, limit=100)
    hook_events = [HookEvent.parse(one.seq, one.text, one.received_us) for one in records]
    by_session = {name: [one for one in hook_events if one.session_id == name] for name in ("s1",)}
    with acting_for(alice.id):
        assert repository.load_projections(alice.id, by_session, excluded_tools=frozenset(), prices=NO_OWN_PRICES)[
            "s1"
        ].usages
        Session.objects.for_user(alice.id).delete()  # as the first statement saw it
        assert repository.load_projections(alice.id, by_session, excluded_tools=frozenset(), prices=NO_OWN_PRICES) == {}
