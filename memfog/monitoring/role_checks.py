"""`manage.py check --deploy`: reports rights that the role of DATABASE_URL must not have, and limits that it lacks."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import DatabaseError

from events.isolation import database_role


@register(Tags.security, deploy=True)
def check_database_role(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Lists what is unsafe about the role; nothing if the database does not answer: other checks need no database."""
    try:
        return [*_check_security(), *_check_limits()]
    except DatabaseError:
        return []


def _check_security() -> list[CheckMessage]:
    if refusal := database_role.explain_unsafe_role():
        return [Error("The server refuses to start.", hint=refusal, id="memfog.E010")]
    if database_role.owns_tables():
        hint = "Let another role own the tables and run `manage.py migrate`: docs/deploy.md."
        return [Warning("The role of DATABASE_URL owns the tables and their policies.", hint=hint, id="memfog.W010")]
    return []


def _check_limits() -> list[CheckMessage]:
    if not settings.DATABASE_POOLED or database_role.has_statement_timeout():
        return []
    hint = "Set the limits of the role with ALTER ROLE: docs/deploy.md."
    return [Warning("Behind a pooler no limit holds for most statements.", hint=hint, id="memfog.W011")]
