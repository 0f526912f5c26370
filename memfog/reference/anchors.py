"""Names of places on the page. Problem codes have theirs as they are: they stand in every problem's `type`."""

# What an answer or a body is made of, told once at the end of the page.
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
    """Empty for a shape that the page does not tell apart."""
    return f"shape-{name}" if name in DOCUMENTED_SCHEMAS else ""
