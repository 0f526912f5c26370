"""What a user chooses for a session."""

from uuid import UUID

from events.isolation import for_its_user
from memory.happening import line
from memory.models import Choice
from memory.story import SHORT


@for_its_user
def choose(user_id: UUID, session_id: str, *, title: str | None = None, starred: bool | None = None) -> None:
    """Keeps what is given; an empty title is the derived one again."""
    given = {"title": None if title is None else line(title, SHORT), "starred": starred}
    values = {name: value for name, value in given.items() if value is not None}
    Choice.objects.of(user_id).update_or_create(user_id=user_id, session_id=session_id, defaults=values)
