"""Credentials that authenticate a request."""
