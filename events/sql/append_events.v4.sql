-- Appends events to the logs of their users: locks each stream, drops known ids, numbers the rest, inserts the rows,
-- moves the heads, and puts users with new events into the queue of the projection. Returns the positions (from 1) of the
-- rows that were new.
-- Called by `events/store/append_rows.py`. The migration that names this file creates the function. To change it, copy
-- this file to the next version and read that one in a new migration.
CREATE FUNCTION events_append(
    users uuid[], ids uuid[], locations bigint[], times bigint[], received bigint[], bodies bytea[]
) RETURNS integer[] LANGUAGE plpgsql AS $$
DECLARE
    accepted integer[] := '{}';
    current_user_id uuid;
    last bigint;
    has_removed boolean;
    arrived bigint;  -- NULL until an event of the current user is new
    n integer; u uuid; i uuid; p bigint; t bigint; r bigint; b bytea;
BEGIN
    -- In order of users, or writers of several users wait for each other in a circle.
    FOR u, i, p, t, r, b, n IN
        SELECT x.* FROM unnest(users, ids, locations, times, received, bodies) WITH ORDINALITY x (u, i, p, t, r, b, n)
        ORDER BY x.u, x.n
    LOOP
        IF current_user_id IS DISTINCT FROM u THEN
            UPDATE events_stream SET head = last, behind_since_us = COALESCE(behind_since_us, arrived),
                queued_us = COALESCE(queued_us, arrived) WHERE user_id = current_user_id;
            current_user_id := u;
            arrived := NULL;
            -- Whose rows this is about, for row-level security.
            PERFORM set_config('memfog.users', u::text, true);
            -- The lock is a statement of its own: the snapshot of the next one must not predate the wait.
            SELECT head, has_removed_ids INTO last, has_removed FROM events_stream WHERE user_id = u FOR UPDATE;
            IF NOT FOUND THEN
                INSERT INTO events_stream (user_id, head, has_removed_ids) VALUES (u, 0, false) ON CONFLICT DO NOTHING;
                SELECT head, has_removed_ids INTO last, has_removed FROM events_stream WHERE user_id = u FOR UPDATE;
            END IF;
        END IF;
        IF has_removed AND EXISTS (
            SELECT FROM events_removedids removed, generate_series(1, length(removed.ids), 16) start_at
            WHERE removed.user_id = u AND removed.prefix = get_byte(uuid_send(i), 0) * 256 + get_byte(uuid_send(i), 1)
                AND substr(removed.ids, start_at, 16) = uuid_send(i)
        ) THEN
            CONTINUE;
        END IF;
        INSERT INTO events_event (user_id, seq, id, location_id, ts_us, received_us, body)
            VALUES (u, last + 1, i, p, t, r, b) ON CONFLICT (user_id, id) DO NOTHING;
        -- A number goes only to what is new.
        IF FOUND THEN
            last := last + 1;
            arrived := COALESCE(arrived, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint);
            accepted := accepted || n;
        END IF;
    END LOOP;
    UPDATE events_stream SET head = last, behind_since_us = COALESCE(behind_since_us, arrived),
        queued_us = COALESCE(queued_us, arrived) WHERE user_id = current_user_id;
    RETURN accepted;
END
$$
