"""Describes a browser in words that its owner recognizes: “Firefox on Linux”."""

# The order matters: the user agent of an earlier entry may contain a later marker, too.
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
    """Returns a coarse description from these two lists only, so that no text of a visitor is stored or shown."""
    browser = _find_first(BROWSERS, user_agent) or "A browser"
    system = _find_first(SYSTEMS, user_agent)
    return f"{browser} on {system}" if system else browser


def _find_first(names: dict[str, str], user_agent: str) -> str:
    return next((name for marker, name in names.items() if marker in user_agent), "")
