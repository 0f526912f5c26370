"""Errors of backups. Operators read their messages, which hold no content of the database."""


class BackupError(Exception):
    """The operation failed, and its result does not exist."""


class BackupDamaged(BackupError):
    """The stored bytes are not the bytes that were written."""


class ObjectMissing(BackupDamaged):
    """The store has no object with this key."""


class ObjectExists(BackupError):
    """The store already has an object with this key."""


class ObjectLocked(BackupError):
    """The store refuses to delete the object, because a bucket lock protects it."""
