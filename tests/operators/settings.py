"""Memfog's settings with routes that fail on purpose. Mail is written into the data directory."""

from memfog.settings import *  # noqa: F403

ROOT_URLCONF = "tests.operators.urls"
EMAIL_BACKEND = "accounts.mailer.dev_backend.LocalBackend"
