"""Two projectors of one user read the same log at once: the one that is late discards what it read."""

from events.isolation.row_security import acting_for
from events.store import log
from events.wire.hook_event import HookEvent
from memory.models import ProjectionState, Session
from memory.projection import projector
from memory.projection.stored_sessions import NewEvents, load_stored
from memory.values.price_table import NO_OWN_PRICES
from tests.memory.make import one_of_each
from tests.people import Person


def test_usage_of_a_session_that_another_projector_has_just_added_is_left_out(alice: Person) -> None:
    """Between the statement that loads sessions and the one that loads their usage, another projector commits."""
    alice.push(*one_of_each())
    projector.catch_up(alice.id)
    state = ProjectionState.objects.get(user_id=alice.id)
    records = log.load_after(alice.id, 0, limit=100)
    parsed = [HookEvent.parse(one.seq, one.text, one.received_us) for one in records]
    events = NewEvents(state, [one for one in parsed if one.session_id == "s1"], until=records[-1].seq)
    key = alice.id, "s1"
    with acting_for(alice.id):
        projection = load_stored([events]).open_projection(key, excluded_tools=frozenset(), prices=NO_OWN_PRICES)
        assert projection
        assert projection.usages
        Session.objects.for_user(alice.id).delete()  # as the first statement saw it
        stored = load_stored([events])
        assert stored.open_projection(key, excluded_tools=frozenset(), prices=NO_OWN_PRICES) is None
