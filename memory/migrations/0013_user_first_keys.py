"""On PostgreSQL each key starts with the user, so that the tables can be distributed over several machines by user.

In the two tables of search the user comes last: to the planner, an index of the user would look faster than others.

The words of a document are deleted with it by a foreign key instead of a trigger, since a distributed table has no
triggers. `memory_add_terms` stays until the release after this one, whose predecessor does not write the words itself.
"""

from importlib import import_module

from django.db import migrations

from events.isolation.migration_operations import RunOnDatabase, replace_primary_key

_names = import_module("memory.migrations.0012_standard_names")

ADD_TERMS = _names.ADD_TERMS.replace("FROM added;", "FROM added ON CONFLICT DO NOTHING;")
DROP_TERMS = """
DROP TRIGGER memory_drop_terms ON memory_searchdocument;
DROP FUNCTION memory_drop_terms();
ALTER TABLE memory_terms ADD CONSTRAINT memory_terms_of_document FOREIGN KEY (user_id, document_id)
    REFERENCES memory_searchdocument (user_id, id) ON DELETE CASCADE NOT VALID;
ALTER TABLE memory_terms VALIDATE CONSTRAINT memory_terms_of_document
"""
PREVIOUS_DROP_TERMS = """
ALTER TABLE memory_terms DROP CONSTRAINT memory_terms_of_document;
CREATE FUNCTION memory_drop_terms() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before text := current_setting('memfog.sought', true);
BEGIN
    PERFORM set_config('memfog.sought', '!none', true);
    DELETE FROM memory_terms WHERE document_id = ANY (ARRAY (SELECT id FROM dropped));
    PERFORM set_config('memfog.sought', before, true);
    RETURN NULL;
END $$;
CREATE TRIGGER memory_drop_terms AFTER DELETE ON memory_searchdocument
    REFERENCING OLD TABLE AS dropped FOR EACH STATEMENT EXECUTE FUNCTION memory_drop_terms()
"""


class Migration(migrations.Migration):
    atomic = False  # an index is built while the table is written

    dependencies = [("memory", "0012_standard_names")]
    operations = [
        replace_primary_key("memory_dailytotal", "memory_daily_pkey", old="id", new="user_id, id"),
        replace_primary_key("memory_halfhourtotal", "memory_halfhour_pkey", old="id", new="user_id, id"),
        replace_primary_key("memory_searchdocument", "memory_document_pkey", old="id", new="id, user_id"),
        replace_primary_key("memory_terms", "memory_terms_pkey", old="document_id", new="document_id, user_id"),
        RunOnDatabase("postgresql", [ADD_TERMS], [_names.ADD_TERMS]),
        RunOnDatabase("postgresql", [DROP_TERMS], [PREVIOUS_DROP_TERMS]),
    ]
