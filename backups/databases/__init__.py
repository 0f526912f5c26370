"""Dumps: one database engine a file."""
