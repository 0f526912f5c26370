"""Names of models for people: `claude-opus-4-8-20260401` → Opus 4.8. Pure. A name of no known form stays as it is."""

from dashboard.render.safe_text import one_line

MAX_NAME_CHARS = 60
_MAX_FAMILY_CHARS = 20
_DATE_DIGITS = 8  # 20260401


def model_label(model: str) -> str:
    """Returns the family and version of a Claude model, by whichever provider it is named."""
    name = one_line(model, MAX_NAME_CHARS)
    words = _own_name(name).split("-")
    if words[0] != "claude" or len(words) < 2:
        return name
    versions = [word for word in words[1:] if word.isdecimal() and len(word) < _DATE_DIGITS]
    families = [word for word in words[1:] if word.isalpha() and len(word) <= _MAX_FAMILY_CHARS]
    if not families or families[0] in ("latest", "fast"):
        return name
    marks = " fast" if "fast" in families else ""
    context = " (1M context)" if name.endswith("[1m]") else ""
    return " ".join(filter(None, (families[0].capitalize(), ".".join(versions[:2])))) + marks + context


def _own_name(name: str) -> str:
    """Returns Anthropic's own name: without provider, region, version of the provider and context mark."""
    own = name.lower().removesuffix("[1m]").rsplit("/", 1)[-1].rsplit("anthropic.", 1)[-1]
    return own.partition("@")[0].partition(":")[0].replace(".", "-")
