"""A queryset that raises if it is evaluated before `for_user` or `for_all_users`.

A query without a user would show another user's prompts on a page, so it must fail. Django's cascades and migrations
use their own plain managers (`_base_manager`) and are not affected.
"""

from collections.abc import AsyncIterator, Iterator
from typing import Any, Self, TypeVar
from uuid import UUID

from django.db import models

M = TypeVar("M", bound=models.Model)


class UnscopedQueryError(RuntimeError):
    """A query did not select a user."""


class ScopedQuerySet(models.QuerySet[M]):
    """Queryset that needs `.for_user(user_id)` first, or `.for_all_users()` for counts for operators."""

    _is_scoped = False

    def for_user(self, user_id: UUID) -> Self:
        return self.filter(user_id=user_id)._mark_scoped()

    def for_all_users(self) -> Self:
        """Selects the rows of all users, for counts and maintenance only. Only their owner may see the content."""
        return self.all()._mark_scoped()

    def _mark_scoped(self) -> Self:
        self._is_scoped = True
        return self

    def _require_scope(self) -> None:
        if not self._is_scoped:
            raise UnscopedQueryError(f"Select a user: {self.model.__name__}.objects.for_user(user_id)…")

    # The methods by which Django evaluates a queryset, writes through it, or uses it in another query.

    def _clone(self) -> Self:
        clone: Self = super()._clone()  # type: ignore[misc]
        clone._is_scoped = self._is_scoped
        return clone

    def _fetch_all(self) -> None:
        self._require_scope()
        super()._fetch_all()

    def iterator(self, chunk_size: int | None = None) -> Iterator[M]:
        self._require_scope()
        return super().iterator(chunk_size)

    def aiterator(self, chunk_size: int = 2_000) -> AsyncIterator[M]:
        self._require_scope()
        return super().aiterator(chunk_size)

    def count(self) -> int:
        self._require_scope()
        return super().count()

    def exists(self) -> bool:
        self._require_scope()
        return super().exists()

    def aggregate(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        self._require_scope()
        return super().aggregate(*args, **kwargs)

    def update(self, **kwargs: Any) -> int:
        self._require_scope()
        return super().update(**kwargs)

    def delete(self) -> tuple[int, dict[str, int]]:
        self._require_scope()
        return super().delete()

    def raw(self, *args: Any, **kwargs: Any) -> Any:
        raise UnscopedQueryError("Raw querysets are not scoped: use a cursor with a condition on user_id.")

    def explain(self, *args: Any, **kwargs: Any) -> str:
        self._require_scope()
        return super().explain(*args, **kwargs)

    def resolve_expression(self, *args: Any, **kwargs: Any) -> Any:
        self._require_scope()
        return super().resolve_expression(*args, **kwargs)

    def _merge_sanity_check(self, other: "ScopedQuerySet[M]") -> None:
        other._require_scope()
        super()._merge_sanity_check(other)  # type: ignore[misc]

    def _combinator_query(self, combinator: str, *others: "ScopedQuerySet[M]", **kwargs: Any) -> Self:
        for other in others:
            other._require_scope()
        return super()._combinator_query(combinator, *others, **kwargs)  # type: ignore[misc, no-any-return]


class OwnedManager(models.Manager[M]):
    """Manager of a model with a column `user_id`: every query begins with `.for_user(user_id)`."""

    def get_queryset(self) -> ScopedQuerySet[M]:
        return ScopedQuerySet(self.model, using=self._db)

    def for_user(self, user_id: UUID) -> ScopedQuerySet[M]:
        return self.get_queryset().for_user(user_id)

    def for_all_users(self) -> ScopedQuerySet[M]:
        return self.get_queryset().for_all_users()
