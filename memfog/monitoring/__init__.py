"""Health, checks, the log, mail to operators."""
