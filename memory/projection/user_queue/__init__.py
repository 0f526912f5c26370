"""The users with unread events: their queue, claims, requests of readers, and the wake of workers."""
