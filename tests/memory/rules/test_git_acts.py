"""What a session did with git, from its commands and their output. The outputs are those of git 2.39."""

import json
from typing import Any

import pytest

from events.wire.hook_event import HookEvent
from memory.rules.changes import git_output
from memory.rules.changes.git_acts import MAX_ACTS
from memory.rules.session_projection import start_projection
from tests.linear.growth import seconds
from tests.memory.file_history.edits import command, placed, prompt
from tests.memory.make import START, event

Told = list[tuple[str, ...]]
FULL = "dc6d277b9e2bd653f6e2ea5d43ceee06414f2dc3"
MADE = "[main 1f3870b] Fix the mill\n 1 file changed, 1 insertion(+)\n"


def acts(*events: dict[str, Any]) -> list[Any]:
    parsed = [HookEvent.parse(seq, json.dumps(one), START + 10**12) for seq, one in enumerate(events, start=1)]
    made = start_projection(parsed)
    made.apply(parsed)
    return made.git_acts


def told(*events: dict[str, Any], names: tuple[str, ...] = ("kind", "hash", "branch", "subject")) -> Told:
    return [tuple(getattr(act, name) for name in names) for act in acts(*events)]


MADE_ACT = ("commit", "1f3870b", "main", "Fix the mill")
HEREDOC = """git add -A && git commit -m "$(cat <<'EOF'
Fix the mill

It's "done".
EOF
)\""""
CASES: dict[str, tuple[str, str, Told]] = {
    "a commit": ("git commit -m 'Fix the mill'", MADE, [("commit", "1f3870b", "main", "Fix the mill")]),
    "a message in a document": (HEREDOC, MADE, [("commit", "1f3870b", "main", "Fix the mill")]),
    "the first of all": (
        "git commit -m x",
        "[master (root-commit) aeae324] First one",
        [("commit", "aeae324", "master", "First one")],
    ),
    "a detached head": ("git commit -m det", "[detached HEAD 78d741e] det", [("commit", "78d741e", "", "det")]),
    "after a hook": (
        "cd lib && git -c core.editor=true commit",
        f"ruff.....Passed\n{MADE}",
        [("commit", "1f3870b", "main", "Fix the mill")],
    ),
    "amended": (
        "git commit --amend --no-edit",
        "[main a7c7782] Better\n Date: Mon Nov 30 2026",
        [("amend", "a7c7782", "main", "Better")],
    ),
    "two in one command": (
        "git add a && git commit -m one; git add b && git commit -m two",
        "[main aaaaaa1] one\n 1 file changed\n[main aaaaaa2] two\n",
        [("commit", "aaaaaa1", "main", "one"), ("commit", "aaaaaa2", "main", "two")],
    ),
    "quiet, then the log": (
        "git commit -qm quiet && git log --oneline -1",
        "dc6d277 (HEAD -> main) quiet",
        [("commit", "dc6d277", "", "quiet")],
    ),
    "quiet, then the whole log": (
        "git commit -q -m x; git log -1",
        f"commit {FULL}\nAuthor: A",
        [("commit", FULL, "", "")],
    ),
    "quiet, then the hash": ("git commit -q -m x\ngit rev-parse HEAD", f"{FULL}\n", [("commit", FULL, "", "")]),
    "a log before": ("git log --oneline -1; git commit -q -m x; git log --oneline -1", "dc6d277 old\naaaaaa1 new", []),
    "nothing to commit": ("git commit -m x; git log --oneline -1", "nothing to commit\ndc6d277 old", []),
    "nothing to commit, in another language": (
        "git commit -m x; git log --oneline -1",
        "nichts zu committen, Arbeitsverzeichnis unverändert\ndc6d277 old",
        [],
    ),
    "a hook that forbids it": (
        "git commit -m 'New' 2>&1 | tail -5; git log --oneline -1",
        "ruff....Failed\n- exit code: 1\ndc6d277 Old",
        [],
    ),
    "quiet, then another commit": ("git commit -qm x; git log --skip=1 --oneline", "dc6d277 x", []),
    "quiet, with quotation marks": (
        'git commit -qm "Say \\"x\\"" && git log --oneline -1',
        'dc6d277 Say "x"',
        [("commit", "dc6d277", "", 'Say "x"')],
    ),
    "quiet, then a line of another form": (
        "git commit -qm x && git log -1 --format='%h %an %s'",
        "dc6d277 Ada x",
        [("commit", "dc6d277", "", "")],
    ),
    "quiet, on a new branch": (
        "git commit -m 'Fix the mill' && git checkout -b fix && git commit -qm x && git log --oneline -1",
        f"{MADE}Switched to a new branch 'fix'\ndc6d277 x",
        [("commit", "1f3870b", "main", "Fix the mill"), ("commit", "dc6d277", "fix", "x")],
    ),
    "the first of all, in another language": (
        "git commit -m x",
        "[main (Root-Commit) aeae324] Erste\n[main（根提交） aeae325] 一",
        [("commit", "aeae324", "main", "Erste"), ("commit", "aeae325", "main", "一")],
    ),
    "a detached head, in another language": (
        "git commit -m x",
        "[HEAD détachée aeae324] Un\n[losgelöster HEAD aeae325] Zwei\n[分离头指针 aeae326] 三",
        [("commit", "aeae324", "", "Un"), ("commit", "aeae325", "", "Zwei"), ("commit", "aeae326", "", "三")],
    ),
    "words of another program": ("git commit -m x", f"[Mon Nov 30 1234567] start\n{MADE}", [MADE_ACT]),
    "in a branch of a script": ("if ! git diff --cached --quiet; then git commit -m x; fi", MADE, [MADE_ACT]),
    "with a variable in quotation marks": ('GIT_AUTHOR_DATE="2026-01-01 10:00" git commit -m x', MADE, [MADE_ACT]),
    "in PowerShell": ("Set-Location lib; & 'C:\\Program Files\\Git\\bin\\git.exe' commit -m x", MADE, [MADE_ACT]),
    "a log alone": ("git log --oneline -3", "dc6d277 quiet\naeae324 First one", []),
    "a cherry-pick": (
        "git cherry-pick 1f3870b",
        "[main 849dc3d] Fix\n Date: Mon\n",
        [("cherry-pick", "849dc3d", "main", "Fix")],
    ),
    "two cherry-picks": (
        "git cherry-pick a b",
        "[main 849dc31] Fix\n[main 849dc32] Fix more\n",
        [("cherry-pick", "849dc31", "main", "Fix"), ("cherry-pick", "849dc32", "main", "Fix more")],
    ),
    "a revert": (
        "git revert --no-edit HEAD",
        '[main 849dc3d] Revert "five"\n',
        [("revert", "849dc3d", "main", 'Revert "five"')],
    ),
    "a fast-forward": (
        "git merge topic",
        "Updating a7c7782..dc6d277\nFast-forward\n b | 0",
        [("merge", "dc6d277", "", "")],
    ),
    "a squashed merge": (
        "git merge --squash topic",
        "Updating a7c7782..dc6d277\nFast-forward\nSquash commit -- not updating HEAD",
        [],
    ),
    "a merge, then the log": (
        "git merge topic && git log --oneline -1",
        "Merge made by the 'ort' strategy.\n c | 0\ndc6d277 Merge branch 'topic'",
        [("merge", "dc6d277", "", "Merge branch 'topic'")],
    ),
    "a rebase, then the hash": (
        "git rebase main && git rev-parse --short HEAD",
        "Rebasing (1/1)\rSuccessfully rebased and updated refs/heads/topic.\ndc6d277",
        [("rebase", "dc6d277", "", "")],
    ),
    "a merge and a rebase, in another language": (
        "git merge topic && git log --oneline -1; git rebase main && git rev-parse --short HEAD",
        "Fusion effectuée selon la stratégie 'ort'.\n c | 0\ndc6d277 Fusion\n"
        "Erfolgreich Rebase ausgeführt und refs/heads/topic aktualisiert.",
        [("merge", "dc6d277", "", "Fusion"), ("rebase", "dc6d277", "", "Fusion")],
    ),
    "a fast-forward, in another language": (
        "git merge topic",
        "Mise à jour a7c7782..dc6d277\nAvance rapide\n b | 0",
        [("merge", "dc6d277", "", "")],
    ),
    "a fast-forward that failed": (
        "git merge topic",
        "Updating a7c7782..dc6d277\nerror: Your local changes would be overwritten\nAborting",
        [],
    ),
    "patches, then the log": (
        "git am *.patch && git log --oneline -1",
        "Applying: Fix the mill\nApplying: Oil it\ndc6d277 Oil it",
        [("apply", "dc6d277", "", "Oil it")],
    ),
    "patches that do not apply": (
        "git am x.patch; git am --abort; git log --oneline -1",
        "Applying: Fix the mill\nerror: patch failed\ndc6d277 Old",
        [],
    ),
    "in a shell": ("bash -c 'git commit -m x'", MADE, [MADE_ACT]),
    "in a shell in a shell": (
        """timeout -k 5 60 sh -lc "cd lib && bash -c \\"git commit -m x\\"" """,
        MADE,
        [MADE_ACT],
    ),
    "in a shell of Windows": ('cmd //c "git commit -m x"', MADE, [MADE_ACT]),
    "in PowerShell, as a text": ("pwsh -NoProfile -Command \"git commit -m 'x'\"", MADE, [MADE_ACT]),
    "by eval": ("eval 'git commit -m x'", MADE, [MADE_ACT]),
    "another program": ("cat notes.txt", MADE, []),
    "an answer of git that is no commit": ("git status", MADE, []),
}


