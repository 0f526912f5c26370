"""Words of the interface that were replaced do not come back: each has one word that readers know."""

import re
from pathlib import Path

import pytest

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
}
# Pages of prose, which say these words in sentences.
PROSE = ("about", "mail")
TEMPLATES = sorted(
    path for path in (ROOT / "templates").rglob("*.html") if path.relative_to(ROOT / "templates").parts[0] not in PROSE
)


def said(path: Path) -> str:
    """The text of a template on one line, without comments."""
    return " ".join(re.sub(r"\{#.*?#\}", "", path.read_text()).split())


@pytest.mark.parametrize("word", RETIRED)
def test_a_retired_word_of_the_interface_does_not_come_back(word: str) -> None:
    pattern = re.compile(rf"\b{re.escape(word)}\b")
    found = [str(path.relative_to(ROOT)) for path in TEMPLATES if pattern.search(said(path))]
    assert found == [], f"Say: {RETIRED[word]}"
