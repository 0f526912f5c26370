"""Celery, and the whole clock: everything Memfog does by itself stands in this schedule.

Without a broker the same schedule runs inside the one server process.
"""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "memfog.settings")

app = Celery("memfog")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = {
    # A beat that nobody took within its minute is dropped: the next one does the same.
    "send-owed-mail": {"task": "accounts.tasks.sweep", "schedule": 60.0, "options": {"expires": 60}},
    "read-the-logs": {"task": "memory.tasks.sweep", "schedule": 60.0, "options": {"expires": 60}},
    "tell-the-model": {"task": "memory.tasks.retell", "schedule": 60.0, "options": {"expires": 60}},
    "make-room": {"task": "memory.tasks.retire", "schedule": 300.0, "options": {"expires": 300}},
    "sync": {"task": "sync.tasks.sweep", "schedule": 60.0, "options": {"expires": 60}},
    "forget-what-ran-out": {"task": "accounts.tasks.tidy", "schedule": 3600.0, "options": {"expires": 3600}},
    "back-up": {"task": "backups.tasks.tend", "schedule": 300.0, "options": {"expires": 300}},
    "look-after-backups": {"task": "backups.tasks.look", "schedule": 3600.0, "options": {"expires": 3600}},
}
