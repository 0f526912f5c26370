"""Decorator that documents a view method in the API reference.

The rest of the entry is derived: the description from the docstring, the scopes from `required_permission`, and the
problems that every route of this kind may return.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from drf_spectacular.utils import extend_schema
from rest_framework.serializers import BaseSerializer, Serializer

# A serializer, the name of a schema that the OpenAPI document defines by hand, or None.
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
    """Adds a view method to the API reference.

    `body` is a serializer of the body and `query` a serializer of the query. `responses` maps each success status to
    its body. `problems` lists the codes that are specific to this route.
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
