"""`script/host-versions settings [VERSION…]`: what real versions of Claude Code do with settings that are wrong.

A value stands beside a hook of the user's own. `r`: the hook does not run, the file was refused whole. `s`: it runs,
and the client says that it skipped the value. `t`: it runs, and nothing is said. `o`: the hook does not run, since the
value says so. `-`: this version was not asked. Whatever is not taken was tried alone; what a version takes all
together it takes one at a time, so that one start is enough. A start costs one to four seconds of processor time.

Writes a letter for each version into client/lib/host-settings.json, and leaves those of other versions as they are;
what matters most comes first, so that a run may be stopped. `--every-type` tries each key with each type of value,
else with one that is wrong. What it asks goes to the versions in turn, so CLAUDE_CODE_CACHE should name a folder to
keep them in.
"""

import json
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from script.hosts.installs import installed, parsed, program
from script.hosts.probe import see

DATA = Path(__file__).resolve().parents[2] / "client" / "lib" / "host-settings.json"
VERSIONS = ("2.0.0", "2.0.14", "2.1.20", "2.1.100", "2.1.120", "2.1.139", "2.1.332")
MEANING = {
    "r": "the file is refused whole",
    "s": "the value is skipped",
    "t": "it is taken",
    "o": "hooks do not run",
    "-": "not tried",
}
# A flag that is off: `disableAllHooks` does what it says.
SAMPLES: dict[str, Any] = {"text": "x", "number": 5, "flag": False, "list": ["a"], "object": {}}
TEXTS = "model apiKeyHelper awsAuthRefresh awsCredentialExport otelHeadersHelper outputStyle language forceLoginMethod"
TEXTS += " forceLoginOrgUUID defaultShell plansDirectory autoUpdatesChannel effortLevel agent teammateMode"
NUMBERS = "cleanupPeriodDays feedbackSurveyRate"
FLAGS = "includeCoAuthoredBy includeGitInstructions disableAllHooks allowManagedHooksOnly verbose autoCompactEnabled"
FLAGS += " allowManagedPermissionRulesOnly enableAllProjectMcpServers alwaysThinkingEnabled spinnerTipsEnabled"
FLAGS += " respectGitignore fastMode skipDangerousModePermissionPrompt prefersReducedMotion showThinkingSummaries"
OBJECTS = "env permissions statusLine sandbox enabledPlugins extraKnownMarketplaces pluginConfigs attribution"
OBJECTS += " fileSuggestion spinnerVerbs worktree modelOverrides"
LISTS = "companyAnnouncements allowedHttpHookUrls httpHookAllowedEnvVars"
LISTS += " availableModels permissions.allow permissions.ask permissions.deny permissions.additionalDirectories"
EXPECTED = {
    "text": [*TEXTS.split(), "permissions.defaultMode", "permissions.disableBypassPermissionsMode"],
    "number": NUMBERS.split(),
    "flag": FLAGS.split(),
    "object": OBJECTS.split(),
    "list": LISTS.split(),
}
# Values that a type does not tell apart.
VALUES: dict[str, list[Any]] = {
    "cleanupPeriodDays": [0, -1, 0.5],
    "feedbackSurveyRate": [0.5],
    "permissions.defaultMode": ["acceptEdits", "auto", "bypassPermissions", "default", "dontAsk", "manual", "plan"],
    "permissions.disableBypassPermissionsMode": ["disable"],
    "forceLoginMethod": ["claudeai", "console", "gateway"],
    "effortLevel": ["low", "medium", "high", "xhigh", "max"],
    "autoUpdatesChannel": ["latest", "stable"],
    "defaultShell": ["bash", "powershell"],
    "teammateMode": ["auto", "tmux", "in-process"],
    "statusLine": [{"type": "command"}, {"type": "command", "command": 5}, {"type": "command", "command": "true"}],
    "env": [{"A": [1]}, {"A": 5}, {"A": True}, {"A": None}, {"A": "x"}],
    "permissions.allow": [[5], ["Bash("]],
}
HANDLER = {"type": "command", "command": "true"}
# What may be wrong about hooks, as the doctor tells them apart: each under an event that every version knows.
SHAPES: dict[str, tuple[str, Any]] = {
    "an event is no list": ("Stop", "no"),
    "a group is no object": ("SubagentStop", ["x"]),
    "a group has no list of hooks": ("UserPromptSubmit", [HANDLER]),
    "the hooks of a group are no list": ("SessionEnd", [{"hooks": "x"}]),
    "a matcher is no text": ("PreToolUse", [{"matcher": 5, "hooks": [HANDLER]}]),
    "a matcher is an object": ("PostToolUse", [{"matcher": {"tools": ["Bash"]}, "hooks": [HANDLER]}]),
    "a hook is no object": ("Notification", [{"hooks": ["x"]}]),
    "a hook has no type": ("PreCompact", [{"hooks": [{"command": "true"}]}]),
    "a hook has an unknown type": ("SubagentStop", [{"hooks": [{"type": "made-up", "command": "true"}]}]),
    "a command is missing": ("SessionEnd", [{"hooks": [{"type": "command"}]}]),
    "a command is no text": ("Notification", [{"hooks": [{"type": "command", "command": 5}]}]),
    "a timeout is no number": ("PreCompact", [{"hooks": [{**HANDLER, "timeout": "10"}]}]),
    "an event is unknown": ("MadeUpForThisTest", [{"hooks": [HANDLER]}]),
    "a hook has an unknown key": ("PostToolUse", [{"hooks": [{**HANDLER, "madeUp": 1}]}]),
}
# Switches that keep hooks from running, where a version takes them for such.
SWITCHES = ("disableAllHooks", "allowManagedHooksOnly")
FORMS: dict[str, Callable[[Any], str]] = {
    "a byte order mark": lambda settings: f"\ufeff{json.dumps(settings)}",
    "a comment": lambda settings: f"// mine\n{json.dumps(settings)}",
    "a trailing comma": lambda settings: f"{json.dumps(settings)[:-1]},}}",
}
Case = tuple[str, str, Any]  # the key, how the table names the value, the value
Found = dict[tuple[str, str], str]
Table = dict[str, dict[str, str]]
Question = Callable[[Path], Found]


