"""Exports and imports user preferences (`memory.models.preferences`) and paid LLM summaries. The API key is never
exported.

A row is a record under the name of its table, without its owner. An event is named by its id, because its number is
valid only in its own log.
"""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db.models import Field, Model

from events.isolation.row_security import acting_for_user
from events.models import Event
from events.wire.envelope import INVALID_CHARS
from memory.models import LlmSummary, ProjectionState, preferences
from memory.preferences import own_prices

# Names of records and members in exports since the first release; all others are the names of the model and field.
_RECORDS: dict[type[Model], str] = {
    preferences.SessionPreference: "choice",
    preferences.Annotation: "mark",
    preferences.ContextBudget: "allowance",
    preferences.MemoryPreference: "preference",
    preferences.SavedFilter: "filter",
    preferences.OwnPrice: "price",
    LlmSummary: "retelling",
}
_MEMBERS: dict[type[Model], dict[str, str]] = {
    preferences.Annotation: {"replacement_text": "words"},
    preferences.ContextBudget: {"location_key": "place_key", "location": "place"},
    preferences.MemoryPreference: {"excluded_tools": "skipped"},
    LlmSummary: {
        "requested_us": "asked_us",
        "attempts": "tries",
        "next_attempt_us": "next_us",
        "failure_reason": "why",
    },
}
# Values in exports since the first release, by the value of the column.
_VALUES: dict[str, dict[str, str]] = {"LlmSummary.outcome": {"summarized": "told"}}
EXPORTED_MODELS: dict[str, Any] = {
    _RECORDS.get(model, str(model._meta.model_name)): model
    for model in apps.get_app_config("memory").get_models()
    if model.__module__ == preferences.__name__ or model is LlmSummary
}
RECORD_NAMES = tuple(EXPORTED_MODELS)


def export_records(user_id: UUID) -> Iterator[tuple[str, dict[str, Any]]]:
    for name in EXPORTED_MODELS:
        yield from ((name, values) for values in _load_rows(user_id, name))


@acting_for_user
def _load_rows(user_id: UUID, name: str) -> list[dict[str, Any]]:
    model = EXPORTED_MODELS[name]
    members = _fields_by_member(model)
    columns = [field.name for field in members.values()]
    stored = model.objects.for_user(user_id).order_by(*_key_fields(model)).values(*columns)
    rows = [{member: _to_exported(field, row[field.name]) for member, field in members.items()} for row in stored]
    if "seq" in members:
        ids = dict(
            Event.objects.for_user(user_id).filter(seq__in=[row["seq"] for row in rows]).values_list("seq", "id")
        )
        rows = [{"event": ids[row.pop("seq")], **row} for row in rows if row["seq"] in ids]
    return [{key: str(value) if isinstance(value, UUID) else value for key, value in row.items()} for row in rows]


def _fields_by_member(model: Any) -> dict[str, "Field[Any, Any]"]:
    """Maps the member names of a record to the exported fields."""
    names = _MEMBERS.get(model, {})
    fields = (field for field in model._meta.local_concrete_fields if field.name not in ("user", "pk"))
    return {names.get(field.name, field.name): field for field in fields}


def _key_fields(model: Any) -> list[str]:
    """Lists the fields that identify a row among the user's; empty if the user has only one row."""
    return [field.name for field in model._meta.pk_fields if field.name != "user"]


def _to_exported(field: "Field[Any, Any]", value: Any) -> Any:
    names = _exported_values(field)
    return names.get(value, value) if names else value


def _from_exported(field: "Field[Any, Any]", value: Any) -> Any:
    values = {exported: stored for stored, exported in _exported_values(field).items()}
    return values.get(value, value) if values else value


def _exported_values(field: "Field[Any, Any]") -> dict[str, str]:
    return _VALUES.get(f"{field.model.__name__}.{field.name}", {})


@acting_for_user
def import_record(user_id: UUID, name: str, values: dict[str, Any]) -> bool:
    """Imports one record; returns True if the row is new. See `events.archive.exporters`."""
    model = EXPORTED_MODELS[name]
    row = _validate_values(model, _with_seq(user_id, model, values))
    own_rows = model.objects.for_user(user_id)
    _, created = own_rows.get_or_create(
        user_id=user_id, **{key: row.pop(key) for key in _key_fields(model)}, defaults=row
    )
    if created and model is preferences.OwnPrice:
        own_prices.mark_changed(user_id)
    if created and model is preferences.MemoryPreference:
        # The excluded tools may have changed: start a rebuild.
        ProjectionState.objects.filter(user_id=user_id).update(rules_version=0)
    return bool(created)


def _with_seq(user_id: UUID, model: Any, values: dict[str, Any]) -> dict[str, Any]:
    if "seq" not in _fields_by_member(model):
        return values
    try:
        event_id = UUID(str(values.get("event")))
    except ValueError:
        raise ValueError("`event` must be the id of an event") from None
    seq = Event.objects.for_user(user_id).filter(id=event_id).values_list("seq", flat=True).first()
    if seq is None:
        raise ValueError("the log has no event with the id in `event`")
    return {"seq": seq, **{key: value for key, value in values.items() if key != "event"}}


def _validate_values(model: Any, values: dict[str, Any]) -> dict[str, Any]:
    """Validates the members of a record; returns values by field name. Raises ValueError."""
    fields = _fields_by_member(model)
    key = {member for member, field in fields.items() if field.name in _key_fields(model)}
    if values.keys() - fields.keys() or key - values.keys():
        raise ValueError("the record has unknown or missing members")
    if any(isinstance(value, str) and INVALID_CHARS.search(value) for value in values.values()):
        raise ValueError("the record contains a NUL or a lone surrogate")
    try:
        return {fields[name].name: _to_column_value(fields[name], value) for name, value in values.items()}
    except ValidationError:
        raise ValueError("the record contains an invalid value") from None


def _to_column_value(field: "Field[Any, Any]", value: Any) -> Any:
    """Converts a value to the type of its column. Raises ValidationError.

    Does not use the field's `clean`: it would reject empty values, which are valid here.
    """
    if value is None and field.null:
        return None
    if value is None:
        raise ValidationError("this field must not be null")
    converted = _from_exported(field, field.to_python(value))
    field.run_validators(converted)
    return converted
