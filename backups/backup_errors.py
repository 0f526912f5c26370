"""What can go wrong with a backup, in words that an operator reads. They hold no content."""


class BackupError(Exception):
    """It did not work; what it was to make does not exist."""


class BackupDamaged(BackupError):
    """What is there is not what was put there."""


class ObjectMissing(BackupDamaged):
    """There is no such object in the store."""


class ObjectExists(BackupError):
    """There is an object of this name already."""


class ObjectLocked(BackupError):
    """The store does not let it be deleted: a bucket lock holds it."""
