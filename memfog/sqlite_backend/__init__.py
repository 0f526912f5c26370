"""Django's backend for SQLite, but for UUIDs: each is kept as its sixteen bytes.

Django keeps them as 32 letters, in every row and once more in each index: of an event and all that is derived from it
that was a tenth. `base` is the name that Django looks for.
"""
