"""The import path of `PasswordBackend` that existing browser sessions hold. It must not change."""

from accounts.credentials.authentication import PasswordBackend as PasswordBackend
