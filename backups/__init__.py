"""Nightly, encrypted, proven by restoring. Dumps the database whole and knows no other room."""
