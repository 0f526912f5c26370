"""`script/bench usage PATH`: counts tokens and cost of the transcripts in a folder, beside ccusage in the same run.

Prints both by day and model, the rule behind each difference of tokens, and the prices per unit of both. Fails if rules
do not explain all of it, or if costs differ by more than a cent where tokens and prices are equal.
"""

import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from script.benchmarks.shared import ccusage_rules, ccusage_runs, own_usage, transcript_home
from script.benchmarks.shared.usage_cells import Cells
from script.benchmarks.shared.usage_differences import explain
from script.benchmarks.shared.usage_report import Report

RECORDED = Path(__file__).parents[2] / "client/test/transcripts"


@dataclass(frozen=True)
class Size:
    """The folder with the transcripts."""

    path: Path


FULL, SMOKE = Size(RECORDED), Size(RECORDED / "tour")


def main(size: Size) -> None:
    with TemporaryDirectory(prefix="memfog-usage-") as scratch:
        report = compare(size.path, Path(scratch))
    sys.stdout.writelines(f"{line}\n" for line in report.lines())
    if report.problems:
        sys.exit("\n".join(report.problems))


def compare(path: Path, scratch: Path) -> Report:
    """Counts the transcripts below `path` by both programs."""
    home = scratch / "home"
    files = transcript_home.lay_out(path, home)
    program = ccusage_runs.install_ccusage(scratch / "ccusage")
    answers = own_usage.read_own_answers(home / ".claude")
    own, other = own_usage.sum_own_cells(answers), ccusage_runs.run_ccusage(program, home)
    lines = ccusage_rules.read_lines(home / ".claude/projects")
    counted = ccusage_rules.select_lines(lines)
    models = sorted({cell.model for cell in (*own, *other)})
    prices = {model: own_usage.find_unit_prices(model) for model in models}
    other_prices = ccusage_runs.probe_prices(program, scratch / "probe", models)
    unexplained = count_unlike(ccusage_rules.sum_counted(counted), other)
    return Report(files, own, other, explain(answers, lines, counted), prices, other_prices, unexplained)


def count_unlike(one: Cells, other: Cells) -> int:
    """Counts the tokens by which two countings differ."""
    empty = (0, 0, 0, 0)
    pairs = [
        (one[cell].tokens if cell in one else empty, other[cell].tokens if cell in other else empty)
        for cell in {*one, *other}
    ]
    return sum(abs(first - second) for pair in pairs for first, second in zip(*pair, strict=True))
