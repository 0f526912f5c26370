"""How well `memfog why` traces lines, and how fast the pages of files and commits are with a million events."""
