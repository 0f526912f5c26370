"""How many examples a property test tries: fewer under coverage, where each takes twice as long."""

import os

from hypothesis import settings

USUAL = 100
# Set by the stage that measures coverage (`script/stages/plan.py`).
MOST = int(os.environ.get("MEMFOG_TEST_EXAMPLES", "0"))


def tried(count: int = USUAL) -> int:
    return min(count, MOST or count)


def at_most(count: int) -> settings:
    """For a test whose examples cost more, or less, than usual."""
    return settings(max_examples=tried(count))
