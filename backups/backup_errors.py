"""What can go wrong with a backup, in words that an operator reads. They hold no content."""


class Trouble(Exception):
    """It did not work; what it was to make does not exist."""


class Damaged(Trouble):
    """What is there is not what was put there."""


class Missing(Damaged):
    """There is no such object in the store."""


class Taken(Trouble):
    """There is an object of this name already."""


class Held(Trouble):
    """The store does not let it be deleted: a bucket lock holds it."""