def cases(kind: str) -> list[Case]:
    return [(key, kind, SAMPLES[kind]) for keys in EXPECTED.values() for key in keys]


def wrong_type(expected: str, key: str) -> Case:
    kind = "number" if expected == "text" else "text"
    return (key, kind, SAMPLES[kind])


def settings_of(some: list[Case]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key, _, value in some:
        *folder, name = key.split(".")
        (made.setdefault(folder[0], {}) if folder else made)[name] = value
    return made


def letters(claude: Path, some: list[Case]) -> Found:
    """The letter of each case, all at once if they are taken, else each alone; each names another key."""
    if not some:
        return {}
    seen = see(claude, settings_of(some))
    if seen.own_ran:
        return {(key, name): "s" if _is_among(key, seen.skipped) else "t" for key, name, _ in some}
    if len(some) == 1:
        return {some[0][:2]: "r"}
    return {place: letter for case in some for place, letter in letters(claude, [case]).items()}


def _is_among(key: str, named: frozenset[str]) -> bool:
    return any(one == key or one.startswith(f"{key}.") for one in named)


def questions(*, every_type: bool) -> Iterator[Question]:
    """All that a version is asked, what matters most first; what holds others goes apart from them."""
    yield lambda claude: shapes(claude, list(SHAPES))
    yield forms
    yield switches
    yield partial(letters, some=[("madeUpForThisTest", "number", 5)])
    for index in range(max(map(len, VALUES.values()))):
        tried = {key: values[index] for key, values in VALUES.items() if index < len(values)}
        yield partial(letters, some=[(key, json.dumps(value), value) for key, value in tried.items()])
    held = {key.split(".")[0] for keys in EXPECTED.values() for key in keys if "." in key}
    wrong = [wrong_type(kind, key) for kind, keys in EXPECTED.items() for key in keys]
    for group in map(cases, SAMPLES) if every_type else (wrong,):
        fitting = [case for case in group if case[0] in EXPECTED[case[1]]]
        others = [case for case in group if case not in fitting]
        for some in (fitting, others):
            yield partial(letters, some=[case for case in some if case[0] not in held])
            yield from (partial(letters, some=[case]) for case in some if case[0] in held)


def forms(claude: Path) -> Found:
    return {("file", name): "t" if see(claude, {}, write).own_ran else "r" for name, write in FORMS.items()}


def switches(claude: Path) -> Found:
    return {(key, "true"): "t" if see(claude, {key: True}).own_ran else "o" for key in SWITCHES}


def shapes(claude: Path, names: list[str]) -> Found:
    """The letter of each shape: all at once if nothing is said of them, else each alone."""
    events: dict[str, Any] = {}
    for event, value in (SHAPES[name] for name in names):
        events[event] = [*events.get(event, []), *value] if isinstance(value, list) else value
    seen = see(claude, {"hooks": events})
    noted = [name for name in names if any(key.startswith(f"hooks.{SHAPES[name][0]}") for key in seen.skipped)]
    if len(names) == 1:
        return {("hooks", names[0]): ("s" if noted else "t") if seen.own_ran else "r"}
    alone = noted if seen.own_ran else names
    taken: Found = {("hooks", name): "t" for name in names if name not in alone}
    return taken | {place: letter for name in alone for place, letter in shapes(claude, [name]).items()}


def read() -> tuple[list[str], Table]:
    held = json.loads(DATA.read_text())
    return held["tried"], held["keys"]


def keep(version: str, found: Found) -> None:
    """Puts letters of a version into the table, beside those of the versions around it."""
    tried, table = read()
    if version not in tried:
        tried = sorted([*tried, version], key=parsed)
        index = tried.index(version)
        table = {
            key: {name: f"{told[:index]}-{told[index:]}" for name, told in row.items()} for key, row in table.items()
        }
    index = tried.index(version)
    for (key, name), letter in found.items():
        told = table.setdefault(key, {}).get(name, "-" * len(tried))
        table[key][name] = told[:index] + letter + told[index + 1 :]
    DATA.write_text(written(tried, table))


def main(words: list[str]) -> None:
    versions = [word for word in words if not word.startswith("--")] or VERSIONS
    for number, ask in enumerate(questions(every_type="--every-type" in words), start=1):
        for version in versions:
            with installed(version) as folder:
                keep(version, ask(program(folder)))
            sys.stdout.write(f"question {number}, {version}\n")
            sys.stdout.flush()


def written(tried: list[str], table: Table) -> str:
    """The table as JSON, a key a line."""
    dumped = partial(json.dumps, ensure_ascii=False)
    rows = ",\n".join(f"    {dumped(key)}: {dumped(told)}" for key, told in sorted(table.items()))
    return f'{{\n  "tried": {dumped(tried)},\n  "letters": {dumped(MEANING)},\n  "keys": {{\n{rows}\n  }}\n}}\n'


if __name__ == "__main__":
    main(sys.argv[1:])
