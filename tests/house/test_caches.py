"""A cache with captured values as keys has a small bound, because caches live as long as the process."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
ROOMS = ("memfog", "accounts", "events", "memory", "sync", "backups", "dashboard")
# Cache without a bound → the range of its keys.
UNBOUNDED = {
    "dashboard/demo/demo_events.py: _load_entries": "no argument",
    "dashboard/render/markdown_html.py: _build_parser": "no argument",
    "dashboard/session/session_export.py: _load_styles": "no argument",
    "events/store/event_compression.py: _load_dictionary": "the dictionaries in the folder",
    "memfog/monitoring/schema_check.py: _list_known_columns": "no argument",
    "memfog/monitoring/error_reports.py: _client": "no argument",
    "memfog/openapi/__init__.py: build_document": "no argument",
    "memfog/reference/__init__.py: _build_sections": "no argument",
    "memfog/reference/__init__.py: _build_schema_tables": "no argument",
    "memfog/tracing.py: _exporter": "no argument",
    "memory/notifications/notice_worker.py: _threads": "no argument",
    "memory/notifications/web_push.py: _signing_key": "the secret of the settings",
    "memory/projection/bulk_insert.py: _document_query": "no argument",
    "memory/projection/bulk_insert.py: _insert_fields": "models",
    "memory/projection/bulk_insert.py: _insert_query": "models",
    "memory/projection/bulk_insert.py: _row_getter": "models",
    "memory/projection/bulk_insert.py: make_insert_query": "models",
    "memory/projection/user_queue/projection_requests.py: _connect": "the address of the broker",
    "memory/projection/user_queue/worker_wake.py: _connect": "the address of the broker",
    "memory/values/model_prices.py: table_version": "no argument",
    "memory/values/price_catalog.py: _module": "modules of genai-prices",
}
LARGEST = 20_000  # entries of a bounded cache


def caches() -> Iterator[tuple[str, int | None]]:
    """Yields each cached function with its bound; None means unbounded."""
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.FunctionDef):
                    for decorator in node.decorator_list:
                        name, bound = _cache(decorator)
                        if name in ("cache", "lru_cache"):
                            yield f"{path.relative_to(ROOT).as_posix()}: {node.name}", bound


def _cache(decorator: ast.expr) -> tuple[str, int | None]:
    if isinstance(decorator, ast.Call) and _cache(decorator.func)[0] == "lru_cache":
        given = [*decorator.args, *(word.value for word in decorator.keywords if word.arg == "maxsize")]
        bound = ast.literal_eval(given[0]) if given else 128
        return "lru_cache", bound
    name = decorator.attr if isinstance(decorator, ast.Attribute) else getattr(decorator, "id", "")
    return name, 128 if name == "lru_cache" else None


def test_every_cache_without_a_bound_is_listed_with_its_keys() -> None:
    assert {name for name, bound in caches() if bound is None} <= set(UNBOUNDED)


def test_every_other_cache_is_small() -> None:
    assert [name for name, bound in caches() if bound is not None and not 0 < bound <= LARGEST] == []
