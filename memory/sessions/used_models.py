"""The models whose answers a user's sessions hold, and whether these have a price."""

from typing import NamedTuple
from uuid import UUID

from django.db.models import Case, F, Sum, When

from events.isolation.row_security import acting_for_user
from memory.models import DailyTotal
from memory.rules.half_hour_counts import MODEL, UNPRICED

MAX_MODELS = 100  # a limit, because captured events determine how many names there are


class UsedModel(NamedTuple):
    name: str
    answers: int
    unpriced: int


@acting_for_user
def list_used_models(user_id: UUID) -> list[UsedModel]:
    """Lists the models with the most answers, those without a price first. Call `insight_queries.catch_up` first."""
    rows = DailyTotal.objects.for_user(user_id).filter(kind=MODEL, project=None).values_list("name")
    unpriced = Sum(Case(When(bucket=UNPRICED, then=F("count")), default=0))
    counted = rows.annotate(answers=Sum("count"), unpriced=unpriced).order_by("-unpriced", "-answers", "name")
    return [UsedModel(*row) for row in counted[:MAX_MODELS]]
