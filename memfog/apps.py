from django.apps import AppConfig

from memfog.monitoring import deployment_checks


class MemfogConfig(AppConfig):
    """The composition has no models; it is an app for the sake of its checks."""

    name = "memfog"
    checks = deployment_checks
