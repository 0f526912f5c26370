"""Words of the interface that were replaced do not come back: each has one word that readers know."""

import re
from pathlib import Path

import pytest

from dashboard.session.session_summary import STATE_LABELS, URGENCY_LABELS
from dashboard.session.views import TABS
from memory.values import session_states
from tests.server import ROOT

# Retired words → the words that replaced them.
RETIRED = {
    "Session without prompt": "the first task or summary",
    "Tool uses": "Tool calls",
    "Lasted": "Duration",
    "Last event": "Last activity",
    "Make token": "Create token",
    "It may": "Permissions",
    "Your token, by itself": "Your API token",
    "Or look around first": "Explore with sample data",
    "There is no token": "No tokens",
    "Go on": "Load more, Continue or Resume",
    "Nobody has said anything yet": "No messages yet",
    "There is no session yet": "No sessions yet",
    "No session is like that": "No sessions match these filters",
    "A year of days": "Activity",
    "Hours of the week": "Activity by hour",
    "Memfog itself": "Delivery delay",
    "For what": "Reason",
    "Half of them": "Median",
    "Nothing to count yet": "No data yet",
    "Look in your mail": "Check your email",
    "You forgot the password": "Forgot password?",
    "You are new here": "New to Memfog?",
    "Make an account": "Create account",
    "Photograph this": "Scan this",
    "I have them": "I've saved these codes",
    "Not for you": "You don't have access",
    "The page had grown old": "This page expired",
    "makes no sense here": "Invalid request",
    "It is written down": "We've logged this",
    "To the start": "Go to dashboard",
    "What can be looked for": "Search tips",
    "A summary by a model": "AI summaries",
    "Tools that memory leaves out": "Excluded tools",
    "so many US dollars": "Monthly limit (USD)",
    "captured anew": "captured again",
    "Copy the command to resume": "Copy resume command",
    "Load the demo": "Add sample data",
    "Remove the demo": "Remove sample data",
    "made-up": "sample",
    "How much is kept": "Data retention",
    "Days at most": "Maximum age (days)",
    "GB at most": "Maximum size (GB)",
    "Show what would go": "Preview",
    "Where you are signed in": "Active sessions",
    "This one": "This device",
    "Nowhere else": "No other sessions",
    "Ends it, with": "Permanently deletes",
    "Nothing is called that": "No matches",
    "these keys": "Keyboard shortcuts",
    "what has the focus": "the focused item",
    "Catching up": "Reconnecting…",
    "There is nothing older": "You've reached the beginning",
    "As the system": "System",
    "All that was captured": "Full payload",
    "Everything that was captured": "Full payload",
    "This is the beginning": "Truncated",
    "All of the above": "Memory is built by rules on this server",
    "What was asked": "Requests",
    "Key for that": "API key",
    "forget the key": "delete key",
    "told to a model": "summarized by a model",
    "In your words": "Edited text",
    "not given": "left out (budget)",
    "met trouble": "The last sync failed",
    "never the same": "Never in sync",
    "It waits for you": "Needs your attention",
    "would not take": "Rejected events",
    "anew": "again",
    "by itself": "automatically, or leave it out",
    "come again": "retry",
    "Work as before": "No slowdown",
    "Always": "All time",
    "Keep this filter": "Save view",
    "Kept filters": "Saved views",
    "Silent": "Inactive",
    "turn done": "Your turn",
    "Tell me when a session waits": "Notify me when a session needs me",
    "Nothing like that has happened": "No events match these filters",
    "appears here by itself": "New ones appear automatically",
    "Whoever has it": "Anyone with this token",
    "session went on with": "Summary after compaction",
    "No file was changed": "No file edits in this session",
    "they took": "From hook to server",
    "Late are those": "arrive late",
    "Waited for you": "Time waiting for you",
    "whoever pays": "Subscription plans are billed differently",
    "What models used": "No usage reported in this period",
    "would get now": "Context for new sessions",
    "What it is made of": "Entries",
    "let in": "approve",
    "Turned away": "Denied",
    "May stay empty": "optional",
    "none of the usual": "avoid common passwords",
    "A session without a prompt": "Untitled session",
}
# Pages of prose: there the words that are plain English in a sentence may stand.
PROSE_WORDS = frozenset(
    ("It may", "For what", "Go on", "not given", "let in", "by itself", "Always", "they took", "anew")
)
TEMPLATES = sorted(path for path in (ROOT / "templates").rglob("*") if path.suffix in (".html", ".txt"))
PROSE = ("about", "mail")
SCRIPTS = sorted((ROOT / "static" / "js").rglob("*.js"))


def said(path: Path) -> str:
    """The text of a template on one line, without comments."""
    return " ".join(re.sub(r"\{#.*?#\}", "", path.read_text()).split())


@pytest.mark.parametrize("word", RETIRED)
def test_a_retired_word_of_the_interface_does_not_come_back(word: str) -> None:
    pattern = re.compile(rf"\b{re.escape(word)}(?!\w)")
    found = [
        str(path.relative_to(ROOT)) for path in TEMPLATES if _may_not_say(path, word) and pattern.search(said(path))
    ]
    found += [str(path.relative_to(ROOT)) for path in SCRIPTS if pattern.search(texts_of(path))]
    assert found == [], f"Say: {RETIRED[word]}"


def _may_not_say(path: Path, word: str) -> bool:
    is_prose = path.relative_to(ROOT / "templates").parts[0] in PROSE
    return not (is_prose and word in PROSE_WORDS)


def texts_of(script: Path) -> str:
    """The texts in quotes of a script, without its comments."""
    code = re.sub(r"^\s*//.*$", "", script.read_text(), flags=re.MULTILINE)
    return "\n".join(re.findall(r'"[^"\n]*"|`[^`]*`', code))


@pytest.mark.parametrize(
    "module",
    ["dashboard.session.session_summary", "dashboard.render.tool_bodies.generic", "accounts.mailer.mail_templates"],
)
def test_a_module_of_labels_says_no_retired_word(module: str) -> None:
    text = (ROOT / f"{module.replace('.', '/')}.py").read_text()
    said_words = "\n".join(re.findall(r'"[^"\n]*"', text))
    assert [word for word in RETIRED if re.search(rf"\b{re.escape(word)}(?!\w)", said_words)] == []


def test_the_test_finds_a_word_that_came_back(tmp_path: Path) -> None:
    template, script = tmp_path / "page.html", tmp_path / "page.js"
    template.write_text("{# Nowhere else #}<p>Nowhere\n  else.</p>")
    script.write_text('// Catching up\nconst word = "Catching up…";\n')
    assert said(template) == "<p>Nowhere else.</p>"
    assert texts_of(script) == '"Catching up…"'


def test_the_list_of_interface_words_has_each_state_and_each_view_of_a_session() -> None:
    listed = re.sub(r"\s+", " ", (ROOT / "docs" / "interface-words.md").read_text())
    labels = {*STATE_LABELS.values(), *URGENCY_LABELS.values()} - {STATE_LABELS[session_states.WAITING]}
    assert [label for label in sorted(labels) if f"**{label}**" not in listed] == []
    assert f"**{', '.join(label for _, label in TABS)}**" in listed
