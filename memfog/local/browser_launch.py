"""A person at the machine: whether there is one to show a page to, and how."""

import shutil
import subprocess
import sys
import webbrowser
from pathlib import Path

from memfog import settings

# What opens a page on Windows, from within its Linux.
WINDOWS_OPENERS = (("wslview",), ("rundll32.exe", "url.dll,FileProtocolHandler"))


def has_interactive_user() -> bool:
    """Somebody reads this terminal, and a browser can open beside it."""
    if not sys.stdout.isatty() or settings.FAR_AWAY:
        return False
    return settings.SCREEN or sys.platform == "darwin" or _find_windows_opener() is not None


def open_page(url: str) -> None:
    """Opens the page in the browser that the person uses. Where that fails they have the printed address."""
    command = None if settings.SCREEN else _find_windows_opener()
    if command:
        subprocess.run([*command, url], check=False)  # noqa: S603  # the address is our own
    else:
        webbrowser.open(url)


def _find_windows_opener() -> tuple[str, ...] | None:
    release = Path("/proc/sys/kernel/osrelease")
    if not release.exists() or "microsoft" not in release.read_text().lower():
        return None
    return next((command for command in WINDOWS_OPENERS if shutil.which(command[0])), None)
