"""What Memfog counts of transcripts: events of the client, read by the rules of the server, priced by its table."""

import json
import subprocess
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from events.wire.hook_event import HookEvent
from memory.rules import token_usage
from memory.rules.token_usage import MessageUsage
from memory.values import model_prices
from memory.values.price_table import NO_OWN_PRICES
from memory.values.unit_prices import PriceTiers
from script.benchmarks.shared.usage_cells import FAST, Amounts, Cell, empty_cells

CLIENT = Path(__file__).parents[3] / "client/bench/usage.js"
FAR_FUTURE_US = 4_000_000_000_000_000
TODAY_US = time.time_ns() // 1_000


@dataclass(frozen=True)
class OwnAnswer:
    """An answer as Memfog counts it; `message_id` is the host's, None if it gave none."""

    message_id: str | None
    usage: MessageUsage

    @property
    def cell(self) -> Cell:
        """The day in UTC, and the model as ccusage names it."""
        day = datetime.fromtimestamp(self.usage.at_us / 1e6, UTC).strftime("%Y-%m-%d")
        return Cell(day, self.usage.model + (FAST if self.usage.speed == "fast" else ""))

    @property
    def tokens(self) -> tuple[int, ...]:
        usage = self.usage
        written, read = usage.cache_creation_input_tokens, usage.cache_read_input_tokens
        return usage.input_tokens, usage.output_tokens, written, read


def read_own_answers(config: Path) -> list[OwnAnswer]:
    """Reads the transcripts of a configuration folder. An event that the log has already adds nothing."""
    answers: dict[tuple[str, str], OwnAnswer] = {}
    known_ids: set[str] = set()
    for event in _iter_events(config):
        if event["id"] in known_ids:
            continue
        known_ids.add(event["id"])
        usage = token_usage.parse_usage(_parse(event))
        if usage:
            key = usage.session_id, usage.message_id
            merged = token_usage.merge_usages(answers[key].usage, usage) if key in answers else usage
            answers[key] = OwnAnswer(_find_message_id(event["data"]), merged.priced(NO_OWN_PRICES))
    return _select_counted(answers.values())


def _find_message_id(data: dict[str, Any]) -> str | None:
    """The id that the host gave; the client gives an answer without one an id of its own."""
    message_id = str(data["message_id"])
    return None if message_id == data.get("answer_id") else message_id


def _select_counted(answers: Iterable[OwnAnswer]) -> list[OwnAnswer]:
    """Selects one report of each answer that several sessions hold, as the server does."""
    by_usage = {answer.usage: answer for answer in answers}
    reports: dict[tuple[str, ...], list[MessageUsage]] = defaultdict(list)
    for usage in by_usage:
        is_unique = token_usage.is_unique_id(usage.message_id)
        reports[(usage.message_id,) if is_unique else (usage.session_id, usage.message_id)].append(usage)
    return [by_usage[token_usage.choose_counted(usages)] for usages in reports.values()]


def _iter_events(config: Path) -> Iterator[dict[str, Any]]:
    command = ["node", str(CLIENT), str(config)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as client:
        assert client.stdout
        yield from map(json.loads, client.stdout)
    if client.returncode:
        raise RuntimeError(f"{CLIENT.name} ended with {client.returncode}")


def _parse(event: dict[str, Any]) -> HookEvent:
    kind = {"type": "Usage", "data": event["data"]}
    return HookEvent.parse(
        1, json.dumps({"id": event["id"], "ts": event["ts"], "project": "", "kind": kind}), FAR_FUTURE_US
    )


def sum_own_cells(answers: list[OwnAnswer]) -> dict[Cell, Amounts]:
    cells = empty_cells()
    for answer in answers:
        usage = answer.usage
        cells[answer.cell].add(answer.tokens, (usage.cost_microdollars or 0) / 1e6, has_price=usage.is_priced)
        cells[answer.cell].conditions.update(_list_conditions(usage))
    return cells


def _list_conditions(usage: MessageUsage) -> list[str]:
    """Lists what changed the price of an answer, by rules that ccusage does not have."""
    tiers = NO_OWN_PRICES.find_tiers(usage) or ()
    prompt = usage.input_tokens + usage.cache_creation_input_tokens + usage.cache_read_input_tokens
    found = {
        "web searches": usage.web_search_requests,
        "region": usage.inference_geo in model_prices.GEO_FACTORS,
        "batch": usage.service_tier == "batch",
        "long prompts": any(tier.over_tokens and prompt > tier.over_tokens for tier in tiers),
        "earlier prices": tiers and tiers != find_tiers(usage.model, usage.speed),
    }
    return [name for name, holds in found.items() if holds]


def find_tiers(model: str, speed: str = "") -> PriceTiers | None:
    """Finds today's prices of a model, without conditions."""
    return NO_OWN_PRICES.find_tiers(MessageUsage("", "", TODAY_US, model, speed=speed))


def find_unit_prices(model: str) -> tuple[float, ...] | None:
    """US dollars per million tokens, in the order of `usage_report.UNITS`; None for a model without a price."""
    tiers = find_tiers(model.removesuffix(FAST), "fast" if model.endswith(FAST) else "")
    return tuple(float(price) for price in tiers[0].prices[:5]) if tiers else None
