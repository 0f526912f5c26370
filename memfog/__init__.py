"""The composition. Tasks find their Celery app only if it is made before the first of them is called."""

from memfog.celery import app as celery_app

__all__ = ["celery_app"]
