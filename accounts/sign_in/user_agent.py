"""Which browser that is, as its owner would say it: “Firefox on Linux”."""

# In this order: each of the later ones stands in the name of some earlier one, too.
BROWSERS = {"Edg": "Edge", "OPR/": "Opera", "Firefox/": "Firefox", "Chrome/": "Chrome", "Safari/": "Safari"}
SYSTEMS = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "Windows": "Windows",
    "CrOS": "ChromeOS",
    "Mac OS X": "macOS",
    "Linux": "Linux",
}


def describe_browser(user_agent: str) -> str:
    """Coarse on purpose, and from these two lists only: nothing a visitor sent is kept or shown."""
    browser = _find_first(BROWSERS, user_agent) or "A browser"
    system = _find_first(SYSTEMS, user_agent)
    return f"{browser} on {system}" if system else browser


def _find_first(names: dict[str, str], user_agent: str) -> str:
    return next((name for marker, name in names.items() if marker in user_agent), "")
