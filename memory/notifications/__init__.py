"""Notifications: which sessions wait, sent to where the user wants it, once, and withdrawn when answered."""
