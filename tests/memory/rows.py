"""All that is derived for a user, to compare."""

from typing import Any
from uuid import UUID

from django.db.models import AutoField

from events.isolation.row_security import acting_for
from memory.models import ProjectionState, StaleDay
from memory.projection import projector, repository, rollups
from memory.projection.repository import DERIVED_MODELS, PREFERENCE_MODELS


def derived_rows(user_id: UUID) -> dict[str, list[Any]]:
    """Summed up, as whoever looks at sums has it done."""
    rollups.refresh_totals(user_id)
    return _rows(user_id, tuple(model for model in DERIVED_MODELS if model is not StaleDay))


def derive_afresh(user_id: UUID) -> dict[str, list[Any]]:
    """What is derived where there was nothing before."""
    with acting_for(user_id):
        ProjectionState.objects.filter(user_id=user_id).update(rules_version=0)
        repository.delete_derived_rows(user_id)
    projector.catch_up(user_id)
    return derived_rows(user_id)


def chosen_rows(user_id: UUID) -> dict[str, list[Any]]:
    """All that the user chose."""
    return _rows(user_id, PREFERENCE_MODELS)


def _rows(user_id: UUID, models: tuple[Any, ...]) -> dict[str, list[Any]]:
    with acting_for(user_id):
        return {
            model.__name__: sorted(model.objects.for_user(user_id).values_list(*_columns(model)), key=repr)
            for model in models
        }


def _columns(model: Any) -> list[str]:
    # But for a number that a database gives to each row in passing.
    return [field.attname for field in model._meta.concrete_fields if not isinstance(field, AutoField)]
