"""The limits of a log, and what they delete."""
