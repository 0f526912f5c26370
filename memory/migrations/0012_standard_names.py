"""Tables and columns get the names of the glossary; functions that name them are created again."""

from importlib import import_module

from django.db import migrations, models

from events.isolation.migration_operations import RunOnDatabase, rename_key_field

_search = import_module("memory.migrations.0010_search_behind_the_wall")
_statistics = import_module("memory.migrations.0011_table_statistics")

_TERMS = _search.TERMS.replace("|| words,", "|| terms,")
_ADD_TERMS = """
CREATE OR REPLACE FUNCTION memory_add_terms() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO memory_terms (document_id, {columns}, terms) SELECT id, {columns}, {terms} FROM added;
    RETURN NULL;
END $$
"""
ADD_TERMS = _ADD_TERMS.format(columns=_search.COLUMNS, terms=_TERMS)
PREVIOUS_ADD_TERMS = _ADD_TERMS.format(columns=_search.COLUMNS, terms=_search.TERMS)
PREVIOUS_COUNT_GROWN = _statistics.MAKE.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
_TABLES = {
    "events_place": "events_location",
    "memory_moment": "memory_sessionevent",
    "memory_document": "memory_searchdocument",
    "memory_usage": "memory_tokenusage",
    "memory_tally": "memory_halfhourcount",
}
COUNT_GROWN = PREVIOUS_COUNT_GROWN
for _old, _new in _TABLES.items():
    COUNT_GROWN = COUNT_GROWN.replace(_old, _new)
NEEDS_REBUILD_INDEX = models.Index("user", condition=models.Q(needs_rebuild=True), name="memory_session_torn")


class Migration(migrations.Migration):
    dependencies = [("memory", "0011_table_statistics"), ("events", "0008_standard_names")]
    operations = [
        migrations.RenameModel("Tally", "HalfHourCount"),
        migrations.RenameModel("Recount", "StaleDay"),
        migrations.RenameModel("Daily", "DailyTotal"),
        migrations.RenameModel("HalfHour", "HalfHourTotal"),
        migrations.RenameModel("Progress", "ProjectionState"),
        migrations.RenameModel("Moment", "SessionEvent"),
        migrations.RenameModel("Document", "SearchDocument"),
        migrations.RenameModel("Usage", "TokenUsage"),
        migrations.RenameModel("Helper", "LlmConfig"),
        migrations.RenameModel("Retelling", "LlmSummary"),
        migrations.RenameModel("Choice", "SessionPreference"),
        migrations.RenameModel("Mark", "Annotation"),
        migrations.RenameModel("Allowance", "ContextBudget"),
        migrations.RenameModel("Preference", "MemoryPreference"),
        migrations.RenameModel("Filter", "SavedFilter"),
        migrations.RenameField("halfhourcount", "lasted_us", "duration_us"),
        migrations.RenameField("dailytotal", "lasted_us", "duration_us"),
        migrations.RenameField("projectionstate", "version", "rules_version"),
        migrations.RenameField("projectionstate", "settled", "is_complete"),
        migrations.RenameField("projectionstate", "deleted", "has_unseen_deletions"),
        migrations.RenameField("projectionstate", "helped", "llm_enabled"),
        migrations.RenameField("projectionstate", "begun", "generation"),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "ALTER TABLE memory_session RENAME COLUMN torn TO needs_rebuild",
                    "ALTER TABLE memory_session RENAME COLUMN needs_rebuild TO torn",
                )
            ],
            state_operations=[
                migrations.RemoveIndex("session", "memory_session_torn"),
                migrations.RenameField("session", "torn", "needs_rebuild"),
                migrations.AddIndex("session", NEEDS_REBUILD_INDEX),
            ],
        ),
        migrations.RenameField("session", "doing", "current_tool"),
        migrations.RenameField("session", "doing_us", "current_tool_since_us"),
        migrations.RenameField("session", "carry", "fold_state"),
        migrations.RenameField("observation", "kept", "stored_text"),
        migrations.RenameField("observation", "begun", "start_seq"),
        migrations.RenameField("observation", "fixes", "fixes_seq"),
        migrations.RenameField("searchdocument", "words", "terms"),
        migrations.RenameField("llmconfig", "key", "encrypted_key"),
        migrations.RenameField("llmconfig", "cap_microdollars", "monthly_cap_microdollars"),
        migrations.RenameField("llmconfig", "since_us", "enabled_since_us"),
        migrations.RenameField("llmconfig", "on", "enabled"),
        migrations.RenameField("llmconfig", "trouble", "last_error"),
        migrations.RenameField("llmsummary", "asked_us", "requested_us"),
        migrations.RenameField("llmsummary", "tries", "attempts"),
        migrations.RenameField("llmsummary", "next_us", "next_attempt_us"),
        migrations.RenameField("llmsummary", "why", "failure_reason"),
        migrations.RenameField("annotation", "words", "replacement_text"),
        rename_key_field("contextbudget", "place_key", "location_key", table="memory_contextbudget"),
        migrations.RenameField("contextbudget", "place", "location"),
        migrations.RenameField("memorypreference", "skipped", "excluded_tools"),
        RunOnDatabase("postgresql", [ADD_TERMS, COUNT_GROWN], [PREVIOUS_ADD_TERMS, PREVIOUS_COUNT_GROWN]),
    ]
