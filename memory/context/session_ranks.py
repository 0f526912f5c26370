"""Ranks the sessions of a project by time. A session in which nothing was done or said has no rank. Pure."""

from collections.abc import Iterable, Mapping, Sequence

from memory.context.project_memory import Act, TurnSummary, UserPrompt
from memory.context.prompt_choice import count_words, trim_prompt
from memory.rules.shell_commands import find_main_part

AGE_FACTOR = 0.85  # what a line of the next older session is worth, compared with one of this session
WORK_TYPES = frozenset(("edit", "fix", "decision", "task"))
MAX_PARALLEL_RANK = 2  # of the sessions that worked at the same time as the last one
MIN_TALK_WORDS = 8  # words of a prompt that count although nothing was done in the session


def rank_sessions(
    acts: Sequence[Act], prompts: Sequence[UserPrompt], summaries: Iterable[TurnSummary]
) -> Mapping[str, int]:
    """Returns session id → rank, 0 for the newest. Acts, prompts and summaries are newest first."""
    last: dict[str, tuple[int, int]] = {}
    rows: list[Act | TurnSummary] = [*acts, *summaries]
    for row in rows:
        last[row.session_id] = max((row.at_us, row.seq), last.get(row.session_id, (row.at_us, row.seq)))
    ranked = {act.session_id for act in acts if is_work(act)}
    ranked |= {one.session_id for one in prompts if count_words(trim_prompt(one.text)) >= MIN_TALK_WORDS}
    for one in prompts:
        last.setdefault(one.session_id, (one.at_us, one.seq))
    newest_first = sorted(ranked, key=lambda session_id: last[session_id], reverse=True)
    return {session_id: rank for rank, session_id in enumerate(newest_first)}


def find_parallel_ranks(ranks: Mapping[str, int], rows: Iterable[Act | UserPrompt | TurnSummary]) -> set[int]:
    """Finds the ranks of the sessions that still worked after the beginning of the last session."""
    first: dict[str, int] = {}
    last: dict[str, int] = {}
    for row in rows:
        first[row.session_id] = min(row.at_us, first.get(row.session_id, row.at_us))
        last[row.session_id] = max(row.at_us, last.get(row.session_id, row.at_us))
    beginning_us = min((first[session_id] for session_id, rank in ranks.items() if not rank), default=0)
    return {
        rank for session_id, rank in ranks.items() if 0 < rank <= MAX_PARALLEL_RANK and last[session_id] > beginning_us
    }


def find_fruitful_prompts(prompts: Iterable[UserPrompt], acts: Iterable[Act]) -> set[int]:
    """Finds the prompts after which something was done, before the next prompt of the session."""
    rows: list[UserPrompt | Act] = [*prompts, *filter(is_work, acts)]
    last_prompts: dict[str, int] = {}
    found: set[int] = set()
    for row in sorted(rows, key=lambda row: (row.at_us, row.seq)):
        if isinstance(row, UserPrompt):
            last_prompts[row.session_id] = row.seq
        elif row.session_id in last_prompts:
            found.add(last_prompts[row.session_id])
    return found


def is_work(act: Act) -> bool:
    """Checks whether an act changes something, and does not only look around."""
    if act.type in ("command", "failure"):
        return bool(find_main_part(extract_command(act.title)))
    return act.type in WORK_TYPES


def extract_command(title: str) -> str:
    """Extracts the command from the title of an observation; empty if it names none. A long title may be cut."""
    _, sign, rest = title.partition("`")
    command, end, _ = rest.rpartition("`")
    return command if end else rest if sign else ""


def weigh_age(rank: int) -> float:
    return AGE_FACTOR**rank
