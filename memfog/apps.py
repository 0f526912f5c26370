from django.apps import AppConfig

from memfog import checks


class MemfogConfig(AppConfig):
    """The composition has no models; it is an app for the sake of its checks."""

    name = "memfog"
    checks = checks
