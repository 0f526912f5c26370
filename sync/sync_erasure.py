"""The end of a user's link."""

from uuid import UUID

from sync import sync_links


def erase(user_id: UUID) -> None:
    """Within the transaction that deletes the account. What the other side holds is another account's."""
    sync_links.forget(user_id)
