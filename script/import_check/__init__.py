"""Checks an import of transcripts against the files, with a scratch server."""
