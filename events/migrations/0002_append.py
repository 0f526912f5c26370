"""`events_append` for PostgreSQL: the steps of `log.append` in one round trip."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

# Row by row, with no choice left to the planner: the steps as one statement over all rows were up to forty times slower
# while the tables' statistics were old, whether their plan was kept or made anew (docs/decisions/front-door.md).
APPEND = """
CREATE FUNCTION events_append(
    users uuid[], ids uuid[], places bigint[], times bigint[], received bigint[], bodies bytea[]
) RETURNS integer[] LANGUAGE plpgsql AS $$
DECLARE
    fresh integer[] := '{}';
    whose uuid;
    last bigint;
    n integer; u uuid; i uuid; p bigint; t bigint; r bigint; b bytea;
BEGIN
    -- In order of users, or writers of several users wait for each other in a circle.
    FOR u, i, p, t, r, b, n IN
        SELECT x.* FROM unnest(users, ids, places, times, received, bodies) WITH ORDINALITY x (u, i, p, t, r, b, n)
        ORDER BY x.u, x.n
    LOOP
        IF whose IS DISTINCT FROM u THEN
            UPDATE events_stream SET head = last WHERE user_id = whose;
            whose := u;
            -- Whose rows this is about, for row-level security.
            PERFORM set_config('memfog.users', u::text, true);
            -- The lock is a statement of its own: the snapshot of the next one must not predate the wait.
            SELECT head INTO last FROM events_stream WHERE user_id = u FOR UPDATE;
            IF NOT FOUND THEN
                INSERT INTO events_stream (user_id, head) VALUES (u, 0) ON CONFLICT DO NOTHING;
                SELECT head INTO last FROM events_stream WHERE user_id = u FOR UPDATE;
            END IF;
        END IF;
        INSERT INTO events_event (user_id, seq, id, place_id, ts_us, received_us, body)
            VALUES (u, last + 1, i, p, t, r, b) ON CONFLICT (user_id, id) DO NOTHING;
        -- A number goes only to what is new, so that there are no gaps.
        IF FOUND THEN
            last := last + 1;
            fresh := fresh || n;
        END IF;
    END LOOP;
    UPDATE events_stream SET head = last WHERE user_id = whose;
    RETURN fresh;
END
$$
"""


def create(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(APPEND)


def drop(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP FUNCTION events_append")


class Migration(migrations.Migration):
    dependencies = [("events", "0001_initial")]
    operations = [migrations.RunPython(create, drop)]
