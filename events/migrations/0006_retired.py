"""What retention took is a duplicate, also on PostgreSQL; a wall before it; and on SQLite a map of the file's pages.

With that map free pages can be cut off the file a few at a time. A database that has none is rewritten once, which takes
as much room again for a moment; where there is not so much, it stays as it is and writes on its free pages.
"""

import contextlib

from django.db import OperationalError, migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

# As in 0002, but that ids which retention took are known as well.
APPEND = """
CREATE OR REPLACE FUNCTION events_append(
    users uuid[], ids uuid[], places bigint[], times bigint[], received bigint[], bodies bytea[]
) RETURNS integer[] LANGUAGE plpgsql AS $$
DECLARE
    fresh integer[] := '{}';
    whose uuid;
    last bigint;
    looks boolean;
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
            SELECT head, retired INTO last, looks FROM events_stream WHERE user_id = u FOR UPDATE;
            IF NOT FOUND THEN
                INSERT INTO events_stream (user_id, head, retired) VALUES (u, 0, false) ON CONFLICT DO NOTHING;
                SELECT head, retired INTO last, looks FROM events_stream WHERE user_id = u FOR UPDATE;
            END IF;
        END IF;
        IF looks AND EXISTS (
            SELECT FROM events_retired s, generate_series(1, length(s.ids), 16) place
            WHERE s.user_id = u AND s.shelf = get_byte(uuid_send(i), 0) * 256 + get_byte(uuid_send(i), 1)
                AND substr(s.ids, place, 16) = uuid_send(i)
        ) THEN
            CONTINUE;
        END IF;
        INSERT INTO events_event (user_id, seq, id, place_id, ts_us, received_us, body)
            VALUES (u, last + 1, i, p, t, r, b) ON CONFLICT (user_id, id) DO NOTHING;
        -- A number goes only to what is new.
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
RAISE = """
ALTER TABLE events_retired ENABLE ROW LEVEL SECURITY;
ALTER TABLE events_retired FORCE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON events_retired USING (
    user_id = ANY (string_to_array(NULLIF(current_setting('memfog.users', true), ''), ',')::uuid[])
)
"""


def prepare(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(APPEND)
        schema_editor.execute(RAISE)
        return
    with contextlib.suppress(OperationalError):
        schema_editor.execute("PRAGMA auto_vacuum = INCREMENTAL")
        schema_editor.execute("VACUUM")


class Migration(migrations.Migration):
    # SQLite rewrites itself outside of transactions only.
    atomic = False
    dependencies = [("events", "0005_retention")]
    operations = [migrations.RunPython(prepare, migrations.RunPython.noop)]
