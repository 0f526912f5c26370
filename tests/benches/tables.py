"""The rows that each benchmark prints in its smoke size, with the number of figures in each row."""

from collections.abc import Mapping

from tests.memory.file_history.scenes import SCENES

_TRACED = {
    "frames a second": 1,
    "ms between frames, p95 and maximum": 2,
    "long tasks, the longest in ms": 2,
    "ms of a second, script": 1,
    "ms of a second, style": 1,
    "ms of a second, layout": 1,
    "ms of a second, all": 1,
    "rows and steps in the page": 1,
}
_SESSION_VIEWS = ("its end", "its heading", "conversation", "files", "find", "find words", "raw", "map")
_PAGES = (
    *("live", "live board", "live, of a kind", "live, of a time", "live, of a project", "pulse", "sessions"),
    *("sessions, by cost", "sessions, by -cost", "sessions, by state", "sessions, by text", "session", "huge session"),
    *(f"{session}, {view}" for session in ("session", "huge session") for view in _SESSION_VIEWS),
    *("search", "search, two words", "search, newest", "search, a path", "files", "files, of a project", "file"),
    *("commits", "commits, of a project", "commit", "insights", "insights, a year", "insights, of a project", "memory"),
    *("machines", "notifications", "settings", "retention", "prices", "palette", "palette, with words"),
    *("/api/context", "/api/search", "/api/files", "/api/files/history", "/api/commits", "/api/sessions"),
    *("a row of the feed", "a step of a session", "an open session, first load"),
)
_MEMORY = (
    *("projector, events/s", "projector, µs of processor an event", "the database for it, µs of processor"),
    *("context, p95 ms", "search for two words, p95 ms", "search for a common word, p95 ms"),
    *("timeline of a long session, p95 ms", "sessions, p95 ms"),
    *("search for two words / its bare statement", "context / its bare statement"),
)
_BACKLOG = {
    "users left behind, seconds": 2,
    "events/s, users/s": 2,
    "share of a core for each worker, its database": 2,
    "µs of processor an event, worker, database": 2,
}
_LOAD = {
    **{f"{name}, ms, p50, p95, p99": 3 for name in ("ingest", "pages", "streams")},
    "refused or lost": 1,
    "derivation lag, s, p50, p95, maximum": 3,
    "connections to the database": 1,
    **{f"MB, {name}": 1 for name in ("web", "worker", "beat")},
    "µs of processor an event, web, worker, database": 3,
    "bytes on disk an event": 1,
    **{
        f"{users} users: {what}": figures
        for users in ("10,000", "100,000")
        for what, figures in (("cores of web, worker, database", 3), ("connections, GB on disk a day", 2))
    },
}
_COMMITS = (
    *("files", "files, of a project", "files, of a path", "file", "commits", "commits, of a project"),
    *("commits, of a branch", "commit"),
)
_LINES = (*("lines of edited files, of an edit, %", "of an edit: traced, %", "traced: certain, %", "traced: false, %"),)
_RECALL = (
    *("files", "commands", "noise", "tokens", "outcome in the first ten lines", "next step in the first ten lines"),
    *("corrections and standing instructions", "tokens to the first useful line"),
    *("prompts with a hint, without a context", "prompts with a hint, beside the context"),
    "tokens of a hint, without a context",
)
_HOOKS = (
    *("node -e 0", "sh -c true"),
    *(
        f"{form}, {size}, {shipper}"
        for form in ("sh", "node")
        for size in ("2 KB", "500 KB")
        for shipper in ("shipper lives", "starts a shipper")
    ),
    *("sh, a session begins", "node, a session begins"),
    *("sh, a prompt gets a hint", "node, a prompt gets a hint"),
)

