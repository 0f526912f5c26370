"""A repository in which several sessions of the real client work, and a person formats, squashes and rebases.

In the lines of the scripted answers names begin with the word of their prompt, so that the origin of each is known.
"""

import os
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

from tests.memory.file_history.measure import Score, ask_lines
from tests.memory.file_history.repository import indent_and_quote, wrap
from tests.real_client.machine import ATTENDED, Machine

PROMPTS = {
    "first": "Write the shop.",
    "basket": "Write the shop.",
    "second": "Check the sum of an order.",
    "third": "Rename the basket, and extend it.",
    "late": "Do not commit this.",
}
ORDER, CART = "shop/order.py", "shop/cart.py"


class Shop:
    """Plays the sessions, and what a person does between them."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        machine.project.mkdir(parents=True, exist_ok=True)
        self.git("init", "-q", "-b", "main")
        for name, value in (("user.name", "Ada"), ("user.email", "ada@example.com"), ("core.editor", "true")):
            self.git("config", name, value)
        self.commit("Begin", "--allow-empty")

    def git(self, *arguments: str) -> str:
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.machine.home)}
        command = ["git", *arguments]
        project = self.machine.project
        return subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=True).stdout

    def commit(self, message: str, *options: str) -> None:
        self.git("add", "-A")
        self.git("commit", "-q", "-m", message, *options)

    def work(self) -> None:
        """Three sessions write, change and move; after each the person may look."""
        for scenario, word in (("write", "first"), ("change", "second"), ("move", "third")):
            self.play(scenario, word)

    def play(self, scenario: str, word: str) -> None:
        self.machine.play("shop", prompt=f"{PROMPTS[word]} [[play:{scenario}]]", entrypoint=ATTENDED)
        self.machine.memfog("flush")

    def reformat(self, change: Callable[[str], list[str]]) -> None:
        for path in (self.machine.project / name for name in (ORDER, CART)):
            lines = [text for line in path.read_text().splitlines() for text in change(line)]
            path.write_text("\n".join(lines) + "\n")
        self.commit("Format")

    def measure(self) -> Score:
        """Asks for each line, of both files at once."""
        score, machine = Score(), self.machine
        with ThreadPoolExecutor() as pool:
            asked = pool.map(lambda name: (name, ask_lines(machine.home, machine.project, name)), (ORDER, CART))
        for name, found in asked:
            lines = (machine.project / name).read_text().splitlines()
            for number, (line, word) in enumerate(zip(lines, _words_of(lines), strict=True), start=1):
                if line.strip():
                    _add(score, PROMPTS[word], found.get(number, ""))
        return score


def _words_of(lines: list[str]) -> Iterator[str]:
    """The word of each line's prompt. A line without one belongs to its wrapped statement, else to its function."""
    function = statement = ""
    depth = 0
    for line in lines:
        word = next((word for word in PROMPTS if f"{word}_" in line), statement if depth else function)
        function = word if line.startswith("def ") else function
        statement = statement if depth else word
        depth += line.count("(") - line.count(")")
        yield word


def _add(score: Score, expected: str, named: str) -> None:
    score.lines += 1
    score.right += named.startswith(expected)
    score.wrong += bool(named) and not named.startswith(expected)


def measure_all(shop: Shop) -> dict[str, Score]:
    """What is done to the work of the sessions, one after the other, with the score after each."""
    shop.git("checkout", "-q", "-b", "topic")
    shop.work()
    topic, scores = shop.git("rev-parse", "topic").strip(), {"plain, moved": shop.measure()}
    shop.play("late", "late")
    scores["not committed"] = shop.measure()
    shop.commit("By hand, of a session's work")
    scores["committed by a person"] = shop.measure()
    shop.git("revert", "--no-edit", "HEAD")
    scores["reverted"] = shop.measure()
    for change in (indent_and_quote, wrap):
        shop.git("checkout", "-q", "-B", "formatted", topic)
        shop.reformat(change)
        scores[f"formatted: {change.__name__}"] = shop.measure()
    shop.git("checkout", "-q", "main")
    shop.git("merge", "-q", "--squash", topic)
    shop.git("commit", "-q", "-m", "All in one")
    scores["squashed"] = shop.measure()
    return scores | {"rebased": _measure_rebased(shop, topic), "cherry-picked": _measure_picked(shop, topic)}


def _measure_rebased(shop: Shop, topic: str) -> Score:
    shop.git("checkout", "-q", "-B", "base", "main~1")
    (shop.machine.project / "README.md").write_text("# Shop\n")
    shop.commit("Describe")
    shop.git("checkout", "-q", "-B", "rebased", topic)
    shop.git("rebase", "-q", "base")
    return shop.measure()


def _measure_picked(shop: Shop, topic: str) -> Score:
    shop.git("checkout", "-q", "-B", "picked", "base")
    for commit in shop.git("rev-list", "--reverse", f"main~1..{topic}").split():
        shop.git("cherry-pick", commit)
    return shop.measure()
