"""Makes search terms of the words of a query: each with the forms in which a text may say it. Pure.

Forms are the word itself, longer words that begin with it or with its stem, other spellings of an identifier, and
synonyms. They are added to the query and not to the index, which therefore needs no rebuild when they change.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from events.wire import patterns
from memory.search.trade_synonyms import MAX_PHRASE_WORDS, PHRASES, find_synonyms
from memory.search.word_endings import LISTED_ENDINGS, MIN_STEM_CHARS, find_stems
from memory.values.stop_words import STOP_WORDS
from memory.values.text_analyzer import MAX_TERM_CHARS, extract_terms, normalize_text, split_identifier

MAX_QUERY_CHARS, MAX_SEARCH_TERMS = 1_000, 16
MAX_PATH_SEGMENTS = 4  # of a long path, the last ones are searched
MAX_MARKED_SEGMENTS, MAX_PATHS = 12, 4
MAX_SYNONYMS = 10  # of a word
MAX_SUFFIX_CHARS = 12  # of a word that looks like the name of a file
MIN_PART_CHARS = 2  # of each part of an identifier, if a text may have the parts apart
SPELLING_WEIGHT, BEGINNING_WEIGHT, STEM_WEIGHT, PARTS_WEIGHT, SYNONYM_WEIGHT = 1.0, 0.7, 0.65, 0.6, 0.5
_LABELS = ("type=", "project=", "tool=", "failed=", "file=")


@dataclass(frozen=True, slots=True)
class WordPattern:
    """A word to search for; with `is_prefix`, longer words that start with it match too."""

    word: str
    is_prefix: bool = False


@dataclass(frozen=True, slots=True)
class TermForm:
    """One way to say a term: a text has it if it has all `patterns`. `weight` is what a match counts, at most 1."""

    patterns: tuple[WordPattern, ...]
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class SearchTerm:
    """A term of a query, as typed (in lower case), and its forms, the closest first."""

    text: str
    forms: tuple[TermForm, ...]
    is_identifier: bool = False


def parse_search_terms(query: str) -> list[SearchTerm]:
    """Parses a query into at most 16 search terms. Stop words are left out, unless there are no other words."""
    tokens = [token for chunk in normalize_text(query[:MAX_QUERY_CHARS]).split() for token in _split_chunk(chunk)]
    terms = _make_terms(tokens, STOP_WORDS) or _make_terms(tokens, frozenset())
    unique = {term.text: term for term in reversed(terms)}
    return list(reversed(unique.values()))[:MAX_SEARCH_TERMS]


def find_paths(query: str) -> list[str]:
    """Finds the words of a query that may name a file, in lower case and with slashes."""
    chunks = (chunk.strip("`'\",;()").replace("\\", "/") for chunk in query[:MAX_QUERY_CHARS].casefold().split())
    paths = ("/".join(chunk.strip("/").split("/")[-MAX_MARKED_SEGMENTS:]) for chunk in chunks if _may_name_file(chunk))
    return list(dict.fromkeys(paths))[:MAX_PATHS]


def _may_name_file(chunk: str) -> bool:
    _, dot, suffix = chunk.rpartition(".")
    has_suffix = bool(dot) and suffix.isalnum() and not suffix.isdigit() and len(suffix) <= MAX_SUFFIX_CHARS
    return (has_suffix or "/" in chunk) and "://" not in chunk and len(chunk) > 2


def correct_term(term: SearchTerm, words: Sequence[str], weight: float) -> SearchTerm:
    """Adds words that the user probably meant, with their other forms, each of less weight."""
    meant = [replace(form, weight=form.weight * weight) for word in words for form in _make_forms(word)]
    return replace(term, forms=_unique_forms([*term.forms, *meant]))


def _split_chunk(chunk: str) -> list[str]:
    tokens = patterns.TOKEN.findall(chunk)
    return tokens[-MAX_PATH_SEGMENTS:] if "/" in chunk or "\\" in chunk else tokens


def _make_terms(tokens: Sequence[str], left_out: frozenset[str]) -> list[SearchTerm]:
    terms, at = list[SearchTerm](), 0
    while at < len(tokens):
        count = _count_phrase_words(tokens, at)
        if count > 1:
            terms.append(_make_phrase(" ".join(tokens[at : at + count]).casefold()))
        elif tokens[at].casefold() not in left_out:
            terms += _iter_terms(tokens[at], tokens[at + 1] if at + 1 < len(tokens) else "")
        at += count
    return terms


def _count_phrase_words(tokens: Sequence[str], at: int) -> int:
    counts = range(MAX_PHRASE_WORDS, 1, -1)
    return next((count for count in counts if " ".join(tokens[at : at + count]).casefold() in PHRASES), 1)


def _make_phrase(phrase: str) -> SearchTerm:
    forms = [TermForm(_phrase_patterns(phrase)), *_iter_synonym_forms(phrase)]
    return SearchTerm(phrase, _unique_forms(forms))


def _phrase_patterns(phrase: str) -> tuple[WordPattern, ...]:
    return tuple(WordPattern(word) for word in phrase.split())


def _iter_terms(token: str, following: str) -> Iterator[SearchTerm]:
    if patterns.CJK.match(token):
        for pair in extract_terms(token):
            yield SearchTerm(pair, (TermForm((WordPattern(pair, is_prefix=len(pair) == 1),)),))
        return
    word, parts = token[:MAX_TERM_CHARS].casefold(), split_identifier(token)
    yield SearchTerm(word, _unique_forms(_iter_forms(word, parts, following.casefold())), len(parts) > 1)


def _iter_forms(word: str, parts: Sequence[str], following: str) -> Iterator[TermForm]:
    yield from _make_forms(word)
    if len(parts) > 1:
        joined = "".join(parts)[:MAX_TERM_CHARS]
        yield TermForm((WordPattern(joined),), SPELLING_WEIGHT)
        if len(joined) >= MIN_STEM_CHARS:
            yield TermForm((WordPattern(joined, is_prefix=True),), BEGINNING_WEIGHT)
        if min(map(len, parts)) >= MIN_PART_CHARS:
            yield TermForm(tuple(WordPattern(part) for part in parts), PARTS_WEIGHT)
    elif following.isalpha() and word.isalpha():
        yield TermForm((WordPattern((word + following)[:MAX_TERM_CHARS], is_prefix=True),), BEGINNING_WEIGHT)


def _make_forms(word: str) -> list[TermForm]:
    """Makes the forms of a word that is not split: itself, its beginning, its stem and its synonyms."""
    forms = [TermForm((WordPattern(word),), SPELLING_WEIGHT)]
    if len(word) >= MIN_STEM_CHARS:
        forms += _beginning_forms(word, BEGINNING_WEIGHT)
        forms += [form for stem in find_stems(word) for form in _beginning_forms(stem, STEM_WEIGHT)]
    return [*forms, *_iter_synonym_forms(word)]


def _beginning_forms(start: str, weight: float) -> list[TermForm]:
    """Makes the form of all longer words; where labels begin alike, of the words with a usual ending."""
    if any(label.startswith(start) for label in _LABELS):
        return [TermForm((WordPattern(start + end),), weight) for end in LISTED_ENDINGS]
    return [TermForm((WordPattern(start, is_prefix=True),), weight)]


def _iter_synonym_forms(word: str) -> Iterator[TermForm]:
    for synonym in find_synonyms(word)[:MAX_SYNONYMS]:
        if " " in synonym:
            yield TermForm(_phrase_patterns(synonym), SYNONYM_WEIGHT)
            continue
        yield TermForm((WordPattern(synonym),), SYNONYM_WEIGHT)
        for stem in find_stems(synonym) if len(synonym) > MIN_STEM_CHARS else ():
            yield from _beginning_forms(stem, SYNONYM_WEIGHT)


def _unique_forms(forms: Iterable[TermForm]) -> tuple[TermForm, ...]:
    """Leaves out a form that another one of at least its weight contains, and sorts the closest first."""
    unique: dict[tuple[WordPattern, ...], TermForm] = {}
    for form in sorted(forms, key=lambda one: -one.weight):
        unique.setdefault(form.patterns, form)
    return tuple(unique.values())
