"""The path by which the session of each signed-in browser names how it signed in: it stays where it was."""

from accounts.credentials.authentication import PasswordBackend as PasswordBackend
