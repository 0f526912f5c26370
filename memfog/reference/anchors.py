"""Anchors of schemas on the reference page. The anchor of a problem is its code, as in the problem's `type`."""

# Schemas that have their own section at the end of the page.
DOCUMENTED_SCHEMAS = (
    "Event",
    "Kind",
    "StoredEvent",
    "Page",
    "Accepted",
    "Rejected",
    "Deletion",
    "Limits",
    "Account",
    "Token",
    "Problem",
    "Fault",
)


def schema_anchor(name: str) -> str:
    """Returns the anchor of a schema, or an empty text for a schema without its own section."""
    return f"shape-{name}" if name in DOCUMENTED_SCHEMAS else ""
