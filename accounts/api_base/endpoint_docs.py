"""What a view says of itself to the reference, in one line above its method.

The rest of its entry is derived: what it does from the docstring, scopes from `needs`, and the problems that every
route of its kind may answer with.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from drf_spectacular.utils import extend_schema
from rest_framework.serializers import BaseSerializer, Serializer

# A serializer, the name of a shape that is described by hand in the document, or nothing.
Shape = type[BaseSerializer[Any]] | str | None
View = TypeVar("View", bound=Callable[..., Any])
MARK = "x-problems"


def described(
    *,
    takes: Shape = None,
    asks: type[Serializer[Any]] | None = None,
    gives: Mapping[int | tuple[int, str], Shape],
    problems: Sequence[str] = (),
    media_type: str = "",
) -> Callable[[View], View]:
    """`takes`: the body. `asks`: the query. `gives`: the body of each good answer. `problems`: this route's own."""
    own = ("invalid_input", *problems) if asks or isinstance(takes, type) else problems
    kind = media_type or "application/json"
    return extend_schema(
        request={"application/json": _schema(takes)} if takes else None,
        parameters=[asks] if asks else None,
        responses={
            status if isinstance(status, tuple) else (status, kind): _schema(shape) for status, shape in gives.items()
        },
        extensions={MARK: sorted(set(own))},
    )


def _schema(shape: Shape) -> Any:
    if isinstance(shape, str):
        return {"$ref": f"#/components/schemas/{shape}"}
    return shape
