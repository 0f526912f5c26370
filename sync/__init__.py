"""Keeps a log the same as another Memfog's, for who asked for it. A loop over two public endpoints."""
