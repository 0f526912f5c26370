"""Syncs a user's log with an account on another server, for users who opt in, over two public endpoints."""
