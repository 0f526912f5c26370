"""The Celery app, and the schedule of every periodic task.

Without a broker the same schedule runs inside the one server process.
"""

import os
import sys
from contextlib import suppress
from importlib import import_module

from celery import Celery
from celery.signals import worker_init
from django.conf import settings
from django.db import DatabaseError
from kombu import Exchange, Queue

from events import work_kinds
from memfog.metrics import worker_signals as worker_signals  # listens to the worker
from memfog.monitoring import heartbeats
from memory.projection.user_queue import worker_wake

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "memfog.settings")

app = Celery("memfog")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
# A worker reads both queues, unless its option `-Q` names one. Each queue gets its turn: a backlog of the projection
# does not delay mail.
app.conf.task_queues = tuple(Queue(name, Exchange(name), routing_key=name) for name in ("celery", worker_wake.QUEUE))
app.conf.task_routes = {name: {"queue": worker_wake.QUEUE} for name in worker_wake.TASKS}
# A message waits in Redis for a free process, never behind the task of a busy one.
app.conf.worker_disable_prefetch = True
app.conf.beat_schedule = {
    # A message that no worker accepts within its interval expires: the next message does the same work.
    "deliver-due-mail": {"task": "accounts.tasks.deliver_due_mail", "schedule": 60.0, "options": {"expires": 60}},
    "project-new-events": {"task": "memory.tasks.project_new_events", "schedule": 60.0, "options": {"expires": 60}},
    "refresh-totals": {"task": "memory.tasks.refresh_totals", "schedule": 60.0, "options": {"expires": 60}},
    "reprice-usage": {"task": "memory.tasks.reprice_usage", "schedule": 60.0, "options": {"expires": 60}},
    "write-llm-summaries": {"task": "memory.tasks.write_llm_summaries", "schedule": 60.0, "options": {"expires": 60}},
    "send-due-notices": {"task": "memory.tasks.send_due_notices", "schedule": 60.0, "options": {"expires": 60}},
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
def limit_statements(**_: object) -> None:
    """Limits the statements of this worker. Django is set up by now."""
    import_module("events.isolation.work_limits").use(work_kinds.TASK)


@worker_init.connect
def refuse_unsafe_role(**_: object) -> None:
    """Ends this worker with a message if row-level security does not apply to its role."""
    with suppress(DatabaseError):  # tasks fail until the database answers
        if refusal := import_module("events.isolation.database_role").explain_unsafe_role():
            sys.exit(refusal)


@worker_init.connect
def register_renamed_tasks(**_: object) -> None:
    """Registers the old task names with a worker, so that it accepts their messages."""
    for old, new in RENAMED_TASKS.items():
        app.tasks[old] = app.tasks[new]
