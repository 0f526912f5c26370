"""Drops the trigger that wrote the words of documents for the release before the previous one.

Both this release and the previous one write the words themselves, so the trigger only did the work twice.
"""

from importlib import import_module

from django.db import migrations

from events.isolation.migration_operations import RunOnDatabase

ADD_TERMS = import_module("memory.migrations.0013_user_first_keys").ADD_TERMS
DROP = """
DROP TRIGGER IF EXISTS memory_add_terms ON memory_searchdocument;
DROP FUNCTION IF EXISTS memory_add_terms()
"""
CREATE = f"""
{ADD_TERMS};
CREATE TRIGGER memory_add_terms AFTER INSERT ON memory_searchdocument
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION memory_add_terms()
"""


class Migration(migrations.Migration):
    dependencies = [("memory", "0027_usage_by_message")]
    operations = [RunOnDatabase("postgresql", [DROP], [CREATE])]
