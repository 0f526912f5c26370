"""What a view says of itself to the reference, in one line above its method.

The rest of its entry is derived: what it does from the docstring, scopes from `required_permission`, and the
problems that every route of its kind may answer with.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from drf_spectacular.utils import extend_schema
from rest_framework.serializers import BaseSerializer, Serializer

# A serializer, the name of a shape that is described by hand in the document, or nothing.
SchemaSource = type[BaseSerializer[Any]] | str | None
View = TypeVar("View", bound=Callable[..., Any])
PROBLEMS_EXTENSION = "x-problems"


def documented(
    *,
    body: SchemaSource = None,
    query: type[Serializer[Any]] | None = None,
    responses: Mapping[int | tuple[int, str], SchemaSource],
    problems: Sequence[str] = (),
    media_type: str = "",
) -> Callable[[View], View]:
    """`body`: a serializer of the body. `query`: one of the query. `responses`: the body of each success. `problems`:
    this route's own.
    """
    codes = ("invalid_input", *problems) if query or isinstance(body, type) else problems
    content_type = media_type or "application/json"
    return extend_schema(
        request={"application/json": _build_schema(body)} if body else None,
        parameters=[query] if query else None,
        responses={
            status if isinstance(status, tuple) else (status, content_type): _build_schema(source)
            for status, source in responses.items()
        },
        extensions={PROBLEMS_EXTENSION: sorted(set(codes))},
    )


def _build_schema(source: SchemaSource) -> Any:
    if isinstance(source, str):
        return {"$ref": f"#/components/schemas/{source}"}
    return source
