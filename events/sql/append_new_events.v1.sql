-- Appends events that are probably all new, sorted by user: for each user, one statement moves the head and one inserts
-- all rows. There is nothing to plan: the rows come from the parameters, and no condition reads the log. Returns NULL if
-- all were new. If an id is known, `events_append` repeats the work row by row, and this returns its answer.
-- Called by `events/store/append_rows.py`. The migration that names this file creates the function. To change it, copy
-- this file to the next version and read that one in a new migration.
CREATE FUNCTION events_append_new(
    users uuid[], ids uuid[], locations bigint[], times bigint[], received bigint[], bodies bytea[]
) RETURNS integer[] LANGUAGE plpgsql AS $$
DECLARE
    total CONSTANT integer := cardinality(users);
    a integer := 1; z integer;  -- the first and the last row of the current user
    u uuid; i uuid;
    previous_head bigint;
    has_removed boolean;
    arrived bigint;
    setting text;
BEGIN
    WHILE a <= total LOOP
        u := users[a];
        z := CASE WHEN users[total] = u THEN total ELSE a END;
        WHILE z < total AND users[z + 1] = u LOOP
            z := z + 1;
        END LOOP;
        -- Whose rows this is about, for row-level security.
        setting := set_config('memfog.users', u::text, true);
        arrived := (extract(epoch FROM clock_timestamp()) * 1000000)::bigint;
        UPDATE events_stream SET head = head + (z - a + 1), behind_since_us = COALESCE(behind_since_us, arrived),
            queued_us = COALESCE(queued_us, arrived)
            WHERE user_id = u RETURNING head - (z - a + 1), has_removed_ids INTO previous_head, has_removed;
        IF NOT FOUND THEN
            RAISE unique_violation;  -- the first event of a user
        END IF;
        IF has_removed THEN
            FOREACH i IN ARRAY ids[a:z] LOOP
                IF EXISTS (
                    SELECT FROM events_removedids removed, generate_series(1, length(removed.ids), 16) start_at
                    WHERE removed.user_id = u
                        AND removed.prefix = get_byte(uuid_send(i), 0) * 256 + get_byte(uuid_send(i), 1)
                        AND substr(removed.ids, start_at, 16) = uuid_send(i)
                ) THEN
                    RAISE unique_violation;
                END IF;
            END LOOP;
        END IF;
        IF a = z THEN
            INSERT INTO events_event (user_id, seq, id, location_id, ts_us, received_us, body)
                VALUES (u, previous_head + 1, ids[a], locations[a], times[a], received[a], bodies[a]);
        ELSE
            INSERT INTO events_event (user_id, seq, id, location_id, ts_us, received_us, body)
                SELECT u, previous_head + x.n, x.id, x.p, x.t, x.r, x.b
                FROM unnest(ids[a:z], locations[a:z], times[a:z], received[a:z], bodies[a:z])
                    WITH ORDINALITY x (id, p, t, r, b, n);
        END IF;
        a := z + 1;
    END LOOP;
    RETURN NULL;
EXCEPTION WHEN unique_violation THEN
    RETURN events_append(users, ids, locations, times, received, bodies);
END
$$
