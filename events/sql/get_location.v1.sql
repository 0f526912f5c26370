-- Returns the id of a user's location, and creates it if it is missing. In most calls it is there: after a start, a web
-- process asks for the location of each user's first event.
-- Called by `events/store/locations.py`. The migration that names this file creates the function. To change it, copy
-- this file to the next version and read that one in a new migration.
CREATE FUNCTION events_get_location(
    the_user uuid, the_key bytea, the_project text, the_root text, the_repo text
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    found bigint;
    setting text;
BEGIN
    -- Whose row this is about, for row-level security.
    setting := set_config('memfog.users', the_user::text, true);
    SELECT id INTO found FROM events_location WHERE user_id = the_user AND key = the_key;
    IF found IS NULL THEN
        INSERT INTO events_location (user_id, key, project, root, repo)
            VALUES (the_user, the_key, the_project, the_root, the_repo) ON CONFLICT (user_id, key) DO NOTHING;
        SELECT id INTO found FROM events_location WHERE user_id = the_user AND key = the_key;
    END IF;
    RETURN found;
END
$$
