"""The web pages, built on the other apps."""
