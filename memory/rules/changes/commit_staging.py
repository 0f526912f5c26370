"""What the next commit of a session holds, as far as its commands say. Pure."""

from dataclasses import dataclass, field

ALL_PATHS = "."
OUTSIDE = ":!"  # before a folder of which a commit holds nothing, as git writes it
MAX_PATHS, MAX_REQUESTS = 50, 20


@dataclass(slots=True)
class Staging:
    """What the next commit of a session holds, as far as commands say, and where the last one was made.

    `awaits_hash` is the kind of a commit whose output named no hash: the next look at the head shows it, if the
    subject there is among `awaited_words`, the words of the command; empty if it gave no message.
    """

    paths: list[str] = field(default_factory=list)
    branch: str = ""
    awaits_hash: str = ""
    awaited_words: str = ""
    requests: list[str] = field(default_factory=list)  # the latest pull requests, which a transcript names again

    def add(self, paths: list[str]) -> None:
        self.paths = list(dict.fromkeys([*self.paths, *paths]))
        if ALL_PATHS in self.paths or len(self.paths) > MAX_PATHS:
            self.paths = [ALL_PATHS]

    def is_new_request(self, url: str) -> bool:
        if url in self.requests:
            return False
        self.requests = [*self.requests, url][-MAX_REQUESTS:]
        return True

    def take(self, within: str = "") -> list[str]:
        """Returns the paths for a commit, and clears them: all, or those of a repository within the folder."""
        taken = [path for path in self.paths if not within or path == within or path.startswith(f"{within}/")]
        self.paths = [path for path in self.paths if path not in taken]
        return taken
