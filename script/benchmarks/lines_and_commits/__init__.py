"""How `memfog why` does on real work, and the pages of files and commits for a user with a million events."""
