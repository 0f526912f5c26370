"""A sample of a user's search documents, evenly over the whole log: by it a search knows how common a word is."""

from collections.abc import Sequence
from uuid import UUID

from events.isolation.row_security import acting_for_user
from memory.models import SearchDocument

SPREAD_EVENTS, NEWEST_EVENTS = 300, 100
# Steps of the golden ratio spread evenly and follow no rhythm of the log.
GOLDEN_SHARE = (5**0.5 - 1) / 2


@acting_for_user
def load_sample(user_id: UUID, max_seq: int) -> Sequence[str]:
    """Loads the terms of the documents among some events of the whole log, and among the newest."""
    spread = {max_seq - int(max_seq * (at * GOLDEN_SHARE % 1)) for at in range(SPREAD_EVENTS)}
    seqs = spread | set(range(max(1, max_seq - NEWEST_EVENTS + 1), max_seq + 1))
    rows = SearchDocument.objects.for_user(user_id).filter(seq__in=seqs)
    return list(rows.order_by("-seq").values_list("terms", flat=True))
