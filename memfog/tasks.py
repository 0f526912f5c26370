"""The task by which each queue proves that a worker finishes its tasks."""

from typing import Any

from celery import Task, shared_task

from memfog.monitoring import heartbeats


@shared_task(bind=True)
def prove_queue(task: "Task[..., Any]") -> None:
    """Records a heartbeat of the queue that this message came from. Every twenty seconds, for each queue."""
    if task.request.delivery_info:
        heartbeats.show("queue", str(task.request.delivery_info["routing_key"]))
