"""`script/host-versions settings [VERSION…]`: tests how versions of Claude Code handle wrong settings.

Writes one letter per value and version into client/lib/hosts/host-settings.json, and keeps the letters of other
versions. `--every-type` tries each key with each type of value, otherwise with one wrong type; `--missing` tries only
what the table does not have of a version. Each question goes to all versions in turn, so CLAUDE_CODE_CACHE should name
a folder that caches them.
"""

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from script.hosts.installs import install, parse_version, program_path
from script.hosts.probe import probe_settings

TABLE_PATH = Path(__file__).resolve().parents[2] / "client" / "lib" / "hosts" / "host-settings.json"
DEFAULT_VERSIONS = ("2.0.0", "2.0.14", "2.1.20", "2.1.100", "2.1.120", "2.1.139", "2.1.332")
# A value is tried beside a user's hook. `r`: the hook does not run, since the client refuses the file. `s`: the hook
# runs, and the client reports that it skipped the value. `t`: the hook runs without a report. `o`: the hook does not
# run, since the value disables hooks. `-`: this version was not tried.
LETTER_MEANINGS = {
    "r": "the whole file is refused",
    "s": "the value is skipped",
    "t": "the value is accepted",
    "o": "hooks do not run",
    "-": "not tried",
}
# The flag is false: `disableAllHooks` would disable the user's hook.
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
# Values for keys whose type is not enough to decide.
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
# Errors in hooks that `memfog doctor` distinguishes, each under an event that every version knows.
HOOK_SHAPES: dict[str, tuple[str, Any]] = {
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
# Settings that disable hooks in the versions that support them.
SWITCHES = ("disableAllHooks", "allowManagedHooksOnly")
FILE_FORMS: dict[str, Callable[[Any], str]] = {
    "a byte order mark": lambda settings: f"\ufeff{json.dumps(settings)}",
    "a comment": lambda settings: f"// mine\n{json.dumps(settings)}",
    "a trailing comma": lambda settings: f"{json.dumps(settings)[:-1]},}}",
}
Case = tuple[str, str, Any]  # the key, the name of the value in the table, the value
Entry = tuple[str, str]  # the key and the name of the value
Letters = dict[Entry, str]
Table = dict[str, dict[str, str]]


@dataclass(frozen=True)
class Question:
    """Entries of the table that are asked together. `ask` takes a program and those of them that are wanted."""

    entries: list[Entry]
    ask: Callable[[Path, list[Entry]], Iterator[Letters]]


def make_cases(kind: str) -> list[Case]:
    return [(key, kind, SAMPLES[kind]) for keys in EXPECTED.values() for key in keys]


def make_wrong_type_case(expected: str, key: str) -> Case:
    kind = "number" if expected == "text" else "text"
    return (key, kind, SAMPLES[kind])


def build_settings(cases: list[Case]) -> dict[str, Any]:
    settings: dict[str, Any] = {}
    for key, _, value in cases:
        *folder, name = key.split(".")
        (settings.setdefault(folder[0], {}) if folder else settings)[name] = value
    return settings


def try_cases(claude: Path, cases: list[Case]) -> Iterator[Letters]:
    """Yields the letters of the cases as they become known; each case must have a different key.

    Tries all cases in one start, which takes one to four seconds of processor time. A version that accepts all values
    together accepts each of them. Otherwise the keys that its program does not name are tried together, since they are
    probably accepted, and each other case is tried alone.
    """
    if not cases:
        return
    result = probe_settings(claude, build_settings(cases))
    if result.own_hook_ran:
        yield {(key, name): "s" if _is_among(key, result.skipped) else "t" for key, name, _ in cases}
    elif len(cases) == 1:
        yield {cases[0][:2]: "r"}
    else:
        program = claude.resolve().read_bytes()
        unnamed = [case for case in cases if case[0].split(".")[-1].encode() not in program]
        named = [case for case in cases if case not in unnamed]
        yield from try_cases(claude, unnamed if named else [])
        for case in named or cases:
            yield from try_cases(claude, [case])


def ask_cases(cases: list[Case]) -> Question:
    def ask(claude: Path, wanted: list[Entry]) -> Iterator[Letters]:
        return try_cases(claude, [case for case in cases if case[:2] in wanted])

    return Question([case[:2] for case in cases], ask)


def ask_at_once(entries: list[Entry], ask: Callable[[Path, list[Entry]], Letters]) -> Question:
    return Question(entries, lambda claude, wanted: iter([ask(claude, wanted)]))


def _is_among(key: str, skipped: frozenset[str]) -> bool:
    return any(one == key or one.startswith(f"{key}.") for one in skipped)


def make_questions(*, every_type: bool) -> Iterator[Question]:
    """Yields the questions for each version, the most important first, so that a user can stop the run early.

    Keys that contain other keys are tried separately from them.
    """
    yield ask_at_once([("hooks", name) for name in HOOK_SHAPES], try_shapes)
    yield ask_at_once([("file", name) for name in FILE_FORMS], try_forms)
    yield ask_at_once([(key, "true") for key in SWITCHES], try_switches)
    yield ask_cases([("madeUpForThisTest", "number", 5)])
    for index in range(max(map(len, VALUES.values()))):
        values_by_key = {key: values[index] for key, values in VALUES.items() if index < len(values)}
        yield ask_cases([(key, json.dumps(value), value) for key, value in values_by_key.items()])
    parents = {key.split(".")[0] for keys in EXPECTED.values() for key in keys if "." in key}
    wrong_cases = [make_wrong_type_case(kind, key) for kind, keys in EXPECTED.items() for key in keys]
    for group in map(make_cases, SAMPLES) if every_type else (wrong_cases,):
        right_type = [case for case in group if case[0] in EXPECTED[case[1]]]
        wrong_type = [case for case in group if case not in right_type]
        for some in (right_type, wrong_type):
            yield ask_cases([case for case in some if case[0] not in parents])
            yield from (ask_cases([case]) for case in some if case[0] in parents)


def try_forms(claude: Path, wanted: list[Entry]) -> Letters:
    return {
        (key, name): "t" if probe_settings(claude, {}, FILE_FORMS[name]).own_hook_ran else "r" for key, name in wanted
    }


def try_switches(claude: Path, wanted: list[Entry]) -> Letters:
    return {(key, name): "t" if probe_settings(claude, {key: True}).own_hook_ran else "o" for key, name in wanted}


def try_shapes(claude: Path, wanted: list[Entry]) -> Letters:
    """Returns the letter of each shape. Tries all shapes in one start; tries a shape alone if the client reports it."""
    names = [name for _, name in wanted]
    events: dict[str, Any] = {}
    for event, value in (HOOK_SHAPES[name] for name in names):
        events[event] = [*events.get(event, []), *value] if isinstance(value, list) else value
    result = probe_settings(claude, {"hooks": events})
    skipped_names = [
        name for name in names if any(key.startswith(f"hooks.{HOOK_SHAPES[name][0]}") for key in result.skipped)
    ]
    if len(names) == 1:
        return {("hooks", names[0]): ("s" if skipped_names else "t") if result.own_hook_ran else "r"}
    retried = skipped_names if result.own_hook_ran else names
    taken: Letters = {("hooks", name): "t" for name in names if name not in retried}
    return taken | {
        entry: letter for name in retried for entry, letter in try_shapes(claude, [("hooks", name)]).items()
    }


def load_table() -> tuple[list[str], Table]:
    stored = json.loads(TABLE_PATH.read_text())
    return stored["tried"], stored["keys"]


def find_wanted(version: str, entries: list[Entry], *, only_missing: bool) -> list[Entry]:
    """Returns the entries to try with this version."""
    tried, table = load_table()
    if not only_missing or version not in tried:
        return entries
    index = tried.index(version)
    return [(key, name) for key, name in entries if table.get(key, {}).get(name, "-" * len(tried))[index] == "-"]


def save_letters(version: str, letters: Letters) -> None:
    """Writes the letters of a version into the table, at the index of the version among all tried versions."""
    tried, table = load_table()
    if version not in tried:
        tried = sorted([*tried, version], key=parse_version)
        index = tried.index(version)
        table = {
            key: {name: f"{row_letters[:index]}-{row_letters[index:]}" for name, row_letters in row.items()}
            for key, row in table.items()
        }
    index = tried.index(version)
    for (key, name), letter in letters.items():
        row_letters = table.setdefault(key, {}).get(name, "-" * len(tried))
        table[key][name] = row_letters[:index] + letter + row_letters[index + 1 :]
    TABLE_PATH.write_text(format_table(tried, table))


def main(arguments: list[str]) -> None:
    versions = [word for word in arguments if not word.startswith("--")] or DEFAULT_VERSIONS
    for number, question in enumerate(make_questions(every_type="--every-type" in arguments), start=1):
        for version in versions:
            wanted = find_wanted(version, question.entries, only_missing="--missing" in arguments)
            if not wanted:
                continue
            with install(version) as folder:
                for letters in question.ask(program_path(folder), wanted):
                    save_letters(version, letters)
            sys.stdout.write(f"question {number}, {version}\n")
            sys.stdout.flush()


def format_table(tried: list[str], table: Table) -> str:
    """Formats the table as JSON, one key per line."""
    dump_json = partial(json.dumps, ensure_ascii=False)
    rows = ",\n".join(f"    {dump_json(key)}: {dump_json(row_letters)}" for key, row_letters in sorted(table.items()))
    head = f'  "tried": {dump_json(tried)},\n  "letters": {dump_json(LETTER_MEANINGS)},'
    return f'{{\n{head}\n  "keys": {{\n{rows}\n  }}\n}}\n'


if __name__ == "__main__":
    main(sys.argv[1:])
