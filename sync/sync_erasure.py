"""Deletes a user's sync link with the account."""

from uuid import UUID

from sync import sync_links


def erase(user_id: UUID) -> None:
    """Deletes the link, within the transaction that deletes the account.

    The events on the remote server stay: they belong to another account.
    """
    sync_links.forget(user_id)
