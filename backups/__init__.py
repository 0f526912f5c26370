"""Nightly encrypted backups, proven by restoring. Dumps the whole database and knows no models of other apps."""
