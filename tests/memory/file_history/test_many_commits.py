"""The work of finding the changes of commits, of as many as one page may read."""

import pytest

from memory.file_history.commit_changes import HeldChange, hold_changes
from memory.models import GitAct
from tests.linear.growth import seconds

CHANGES, COMMITS = 10_000, 2_000


@pytest.mark.timing
def test_changes_that_no_commit_names_are_not_looked_at_by_each() -> None:
    changes = [HeldChange(at, 0, "s1", at, 1, f"f{at % 500}.py", "", "/p") for at in range(CHANGES)]
    commits = [
        GitAct(seq=CHANGES + at, ordinal=0, session_id="s1", at_us=CHANGES + at, kind="commit", paths="a.py\nb.py")
        for at in range(COMMITS)
    ]
    assert seconds(lambda _: hold_changes(commits, changes), "") < 2
    commits[-1].paths = "a.py\nf7.py"
    assert [len(found) for found in hold_changes(commits, changes).values()] == [CHANGES // 500]
