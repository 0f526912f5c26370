"""Reads all derived and all chosen rows of a user, to compare them."""

from typing import Any
from uuid import UUID

from django.db.models import AutoField

from events.isolation.row_security import acting_for
from memory.models import ProjectionState, StaleDay
from memory.projection import projector, repository, rollups
from memory.projection.repository import DERIVED_MODELS, NOTIFICATION_MODELS, PREFERENCE_MODELS


def derived_rows(user_id: UUID) -> dict[str, list[Any]]:
    """All derived rows, after the totals are refreshed as for a page that shows totals."""
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
    """All rows that the user chose."""
    return _rows(user_id, (*PREFERENCE_MODELS, *NOTIFICATION_MODELS))


def _rows(user_id: UUID, models: tuple[Any, ...]) -> dict[str, list[Any]]:
    with acting_for(user_id):
        return {
            model.__name__: sorted(model.objects.for_user(user_id).values_list(*_columns(model)), key=repr)
            for model in models
        }


def _columns(model: Any) -> list[str]:
    # Without numbers that a database generates for each row.
    return [field.attname for field in model._meta.concrete_fields if not isinstance(field, AutoField)]
