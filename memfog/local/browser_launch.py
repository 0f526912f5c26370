"""Opens pages in the browser of the user at this machine, if there is such a user."""

import shutil
import subprocess
import sys
import webbrowser
from pathlib import Path

from memfog import settings

# Commands that open a page on Windows, from the Windows Subsystem for Linux.
WINDOWS_OPENERS = (("wslview",), ("rundll32.exe", "url.dll,FileProtocolHandler"))


def has_interactive_user() -> bool:
    """Whether a user reads this terminal and a browser can open on the same machine."""
    if not sys.stdout.isatty() or settings.FAR_AWAY:
        return False
    return settings.SCREEN or sys.platform == "darwin" or _find_windows_opener() is not None


def open_page(url: str) -> None:
    """Opens a page in the user's browser. Ignores failures, since the terminal shows the address."""
    command = None if settings.SCREEN else _find_windows_opener()
    if command:
        subprocess.run([*command, url], check=False)  # noqa: S603  # the address is the server's own
    else:
        webbrowser.open(url)


def _find_windows_opener() -> tuple[str, ...] | None:
    release = Path("/proc/sys/kernel/osrelease")
    if not release.exists() or "microsoft" not in release.read_text().lower():
        return None
    return next((command for command in WINDOWS_OPENERS if shutil.which(command[0])), None)
