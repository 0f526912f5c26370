"""The Django project. Importing it creates the Celery app, which must exist before a task is called."""

from memfog.celery import app as celery_app

__all__ = ["celery_app"]
