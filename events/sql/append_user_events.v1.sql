-- `events_append_new` for one user. Where tables are distributed over several machines, the call runs on the machine of
-- that user (docs/scale.md), so a commit of several users is one call for each.
-- Called by `events/store/append_rows.py`. The migration that names this file creates the function. To change it, copy
-- this file to the next version and read that one in a new migration.
CREATE FUNCTION events_append_user(
    owner uuid, ids uuid[], locations bigint[], times bigint[], received bigint[], bodies bytea[]
) RETURNS integer[] LANGUAGE sql AS $$
SELECT events_append_new(array_fill(owner, ARRAY[cardinality(ids)]), ids, locations, times, received, bodies)
$$
