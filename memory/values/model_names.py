"""Reads the names by which providers and routers call models. Pure."""

import re
from decimal import Decimal
from typing import NamedTuple

ANTHROPIC, BEDROCK, VERTEX, ROUTER = "anthropic", "aws", "google", "openrouter"
# Bedrock's regional names cost more than its global ones.
REGIONAL_FACTOR = Decimal("1.1")
_CONTEXT_MARK = re.compile(r"\[\w{1,16}\]$")  # Claude Code's mark for a long context: `claude-sonnet-4-5[1m]`
_ROUTE = re.compile(r"^(?:bedrock|vertex_ai|vertex|litellm|openrouter)/")
_BEDROCK_MARK = "anthropic."
_BEDROCK_VERSION = re.compile(r"-v\d{1,4}(?::\d{1,4})?$")
_REGION = re.compile(r"[a-z-]{2,12}")
_NAME = re.compile(r"claude[\w.-]{0,200}")
_LOCAL_FILE = ".gguf"
# Sellers that come before the catalog's choice for a name: users of GLM with Claude Code pay Z.ai.
_FIRST_SELLERS = {"glm-": "zai"}
_FAST = "-fast"


class ModelReference(NamedTuple):
    """A model by its name in the prices of a provider; without a provider, any that sells a model of this name."""

    provider: str | None
    name: str
    factor: Decimal = Decimal(1)
    is_fast: bool = False

    @property
    def is_direct(self) -> bool:
        """Whether Anthropic's own conditions apply: region, speed, server tools."""
        return self.provider == ANTHROPIC or (self.provider is None and "claude" in self.name)


def parse_model_name(model: str) -> list[ModelReference]:
    """Lists what a name may refer to, the likeliest first; nothing for a model file on the user's machine."""
    name = _ROUTE.sub("", _CONTEXT_MARK.sub("", model.strip().lower()))
    if not name or name.endswith(_LOCAL_FILE):
        return []
    if bedrock := _split_bedrock(name):
        return _parse_bedrock(name, *bedrock)
    if "claude" in name and ("@" in name or "publishers/" in name):
        ref = name.rsplit("/", 1)[-1]
        return [ModelReference(VERTEX, ref), _anthropic(ref.split("@", 1)[0])]
    if "/" in name:
        author, _, ref = name.partition("/")
        return [_anthropic(ref) if author == ANTHROPIC else ModelReference(author, ref), ModelReference(ROUTER, name)]
    if name.startswith("claude"):
        return [_anthropic(name)]
    sellers = [seller for prefix, seller in _FIRST_SELLERS.items() if name.startswith(prefix)]
    return [ModelReference(seller, name) for seller in (*sellers, None)]


def _split_bedrock(name: str) -> tuple[str, str] | None:
    """Returns Anthropic's name and the region in a name of Bedrock; None for another name."""
    before, mark, rest = name.rpartition(_BEDROCK_MARK)
    ref = _BEDROCK_VERSION.sub("", rest)
    if not mark or not _NAME.fullmatch(ref) or (before and before[-1] not in "./:"):
        return None
    region = before[:-1].replace("/", ".").replace(":", ".").rpartition(".")[2] if before.endswith(".") else ""
    return ref, region if _REGION.fullmatch(region) else ""


def _parse_bedrock(name: str, ref: str, region: str) -> list[ModelReference]:
    factor = Decimal(1) if region in ("", "global") else REGIONAL_FACTOR
    full_name = name[name.rindex(f"{region}.anthropic." if region else "anthropic.") :]
    return [ModelReference(BEDROCK, full_name), ModelReference(ANTHROPIC, ref, factor)]


def _anthropic(name: str) -> ModelReference:
    is_fast = name.endswith(_FAST)
    return ModelReference(ANTHROPIC, name.removesuffix(_FAST), is_fast=is_fast)
