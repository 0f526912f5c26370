"""Names the words of the index that begin with something, on SQLite.

FTS5 collects all documents with a beginning of words, half a million of them, and sorts them before it looks at the
rest of the query. Whole words it reads newest first, and stops at the limit. So a query names the words, if the index
has few enough of them.
"""

from typing import Any

from memory.search.index_query import IndexQuery
from memory.search.query_terms import WordPattern

MAX_NAMED_WORDS = 32  # of a beginning: the index compares each document with each of them
_VOCABULARY_SQL = """
CREATE VIRTUAL TABLE IF NOT EXISTS temp.memory_vocabulary USING fts5vocab(main, memory_words, instance)"""
# One word at a time: the table has a row for each document that has the word.
_NEXT_WORD_SQL = "SELECT term FROM temp.memory_vocabulary WHERE term >= %s ORDER BY term LIMIT 1"
_AFTER = "\x01"  # follows a word directly: no word contains it

Group = tuple[WordPattern, ...]


def name_words(cursor: Any, user_prefix: str, query: IndexQuery) -> IndexQuery:
    """Replaces beginnings of words by the words that the index has, except where these are too many."""
    if not any(_is_beginning(group) for term in query.terms for group in term):
        return query
    cursor.execute(_VOCABULARY_SQL)
    terms = (tuple(named for group in term for named in _name(cursor, user_prefix, group)) for term in query.terms)
    return IndexQuery(query.labels, tuple(tuple(dict.fromkeys(term)) for term in terms), query.least)


def has_beginnings(query: IndexQuery) -> bool:
    return any(word.is_prefix for term in query.terms for group in term for word in group)


def _is_beginning(group: Group) -> bool:
    return len(group) == 1 and group[0].is_prefix


def _name(cursor: Any, user_prefix: str, group: Group) -> list[Group]:
    if not _is_beginning(group):
        return [group]
    found = _list_words(cursor, user_prefix + group[0].word)
    if len(found) > MAX_NAMED_WORDS:
        return [group]
    # Of a beginning that no word has, itself: a term needs something to look for.
    return [(WordPattern(word[len(user_prefix) :]),) for word in found] or [(WordPattern(group[0].word),)]


def _list_words(cursor: Any, start: str) -> list[str]:
    """Lists the words of the index with a beginning, one more than are named if there are too many."""
    found: list[str] = []
    at = start
    while len(found) <= MAX_NAMED_WORDS:
        cursor.execute(_NEXT_WORD_SQL, [at])
        row = cursor.fetchone()
        if row is None or not row[0].startswith(start):
            break
        found.append(row[0])
        at = row[0] + _AFTER
    return found
