"""What an export holds of what the user chose: all that stands in `memory.models.preferences`; and what a model told,
which cost something. The key by which it was asked stays where it is.

A row is a record by the name of its table, without its owner. The number of an event is of use in its own log only, so
the event goes by its id instead.
"""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db.models import Field

from events.isolation.row_security import for_its_user
from events.models import Event
from events.wire.envelope import NOT_TEXT
from memory.models import Progress, Retelling, preferences

MODELS: dict[str, Any] = {
    str(model._meta.model_name): model
    for model in apps.get_app_config("memory").get_models()
    if model.__module__ == preferences.__name__ or model is Retelling
}
NAMES = tuple(MODELS)


def told(user_id: UUID) -> Iterator[tuple[str, dict[str, Any]]]:
    for name in MODELS:
        yield from ((name, values) for values in _rows(user_id, name))


@for_its_user
def _rows(user_id: UUID, name: str) -> list[dict[str, Any]]:
    model = MODELS[name]
    rows = list(model.objects.of(user_id).order_by(*_key(model)).values(*_fields(model)))
    if "seq" in _fields(model):
        ids = dict(Event.objects.of(user_id).filter(seq__in=[row["seq"] for row in rows]).values_list("seq", "id"))
        rows = [{"event": ids[row.pop("seq")], **row} for row in rows if row["seq"] in ids]
    return [{key: str(value) if isinstance(value, UUID) else value for key, value in row.items()} for row in rows]


def _fields(model: Any) -> dict[str, "Field[Any, Any]"]:
    return {field.name: field for field in model._meta.local_concrete_fields if field.name not in ("user", "pk")}


def _key(model: Any) -> list[str]:
    """What tells a user's rows of this kind apart; nothing where there is one."""
    return [field.name for field in model._meta.pk_fields if field.name != "user"]


@for_its_user
def take(user_id: UUID, name: str, values: dict[str, Any]) -> bool:
    """As `events.archive.exporters` has it."""
    model = MODELS[name]
    row = _checked(model, _by_number(user_id, model, values))
    mine = model.objects.of(user_id)
    _, made = mine.get_or_create(user_id=user_id, **{key: row.pop(key) for key in _key(model)}, defaults=row)
    if made and model is preferences.Preference:
        # Another choice of tools: what is derived is made anew.
        Progress.objects.filter(user_id=user_id).update(version=0)
    return bool(made)


def _by_number(user_id: UUID, model: Any, values: dict[str, Any]) -> dict[str, Any]:
    if "seq" not in _fields(model):
        return values
    try:
        event = UUID(str(values.get("event")))
    except ValueError:
        raise ValueError("`event` is the id of an event") from None
    seq = Event.objects.of(user_id).filter(id=event).values_list("seq", flat=True).first()
    if seq is None:
        raise ValueError("the event that it is about is not there")
    return {"seq": seq, **{key: value for key, value in values.items() if key != "event"}}


def _checked(model: Any, values: dict[str, Any]) -> dict[str, Any]:
    fields = _fields(model)
    if values.keys() - fields.keys() or set(_key(model)) - values.keys():
        raise ValueError("it has other members than such a record")
    if any(isinstance(value, str) and NOT_TEXT.search(value) for value in values.values()):
        raise ValueError("it holds a NUL or half a character")
    try:
        return {name: _value(fields[name], value) for name, value in values.items()}
    except ValidationError:
        raise ValueError("it holds a value that such a record cannot have") from None


def _value(field: "Field[Any, Any]", value: Any) -> Any:
    """As the column takes it. Not by the field's own `clean`: what a form must be given may be empty here."""
    if value is None and field.null:
        return None
    if value is None:
        raise ValidationError("this column always has a value")
    read = field.to_python(value)
    field.run_validators(read)
    return read
