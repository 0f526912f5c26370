"""The number of examples that a property test tries: lower under coverage, where each takes twice as long."""

import os

from hypothesis import settings

USUAL = 100
# Set by the stage that measures coverage (`script/stages/plan.py`).
MOST = int(os.environ.get("MEMFOG_TEST_EXAMPLES", "0"))


def tried(count: int = USUAL) -> int:
    return min(count, MOST or count)


def at_most(count: int) -> settings:
    """Returns settings for a test whose examples cost more, or less, than usual."""
    return settings(max_examples=tried(count))
