"""Splits texts into index terms. Pure, and the same for every database. `memory.search.query_terms` splits queries.

Identifiers and file names are indexed whole and in parts (`getUserById`: getuserbyid, get, user, by, id). Chinese,
Japanese and Korean are indexed by pairs of characters, because they are written without spaces.
"""

import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from events.wire import patterns

MAX_TERM_CHARS, MAX_TERMS = 64, 300  # `MAX_TERMS` is per text


def strip_terminal_codes(text: str) -> str:
    """Removes the color codes of a terminal, which would become part of the words."""
    return patterns.ANSI_COLOR.sub("", text) if "\x1b" in text else text


def extract_terms(text: str) -> list[str]:
    """Extracts the distinct terms of a text, in order, at most `MAX_TERMS`."""
    tokens = dict.fromkeys(patterns.TOKEN.findall(normalize_text(text)))
    terms: dict[str, None] = {}
    for token in tokens:
        terms.update(_cached_token_terms(token) if len(token) <= MAX_TERM_CHARS else _uncached_token_terms(token))
        if len(terms) >= MAX_TERMS:
            break
    return list(terms)[:MAX_TERMS]


def normalize_text(text: str) -> str:
    """Removes accents and other marks, and converts full width to half width. Case stays: it separates identifiers."""
    if text.isascii():
        return text
    # Decompose each character separately and drop its marks before the composition: normalization sorts a long run of
    # marks, in time quadratic in its length.
    return unicodedata.normalize("NFC", patterns.NOT_ASCII.sub(lambda found: _strip_accents(found[0]), text))


@lru_cache(maxsize=4_096)
def _strip_accents(char: str) -> str:
    decomposed = unicodedata.normalize("NFKD", char)
    return "".join(
        part for part in decomposed if not (unicodedata.combining(part) or unicodedata.category(part) == "Mn")
    )


def _uncached_token_terms(token: str) -> dict[str, None]:
    return dict.fromkeys(_iter_token_terms(token))


@lru_cache(maxsize=20_000)
def _cached_token_terms(token: str) -> dict[str, None]:
    """Caches the terms of a token, because the words of a project repeat. Short tokens only, to limit memory use."""
    return _uncached_token_terms(token)


def _iter_token_terms(token: str) -> Iterator[str]:
    if patterns.CJK.match(token):
        yield from (token[at : at + 2] for at in range(max(1, min(len(token), MAX_TERMS) - 1)))
        return
    yield token[:MAX_TERM_CHARS].casefold()
    # A text has no more than `MAX_TERMS` terms, so the rest of a long token is not split.
    for name in patterns.NAME_SEPARATOR.split(token[: MAX_TERM_CHARS * MAX_TERMS], MAX_TERMS):
        yield name[:MAX_TERM_CHARS].casefold()
        parts = [part.casefold() for part in patterns.IDENTIFIER_PART.findall(name)]
        # The joined parts make all spellings equal: `userid` finds user_id and userId.
        yield from (part[:MAX_TERM_CHARS] for part in ["".join(parts), *parts] if part)


def split_identifier(token: str) -> list[str]:
    """Splits an identifier or a file name into its parts, in lower case: `getUserById`, `get_user`, `page.tsx`."""
    names = patterns.NAME_SEPARATOR.split(token[:MAX_TERM_CHARS])
    return [part.casefold() for name in names for part in patterns.IDENTIFIER_PART.findall(name)]


def make_label(name: str, value: str) -> str:
    """Makes the label of a filter, a term that no text contains: `type=edit`."""
    return f"{name}={patterns.NON_LABEL_CHARS.sub('_', normalize_text(value).casefold())}"[:MAX_TERM_CHARS]
