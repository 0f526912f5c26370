"""Writes search documents. On PostgreSQL also their words, in a table that the search index covers.

See `memory.search.document_index`.
"""

from collections.abc import Sequence
from uuid import UUID

from django.db import connection

from events.store.pg_arrays import Int64Array
from memory.models import SearchDocument
from memory.projection import statements
from memory.projection.bulk_insert import insert_rows
from memory.rules.search_documents import SearchDocument as DocumentRow

# Each word in the index starts with its user (`USER_PREFIX_CHARS`): a search reads only the words of its user.
# The trigger `memory_add_terms`, which serves the previous release, may have inserted the rows already.
_INSERT_TERMS_SQL = """
INSERT INTO memory_terms (document_id, user_id, seq, at_us, session_id, project_key, repo_key, terms)
SELECT id, user_id, seq, at_us, session_id, project_key, repo_key,
    array_to_tsvector(string_to_array(ltrim(replace(' ' || terms, ' ', ' ' || left(user_id::text, 8))), ' '))
FROM memory_searchdocument WHERE user_id = %s AND seq = ANY (%s)
ON CONFLICT DO NOTHING"""


def insert_documents(user_id: UUID, documents: Sequence[DocumentRow]) -> None:
    """Inserts new documents of a user. Call it within a transaction."""
    insert_rows(user_id, SearchDocument, documents)
    if documents and connection.vendor == "postgresql":
        statements.execute(_INSERT_TERMS_SQL, [user_id, Int64Array([document.seq for document in documents])])
