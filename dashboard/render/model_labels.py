"""Names models as people do: `Opus 4.8` for `claude-opus-4-8`. Pure."""

from dashboard.render.safe_text import one_line
from memory.values.model_names import parse_model_name

_MAX_CHARS = 60
_FAMILY_PREFIX = "claude-"
_MAX_VERSION_DIGITS = 2  # a part with more is the date of a release


def format_model_name(model: str) -> str:
    """Formats a model of Anthropic by its family and version; any other name stays as it is."""
    names = [one.name for one in parse_model_name(model[:200]) if one.name.startswith(_FAMILY_PREFIX)]
    parts = names[0].removeprefix(_FAMILY_PREFIX).split("@")[0].split("-") if names else []
    words = [part for part in parts if part.isalpha() and part not in ("latest", "fast")]
    version = ".".join(part for part in parts if part.isdigit() and len(part) <= _MAX_VERSION_DIGITS)
    if not words or not version:
        return one_line(model, _MAX_CHARS)
    return one_line(" ".join((*map(str.capitalize, words), version)), _MAX_CHARS)
