"""On PostgreSQL documents stand behind row-level security, and so do the words by which they are found.

A condition of a query is not asked of an index before the policy, unless it leaks nothing, which PostgreSQL does not
believe of `@@`. So the words stand in a table of their own, whose policy holds the question, too: it is as old as the
name of the user, and the index answers it. See `memory.search.document_index` and docs/decisions/search.md.
"""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

OWN = "user_id = ANY (string_to_array(NULLIF(current_setting('memfog.users', true), ''), ',')::uuid[])"
SOUGHT = "terms @@ NULLIF(current_setting('memfog.sought', true), '')::tsquery"
# Each word begins with its user: a question goes to the words of whoever asks, and to no others.
TERMS = "array_to_tsvector(string_to_array(ltrim(replace(' ' || words, ' ', ' ' || left(user_id::text, 8))), ' '))"
COLUMNS = "user_id, seq, at_us, session_id, project_key, repo_key"

RAISE = f"""
CREATE TABLE memory_terms (
    document_id bigint PRIMARY KEY,
    user_id uuid NOT NULL,
    seq bigint NOT NULL,
    at_us bigint NOT NULL,
    session_id varchar(128) NOT NULL,
    project_key bigint NOT NULL,
    repo_key bigint NOT NULL,
    terms tsvector NOT NULL
);
INSERT INTO memory_terms (document_id, {COLUMNS}, terms) SELECT id, {COLUMNS}, {TERMS} FROM memory_document;
CREATE INDEX memory_terms_sought ON memory_terms USING gin (terms);
DROP INDEX memory_document_words;

CREATE FUNCTION memory_add_terms() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO memory_terms (document_id, {COLUMNS}, terms) SELECT id, {COLUMNS}, {TERMS} FROM added;
    RETURN NULL;
END $$;
CREATE TRIGGER memory_add_terms AFTER INSERT ON memory_document
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION memory_add_terms();

-- A deletion sees what is sought: here all, since every word begins with its user.
CREATE FUNCTION memory_drop_terms() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before text := current_setting('memfog.sought', true);
BEGIN
    PERFORM set_config('memfog.sought', '!none', true);
    DELETE FROM memory_terms WHERE document_id = ANY (ARRAY (SELECT id FROM dropped));
    PERFORM set_config('memfog.sought', before, true);
    RETURN NULL;
END $$;
CREATE TRIGGER memory_drop_terms AFTER DELETE ON memory_document
    REFERENCING OLD TABLE AS dropped FOR EACH STATEMENT EXECUTE FUNCTION memory_drop_terms();

ALTER TABLE memory_document ENABLE ROW LEVEL SECURITY;
ALTER TABLE memory_document FORCE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON memory_document USING ({OWN});
ALTER TABLE memory_terms ENABLE ROW LEVEL SECURITY;
ALTER TABLE memory_terms FORCE ROW LEVEL SECURITY;
CREATE POLICY own_rows_sought ON memory_terms FOR SELECT USING ({OWN} AND {SOUGHT});
CREATE POLICY own_rows_added ON memory_terms FOR INSERT WITH CHECK ({OWN});
CREATE POLICY own_rows_dropped ON memory_terms FOR DELETE USING ({OWN})
"""
LOWER = f"""
DROP TRIGGER memory_add_terms ON memory_document;
DROP TRIGGER memory_drop_terms ON memory_document;
DROP FUNCTION memory_add_terms();
DROP FUNCTION memory_drop_terms();
DROP TABLE memory_terms;
DROP POLICY own_rows ON memory_document;
ALTER TABLE memory_document NO FORCE ROW LEVEL SECURITY;
ALTER TABLE memory_document DISABLE ROW LEVEL SECURITY;
CREATE INDEX memory_document_words ON memory_document USING gin (({TERMS}))
"""


def raise_wall(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(RAISE)


def lower_wall(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(LOWER)


class Migration(migrations.Migration):
    dependencies = [("memory", "0009_filters")]
    operations = [migrations.RunPython(raise_wall, lower_wall)]
