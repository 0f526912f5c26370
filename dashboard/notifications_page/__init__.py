"""`/settings/notifications`, and what a browser needs for notifications: service worker, manifest."""