@pytest.mark.parametrize("case", CASES)
def test_commits_are_seen(case: str) -> None:
    line, output, expected = CASES[case]
    assert told(command(line, 1, output)) == expected


def test_a_quiet_commit_is_told_by_a_later_look() -> None:
    quiet, look = command("git commit -qm x", 1), command("git log --oneline -1", 2, "dc6d277 x")
    assert told(quiet, look, look) == [("commit", "dc6d277", "", "x")]
    assert told(quiet, command("git pull", 1.5, "Updating 1..2"), look) == []
    assert told(quiet, command("git log --oneline main..topic", 2, "dc6d277 x")) == []


def test_a_commit_counts_although_the_command_failed() -> None:
    failed = event(
        "post_tool_failure",
        1,
        tool_name="Bash",
        tool_use_id="t1",
        tool_input={"command": "git commit -m x && make test"},
        error=f"Exit code 2\n{MADE}make: *** [test] Error 1",
        envelope=placed(),
    )
    assert told(failed) == [("commit", "1f3870b", "main", "Fix the mill")]


PUSHED = """To https://ada:secret@github.com/ada/engine.git
   aeae324..6e9f45f  main -> main
 + 6e9f45f...a7c7782 topic -> topic (forced update)
 * [new branch]      HEAD -> fix
 * [new tag]         v1 -> v1
 ! [rejected]        old -> old (non-fast-forward)
Von github.com:ada/engine
   1111111..2222222  main -> origin/main
"""


