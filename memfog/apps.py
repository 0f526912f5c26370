from django.apps import AppConfig

from memfog.monitoring import deployment_checks, role_checks


class MemfogConfig(AppConfig):
    """The project as a Django app: it has no models, only system checks."""

    name = "memfog"
    checks = deployment_checks, role_checks
