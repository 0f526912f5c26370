"""Runs ccusage on a scratch home, offline, and asks it for its prices per unit."""

import json
import os
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from script.benchmarks.shared.usage_cells import FAST, Amounts, Cell, empty_cells
from script.benchmarks.shared.usage_report import UNITS

PACKAGE = "ccusage@20.0.24"
PROBE_TOKENS = 100_000  # below the tiers of any model
_PROBES: tuple[dict[str, Any], ...] = (
    {"input_tokens": PROBE_TOKENS},
    {"output_tokens": PROBE_TOKENS},
    {"cache_creation_input_tokens": PROBE_TOKENS},
    {"cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": PROBE_TOKENS}},
    {"cache_read_input_tokens": PROBE_TOKENS},
)


def install_ccusage(folder: Path) -> Path:
    """Installs the package by npm; returns the program."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "package.json").write_text("{}")
    subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund", PACKAGE], cwd=folder, check=True)
    return folder / "node_modules/.bin/ccusage"


def run_ccusage(program: Path, home: Path) -> dict[Cell, Amounts]:
    """Tokens and cost by day (UTC) and model, computed by its own prices."""
    command = [
        str(program),
        "claude",
        "daily",
        "--offline",
        "--json",
        "--breakdown",
        "-z",
        "UTC",
        "--mode",
        "calculate",
    ]
    environment = {**os.environ, "HOME": str(home), "LOG_LEVEL": "0"}
    for name in ("CLAUDE_CONFIG_DIR", "XDG_CONFIG_HOME", "CCUSAGE_CLAUDE_EXTRA_DIRS", "CCUSAGE_MODEL_ALIASES"):
        environment.pop(name, None)
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    cells = empty_cells()
    for day in json.loads(done.stdout)["daily"] if done.stdout.strip() else []:
        for model in day["modelBreakdowns"]:
            names = ("inputTokens", "outputTokens", "cacheCreationTokens", "cacheReadTokens")
            amounts = cells[Cell(day["date"], model["modelName"])]
            amounts.add([model[name] for name in names], model["cost"], has_price=not model.get("missingPricing"))
    return cells


def probe_prices(program: Path, home: Path, models: Iterable[str]) -> dict[str, tuple[float, ...] | None]:
    """US dollars per million tokens by `UNITS`; None for a model without a price. Each unit is asked on its own day."""
    folder = home / ".claude/projects/-probe"
    folder.mkdir(parents=True)
    names = list(models)
    lines = [_line(model, day, usage) for model in names for day, usage in enumerate(_PROBES, start=1)]
    (folder / "probe.jsonl").write_text("".join(lines))
    cells = run_ccusage(program, home)
    by_model = {name: [cells.get(Cell(f"2026-11-0{day + 1}", name)) for day in range(len(UNITS))] for name in names}
    return {
        name: tuple(round(one.dollars * 1e6 / PROBE_TOKENS, 9) for one in found if one)
        if all(one and one.has_price for one in found)
        else None
        for name, found in by_model.items()
    }


def _line(model: str, day: int, usage: dict[str, Any]) -> str:
    counts = {"input_tokens": 0, "output_tokens": 0, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0}
    speed = {"speed": "fast"} if model.endswith(FAST) else {}
    message = {"id": f"msg_{model}_{day}", "model": model.removesuffix(FAST), "usage": counts | usage | speed}
    line = {"type": "assistant", "timestamp": f"2026-11-0{day}T12:00:00.000Z", "sessionId": "probe", "message": message}
    return json.dumps(line, separators=(",", ":")) + "\n"
