"""Deletes sessions and accounts from memory."""
