"""The Celery app, and the schedule of every periodic task.

Without a broker the same schedule runs inside the one server process.
"""

import os

from celery import Celery
from celery.signals import worker_init
from django.conf import settings

from memfog.metrics import worker_signals as worker_signals  # listens to the worker
from memfog.monitoring import heartbeats

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "memfog.settings")

app = Celery("memfog")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = {
    # A message that no worker accepts within its interval expires: the next message does the same work.
    "deliver-due-mail": {"task": "accounts.tasks.deliver_due_mail", "schedule": 60.0, "options": {"expires": 60}},
    "project-new-events": {"task": "memory.tasks.project_new_events", "schedule": 60.0, "options": {"expires": 60}},
    "write-llm-summaries": {"task": "memory.tasks.write_llm_summaries", "schedule": 60.0, "options": {"expires": 60}},
    "apply-retention": {"task": "memory.tasks.apply_retention", "schedule": 300.0, "options": {"expires": 300}},
    "sync-due-links": {"task": "sync.tasks.sync_due_links", "schedule": 60.0, "options": {"expires": 60}},
    "delete-expired-credentials": {
        "task": "accounts.tasks.delete_expired_credentials",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
    "back-up": {"task": "backups.tasks.start_if_due", "schedule": 300.0, "options": {"expires": 300}},
    "check-backup-freshness": {
        "task": "backups.tasks.check_freshness",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
}
app.conf.beat_scheduler = "memfog.beat_scheduler:WatchedScheduler"
# Task names of the previous release, whose messages may still be queued while servers are upgraded.
RENAMED_TASKS = {
    "accounts.tasks.sweep": "accounts.tasks.deliver_due_mail",
    "accounts.tasks.tidy": "accounts.tasks.delete_expired_credentials",
    "backups.tasks.look": "backups.tasks.check_freshness",
    "backups.tasks.tend": "backups.tasks.start_if_due",
    "memory.tasks.retell": "memory.tasks.write_llm_summaries",
    "memory.tasks.retire": "memory.tasks.apply_retention",
    "memory.tasks.sweep": "memory.tasks.project_new_events",
    "memory.tasks.tell": "memory.tasks.write_llm_summary",
    "sync.tasks.sweep": "sync.tasks.sync_due_links",
}


@app.on_after_configure.connect
def schedule_proofs(sender: Celery, **_: object) -> None:
    """Lets each queue prove regularly that a worker finishes its tasks. Not on import, which must not need settings."""
    if settings.REDIS_URL:
        interval_s = heartbeats.QUEUE_INTERVAL_S
        for queue in settings.TASK_QUEUES:
            proof = sender.signature("memfog.tasks.prove_queue")
            sender.add_periodic_task(interval_s, proof, name=f"prove-queue-{queue}", expires=interval_s, queue=queue)


@worker_init.connect
def register_renamed_tasks(**_: object) -> None:
    """Registers the old task names with a worker, so that it accepts their messages."""
    for old, new in RENAMED_TASKS.items():
        app.tasks[old] = app.tasks[new]