def test_pushes_are_seen_without_credentials() -> None:
    names = ("kind", "old_hash", "hash", "branch", "url")
    remote = "https://github.com/ada/engine.git"
    assert told(command("git push && git fetch", 1, PUSHED), names=names) == [
        ("push", "aeae324", "6e9f45f", "main", remote),
        ("push", "6e9f45f", "a7c7782", "topic", remote),
        ("push", "", "", "fix", remote),
    ]
    assert told(command("git fetch", 1, PUSHED)) == []


def test_a_new_branch_is_seen_in_any_language_and_a_tag_is_none() -> None:
    output = "To github.com:a/b\n * [nouvelle branche]  fix -> fix\n * [nouvelle étiquette] v1.2 -> v1.2\n"
    names = ("kind", "branch")
    assert told(command("git push -u origin fix", 1, output), names=names) == [("push", "fix")]
    assert told(command("git push --tags", 1, output), names=names) == []


REQUEST = "https://github.com/ada/engine/pull/7"
AZURE = """WARNING: preview
{
  "pullRequestId": 22,
  "repository": {"name": "engine", "webUrl": "https://dev.azure.com/ada/Mill/_git/engine"},
  "url": "https://dev.azure.com/ada/_apis/git/repositories/1/pullRequests/22"
}"""
AZURE_REQUEST = "https://dev.azure.com/ada/Mill/_git/engine/pullrequest/22"
MERGE_REQUEST = "https://gitlab.com/ada/engine/-/merge_requests/12"


