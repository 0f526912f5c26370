"""Separates users' rows, by scoped querysets and by row-level security."""
