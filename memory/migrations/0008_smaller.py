"""What is derived takes less room, above all on SQLite: fewer indexes and columns, and there packed names and texts.

What is derived is made anew from the log (`memory.projection.projector.VERSION`), so that its tables begin empty; what people
chose stays, with its sessions named as SQLite now keeps them.
"""

import re
from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from memory.values.compressed_fields import SessionIdField, CompressedTextField

# In the index each word begins with its user: a question goes to the words of whoever asks, and to no others.
# `plain_text` is a function of this server's backend, `memfog.sqlite_backend`.
_WORDS = "replace(' ' || plain_text({row}.words), ' ', ' ' || substr(lower(hex({row}.user_id)), 1, 8))"
INDEX = {
    "postgresql": [
        """
CREATE INDEX memory_document_words ON memory_document USING gin (
    array_to_tsvector(string_to_array(ltrim(replace(' ' || words, ' ', ' ' || left(user_id::text, 8))), ' '))
)
"""
    ],
    "sqlite": [
        "CREATE VIRTUAL TABLE memory_words USING fts5("
        "words, content='', tokenize=\"unicode61 remove_diacritics 0 tokenchars '_.:=/-|'\", detail=none)",
        "CREATE TRIGGER memory_words_add AFTER INSERT ON memory_document BEGIN INSERT INTO memory_words (rowid, words) "
        f"VALUES (new.id, {_WORDS.format(row='new')}); END",
        "CREATE TRIGGER memory_words_drop AFTER DELETE ON memory_document BEGIN INSERT INTO memory_words "
        f"(memory_words, rowid, words) VALUES ('delete', old.id, {_WORDS.format(row='old')}); END",
    ],
}
RAISE = """
ALTER TABLE memory_moment ENABLE ROW LEVEL SECURITY;
ALTER TABLE memory_moment FORCE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON memory_moment USING (
    user_id = ANY (string_to_array(NULLIF(current_setting('memfog.users', true), ''), ',')::uuid[])
)
"""
DERIVED = ("session", "prompt", "observation", "summary", "usage", "tally", "recount", "daily", "halfhour")


def begin_anew(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """On SQLite; PostgreSQL's rows stay until the first reader makes them anew."""
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TABLE memory_words")
        for name in DERIVED:
            schema_editor.execute(f"DELETE FROM memory_{name}")


def make_index(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for statement in INDEX[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


def raise_wall(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(RAISE)


def rename_sessions(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Where people chose something of them: `SessionName`, frozen as it was when this was written."""
    if schema_editor.connection.vendor == "sqlite":
        with schema_editor.connection.cursor() as cursor:
            schema_editor.connection.connection.create_function("short_name", 1, _short, deterministic=True)
            for table in ("memory_choice", "memory_retelling"):
                cursor.execute(f"UPDATE {table} SET session_id = short_name(session_id)")


def _short(name: Any) -> Any:
    if isinstance(name, str) and re.fullmatch(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", name):
        return bytes.fromhex(name.replace("-", ""))
    return name


def altered(field: models.Field, **columns: tuple[str, ...]) -> migrations.SeparateDatabaseAndState:
    """Both databases have the right columns already: what changes is how their values are written."""
    return migrations.SeparateDatabaseAndState(
        state_operations=[
            migrations.AlterField(model, name, field) for model, names in columns.items() for name in names
        ]
    )


def of_user() -> models.ForeignKey:
    options = {"db_constraint": False, "db_index": False, "on_delete": django.db.models.deletion.CASCADE}
    return models.ForeignKey(**options, related_name="+", to=settings.AUTH_USER_MODEL)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_uuids_as_bytes"), ("events", "0007_number_before"), ("memory", "0007_insights")]
    operations = [
        migrations.RunPython(begin_anew),
        migrations.DeleteModel("Document"),
        migrations.DeleteModel("Moment"),
        migrations.CreateModel(
            "Moment",
            fields=[
                ("pk", models.CompositePrimaryKey("user", "seq", blank=True, editable=False, primary_key=True, serialize=False)),
                ("user", of_user()),
                ("seq", models.BigIntegerField()),
                ("session_id", SessionIdField(max_length=128)),
                ("at_us", models.BigIntegerField()),
            ],
            options={"indexes": [models.Index("user", "session_id", "at_us", "seq", name="memory_moment_in_order")]},
        ),
        migrations.CreateModel(
            "Document",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("seq", models.BigIntegerField()),
                ("session_id", SessionIdField(max_length=128)),
                ("at_us", models.BigIntegerField()),
                ("type", models.CharField(max_length=16)),
                ("project_key", models.BigIntegerField()),
                ("repo_key", models.BigIntegerField()),
                ("words", CompressedTextField()),
                ("user", of_user()),
            ],
            options={
                "indexes": [
                    models.Index("user", "project_key", "at_us", "seq", name="memory_document_of_project"),
                    models.Index("user", "repo_key", "at_us", "seq", name="memory_document_of_repo"),
                ],
                "constraints": [models.UniqueConstraint("user", "seq", name="memory_document_once")],
            },
        ),
        migrations.RemoveField("observation", "text"),
        migrations.AddField("observation", "kept", CompressedTextField(default=""), preserve_default=False),
        migrations.RunPython(make_index),
        migrations.RunPython(raise_wall),
        altered(SessionIdField(max_length=128), choice=("session_id",), observation=("session_id",), prompt=("session_id",), retelling=("session_id",), session=("session_id",), summary=("session_id",), tally=("session_id",), usage=("session_id",)),
        altered(CompressedTextField(), prompt=('text',), summary=('closing', 'completed', 'investigated', 'learned', 'next_steps', 'notes', 'request')),
        migrations.RunPython(rename_sessions),
    ]
