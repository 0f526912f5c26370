"""A queryset that refuses to be evaluated before somebody has said whose rows it is about.

A read that forgot its owner is not empty and not slow, it is somebody else's prompt on a page. So it raises. Django's
cascades and migrations go through plain managers of their own (`_base_manager`), and are not held up.
"""

from collections.abc import AsyncIterator, Iterator
from typing import Any, Self, TypeVar
from uuid import UUID

from django.db import models

M = TypeVar("M", bound=models.Model)


class Unscoped(RuntimeError):
    """Somebody asked for everybody's rows."""


class ScopedQuerySet(models.QuerySet[M]):
    """Begin with `.of(user_id)`; a count for operators begins with `.of_everyone()`, and says so by its name."""

    _whose_is_said = False

    def of(self, user_id: UUID) -> Self:
        return self.filter(user_id=user_id)._said()

    def of_everyone(self) -> Self:
        """For counts and upkeep. What stands in the rows is for nobody but their owner."""
        return self.all()._said()

    def _said(self) -> Self:
        self._whose_is_said = True
        return self

    def _must_be_said(self) -> None:
        if not self._whose_is_said:
            raise Unscoped(f"Whose? {self.model.__name__}.objects.of(user_id)…")

    # The ways in which Django evaluates a queryset, writes through it, or puts it into another query.

    def _clone(self) -> Self:
        clone: Self = super()._clone()  # type: ignore[misc]
        clone._whose_is_said = self._whose_is_said
        return clone

    def _fetch_all(self) -> None:
        self._must_be_said()
        super()._fetch_all()

    def iterator(self, chunk_size: int | None = None) -> Iterator[M]:
        self._must_be_said()
        return super().iterator(chunk_size)

    def aiterator(self, chunk_size: int = 2_000) -> AsyncIterator[M]:
        self._must_be_said()
        return super().aiterator(chunk_size)

    def count(self) -> int:
        self._must_be_said()
        return super().count()

    def exists(self) -> bool:
        self._must_be_said()
        return super().exists()

    def aggregate(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        self._must_be_said()
        return super().aggregate(*args, **kwargs)

    def update(self, **kwargs: Any) -> int:
        self._must_be_said()
        return super().update(**kwargs)

    def delete(self) -> tuple[int, dict[str, int]]:
        self._must_be_said()
        return super().delete()

    def raw(self, *args: Any, **kwargs: Any) -> Any:
        raise Unscoped("A raw query says itself whose rows it reads: use a cursor, in `tables`.")

    def explain(self, *args: Any, **kwargs: Any) -> str:
        self._must_be_said()
        return super().explain(*args, **kwargs)

    def resolve_expression(self, *args: Any, **kwargs: Any) -> Any:
        self._must_be_said()
        return super().resolve_expression(*args, **kwargs)

    def _merge_sanity_check(self, other: "ScopedQuerySet[M]") -> None:
        other._must_be_said()
        super()._merge_sanity_check(other)  # type: ignore[misc]

    def _combinator_query(self, combinator: str, *others: "ScopedQuerySet[M]", **kwargs: Any) -> Self:
        for other in others:
            other._must_be_said()
        return super()._combinator_query(combinator, *others, **kwargs)  # type: ignore[misc, no-any-return]
