"""Django's SQLite backend, except that a UUID is stored as sixteen bytes.

Django stores 32 letters in every row and again in each index: a tenth of the size of an event and its derived rows.
Django requires the module name `base`.
"""