@pytest.mark.parametrize(
    ("line", "output", "url"),
    [
        ("gh pr create --fill", f"Creating pull request for fix into main\n\n{REQUEST}\n", REQUEST),
        ("git push && gh pr create --title 'x (y)' --body z", f"{REQUEST}?expand=1", REQUEST),
        ("glab mr create -f", f"!12 x (fix)\n {MERGE_REQUEST}", MERGE_REQUEST),
        (
            "git push",
            f"remote: View merge request for fix:\nremote:   {MERGE_REQUEST}\nTo gitlab.com:a\n",
            MERGE_REQUEST,
        ),
        ("tea pr create", "https://git.example.com/ada/engine/pulls/3", "https://git.example.com/ada/engine/pulls/3"),
        ("gh -R ada/engine pr create", REQUEST, REQUEST),
        ("az repos pr create --title x --output json", AZURE, AZURE_REQUEST),
        ("az repos pr show --id 22", AZURE, ""),
        ("az repos pr create", '{"pullRequestId": 22, "repository": {"webUrl": null}}', ""),
        ("bash -lc 'gh pr create --fill'", REQUEST, REQUEST),
        (
            "git push",
            "remote:   https://bitbucket.org/a/b/pull-requests/5?t=1",
            "https://bitbucket.org/a/b/pull-requests/5",
        ),
        ("gh pr create", "https://:80/ada/engine/pull/7", ""),
        ("git push", "remote:  https://github.com/ada/engine/pull/new/fix", ""),
        ("gh pr view", REQUEST, ""),
        ("gh pr create", "https://ada:secret@github.com/ada/engine/pull/7", ""),
        ("gh pr create", "javascript://github.com/ada/engine/pull/7", ""),
    ],
)
def test_pull_requests_are_seen(line: str, output: str, url: str) -> None:
    made = command("git commit -m x", 1, "[fix 1f3870b] x")
    found = told(made, command(line, 2, output), names=("kind", "url", "branch"))
    assert found[1:] == ([("request", url, "fix")] if url else [])


def test_pull_requests_of_a_transcript_are_seen() -> None:
    linked = {
        **prompt("", 1),
        "kind": {"type": "PullRequest", "data": {"session_id": "s1", "url": REQUEST, "number": 7}},
    }
    assert told(linked, names=("kind", "url")) == [("request", REQUEST)]
    assert told(command("gh pr create", 0, REQUEST), linked, linked, names=("kind", "url")) == [("request", REQUEST)]
    linked["kind"]["data"]["url"] = "https://example.com"
    assert told(linked) == []


@pytest.mark.timing
def test_many_pushes_in_one_command_are_read_once() -> None:
    output = "To x:y\n" + "".join(f"   1111111..2222222  a -> b{at}\n" for at in range(1_900))
    assert seconds(lambda _: acts(command("git push;" * 50, 1, output)), "") < 1
    assert len(acts(command("git push;" * 50, 1, output))) == MAX_ACTS


def test_only_a_range_of_hashes_is_a_fast_forward() -> None:
    assert git_output.read_fast_forward(["Updating a1b2c3d..4e5f6a7", "Fast-forward"]) == "4e5f6a7"
    assert git_output.read_fast_forward(["Comparing branches main..4e5f6a7", "Fast-forward"]) == ""
