"""Words that differ from a misspelled word in one letter: one more, one less, another, or two in turn. Pure.

There is no list of the words that a user's documents have, which would have to forget what is deleted: the index is
asked for all words that differ in one letter, of which it knows a few at most.
"""

from collections import Counter
from collections.abc import Iterable
from string import ascii_lowercase

MIN_CHARS, MAX_CHARS = 4, 24  # of a word that may be misspelled
MAX_CORRECTIONS = 3  # of a word


def may_be_misspelled(word: str) -> bool:
    return word.isascii() and word.isalpha() and MIN_CHARS <= len(word) <= MAX_CHARS


def list_spellings(word: str) -> frozenset[str]:
    """Returns all spellings that differ in one letter, about 55 for each letter of the word."""
    cuts = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    shorter = {start + rest[1:] for start, rest in cuts if rest}
    swapped = {start + rest[1] + rest[0] + rest[2:] for start, rest in cuts if len(rest) > 1}
    changed = {start + letter + rest[1:] for start, rest in cuts if rest for letter in ascii_lowercase}
    longer = {start + letter + rest for start, rest in cuts for letter in ascii_lowercase}
    return frozenset(shorter | swapped | changed | longer) - {word}


def find_known_words(spellings: frozenset[str], texts: Iterable[str]) -> tuple[str, ...]:
    """Returns those of the words that these documents have, the most frequent first."""
    counts = Counter(word for text in texts for word in spellings.intersection(text.split()))
    ordered = sorted(counts, key=lambda word: (-counts[word], word))
    return tuple(ordered[:MAX_CORRECTIONS])
