"""Reads the log, runs the rules, writes the rows."""
