"""Writes search documents. On PostgreSQL also their words, in a table that the search index covers.

See `memory.search.document_index`.
"""

from functools import cache

from django.db import connection
from psycopg import Cursor

from memory.models import SearchDocument
from memory.projection.bulk_insert import OwnedRows, insert_rows, make_arrays, make_insert_query

_COLUMNS = "user_id, seq, at_us, session_id, project_key, repo_key"
# Each word in the index starts with its user (`USER_PREFIX_CHARS`): a search reads only the words of its user.
_TERMS = "array_to_tsvector(string_to_array(ltrim(replace(' ' || terms, ' ', ' ' || left(user_id::text, 8))), ' '))"


def insert_documents(documents: OwnedRows) -> None:
    """Inserts new documents of one or several users. Call it within a transaction."""
    if connection.vendor != "postgresql":
        insert_rows(SearchDocument, documents)
    elif documents:
        with connection.wrap_database_errors, Cursor(connection.connection) as cursor:
            cursor.execute(_insert_query(), make_arrays(SearchDocument, documents))


@cache
def _insert_query() -> bytes:
    """Makes the statement that inserts documents and their words."""
    return f"""
WITH added AS ({make_insert_query(SearchDocument)} RETURNING id, {_COLUMNS}, terms)
INSERT INTO memory_terms (document_id, {_COLUMNS}, terms) SELECT id, {_COLUMNS}, {_TERMS} FROM added""".encode()
