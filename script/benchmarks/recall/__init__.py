"""Measures how much of the needed text was found: in the context of a session, and by searches."""
