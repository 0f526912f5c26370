"""`script/bench laptop_pages [EVENTS]`: the benchmark `pages` on SQLite, as on a laptop."""

from script.benchmarks.pages import FULL, SMOKE, Size, main

__all__ = ["FULL", "SMOKE", "Size", "main"]