TABLES: Mapping[str, Mapping[str, int]] = {
    "arrival": {"hook starts → on the stream, ms: median, p95, maximum": 3},
    "backup": {
        "size of the dump, MB": 1,
        **{
            f"{name}, {what}": 1
            for name in ("pg_dump | zstd | age", "pg_dump | zstd -1 | age", "backup_now")
            for what in ("seconds", "processor_seconds", "megabytes")
        },
        "throughput, backup_now / zstd": 1,
        "throughput, backup_now / zstd -1": 1,
        "memory of backup_now, MB": 1,
    },
    "context": {
        "contexts": 1,
        **{f"{name}: mean, contexts": 2 for name in _RECALL},
        "ms until the answer: median, p95": 2,
    },
    "fleet": {
        **{f"backlog, {workers}: {what}": n for workers in ("1 worker", "2 workers") for what, n in _BACKLOG.items()},
        **{f"{web}: {what}": n for web in ("1 web process", "2 web processes") for what, n in _LOAD.items()},
    },
    "growth": {
        "1 at once, µs an event: in an empty log, in 2,000": 3,
        "500 at once, µs an event: in an empty log, in 2,000": 3,
    },
    # Milliseconds (median, p95, p99), ratios (median, p95).
    "hook": dict.fromkeys(_HOOKS, 5),
    "hostile": {
        "the long session": 3,
        "reminders": 3,
        "a megabyte of reminders": 3,
        "the slowest of all, ms and processor": 2,
        "the most memory of all, MB": 1,
        **dict.fromkeys(("feed", "session", "search", "five events to /ingest", "/healthz"), 4),
    },
    "ingest": {
        "postgresql, per second": 1,
        "pgbench, per second": 1,
        "postgresql, a process for each core, per second": 1,
        "bun, per second": 1,
        "sqlite, per second": 1,
        "/ingest, per second": 1,
        "/sync/push, per second": 1,
        "COPY, per second": 1,
        "p99 lone, ms": 1,
        "p99 pgbench -c1, ms": 1,
        "web process, MB: idle, under load": 2,
        "single events, PostgreSQL / Bun": 1,
        "single events, PostgreSQL / pgbench": 1,
        "single events of 32 users, PostgreSQL / pgbench": 1,
        "a process for each core, PostgreSQL / pgbench": 1,
        "single events, SQLite / Bun": 1,
        "batches of 500, /ingest / COPY": 1,
        "batches of 500, /sync/push / COPY": 1,
        "p99 of a lone event / pgbench -c1": 1,
    },
    "laptop": {
        "bytes of an event on the wire": 1,
        "the file": 2,
        "events_event": 2,
        "memory_searchdocument": 2,
        "memory_words (search)": 2,
        "memory_observation": 2,
        "resident MB: with an empty log, with 1,000 events": 2,
        "idle processor, %: with an empty log, with 1,000 events": 2,
        "estimated MB, MB of the file": 2,
        "events deleted per second": 1,
        "ms per step: median, p99, maximum": 3,
        "MB of the file afterwards, MB freed": 2,
        "bytes that the id of each event still takes": 1,
    },
    "notify": {
        "permission asked → push, without a worker, ms: median, p95, maximum": 3,
        "permission asked → push, with a worker, ms: median, p95, maximum": 3,
    },
    "live": {
        "8 streams, 40 events/s: events arrived, on a wrong stream": 2,
        "sent → on its stream, ms, p50": 1,
        "sent → on its stream, ms, p95": 1,
        "sent → on its stream, ms, p99": 1,
        "16 streams: KB of memory each": 1,
        "16 idle streams: processor, %": 1,
        "sent → on all 4 streams of a user, ms, p95": 1,
    },
    "memory": dict.fromkeys(_MEMORY, 3),
    "commits": dict.fromkeys(_COMMITS, 6),
    "traced": dict.fromkeys(_LINES, 2),
    # Median, p95, processor time of the page and of the database, goal, KB.
    **dict.fromkeys(("laptop_pages", "pages"), dict.fromkeys(_PAGES, 6)),
    # Milliseconds before and after, milliseconds of processor time, ratio.
    "search": {
        **dict.fromkeys(("recall@10, tuned", "recall@10, held_out"), 4),
        **dict.fromkeys(("a synonym", "a sentence", "a path", "a wrong letter", "a word that nothing has"), 2),
        "a wrong letter of a common word": 2,
        **dict.fromkeys(("two words", "common + rare", "one common word", "a filter and a word"), 5),
        "MB on disk": 2,
    },
    "session": {
        "no hooks": 1,
        "one node -e 0": 1,
        "two of sh -c true": 1,
        "our twelve": 1,
        "our twelve / no hooks": 1,
        "one node -e 0 / no hooks": 1,
        "two of sh -c true / no hooks": 1,
    },
    "sync": {
        "500 events of 1,759 bytes, a second up": 1,
        "and down": 1,
        "peak memory of a sync, MB": 1,
        "events": 1,
    },
    "trace": {
        **{
            f"{page}, {doing}: {what}": count
            for page in ("empty", "feed", "session")
            for doing in ("still", "scrolling")
            for what, count in _TRACED.items()
        },
        # A page may hold back new rows while its user has scrolled down.
        **{f"{page}, still: sent → in the page, ms, median and p95": 2 for page in ("empty", "feed", "session")},
    },
    "usage": {
        "tokens, Memfog and ccusage": 2,
        "US dollars, Memfog and ccusage": 2,
        "days by model": 1,
        "with equal tokens": 1,
        "with equal tokens and prices": 1,
        "and with equal cost, to the cent": 1,
        "tokens that no rule explains": 1,
    },
    "why": {f"{scene.replace('_', '-')}: lines, traced %, false %": 3 for scene in SCENES},
}

# Figures that may be zero for one or two events: a figure has two decimals, and the clock counts ten milliseconds.
MAY_BE_NOTHING = (
    *("KB of memory each", "processor, %", "idle processor, %: with an empty log, with 1,000 events"),
    *("long tasks, the longest in ms", "rows and steps in the page", "ms of a second, script"),
    *("ms of a second, style", "ms of a second, layout", "the database for it, µs of processor"),
    "the most memory of all, MB",
    *("users left behind, seconds", "refused or lost", "derivation lag, s, p50, p95, maximum"),
    *("share of a core for each worker, its database", "bytes on disk an event", "connections, GB on disk a day"),
    "µs of processor an event, worker, database",
    *("zstd | age, processor", "zstd -1 | age, processor"),
    *("noise: mean, contexts", "beside the context: mean, contexts"),
    # The recorded transcripts name a model for which ccusage has no price.
    *("with equal tokens and prices", "and with equal cost, to the cent", "tokens that no rule explains"),
)
