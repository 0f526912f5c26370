"""`/settings/notifications`, and what a browser needs to get them: service worker, manifest."""
