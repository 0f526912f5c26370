"""Lists the lines that a context may show of a project, each with its worth for the next session. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from memory.context.closing_prose import find_next_steps, to_prose
from memory.context.command_groups import CommandGroup, gather_commands, group_commands
from memory.context.file_groups import FileGroup, group_files, shorten_path
from memory.context.line_format import format_line
from memory.context.project_memory import Act, ContextEntry, ProjectMemory, TurnSummary, UserPrompt
from memory.context.prompt_choice import choose_prompts, count_words, is_instruction, list_instructions
from memory.context.quoting import format_user_text, quote
from memory.context.session_ranks import (
    MIN_TALK_WORDS,
    find_fruitful_prompts,
    find_parallel_ranks,
    rank_sessions,
    weigh_age,
)
from memory.rules import facts
from memory.rules.facts import Convention

LAST, USER, PINNED, FACTS, INDEX = range(5)  # sections, in the order of the page
# The worth of what the user wrote for sessions, or pinned; of what the user repeated; of an open failure.
CHOSEN_WORTH, CONVENTION_WORTH, OPEN_FAILURE_WORTH = 100.0, 9.0, 8.0
MAX_NOTE_CHARS, MAX_TITLE_CHARS = 2_000, 170
MAX_OUTCOME_CHARS, MAX_PARALLEL_CHARS, MAX_EARLIER_CHARS, MAX_STEPS_CHARS = 300, 160, 120, 220
MAX_PROMPT_CHARS, MAX_EARLIER_PROMPT_CHARS, MAX_PINNED_CHARS = 200, 100, 400
MAX_INSTRUCTIONS, MAX_TURNS = 6, 4
GATHERED_SHARE = 0.6  # of the worth of further commands in a line
MAX_TOPIC_FILES = 12  # files of a session that name its outcome
ROLE_REASONS = {
    "Tests": "How tests are run here",
    "Build": "How it is built here",
    "Linter": "How the linter is run here",
    "Server": "How the server is started here",
}


@dataclass(frozen=True, slots=True)
class Topic:
    """The parts of a line that a prompt may name: files, commands by their first words, and words of prose."""

    paths: Sequence[str] = ()
    commands: Sequence[str] = ()
    prose: str = ""


NO_TOPIC = Topic()


@dataclass(frozen=True, slots=True)
class ContextLine:
    """A line of a section, the ids of its entries, and its worth; a line of worth 1 is used by about one session in
    ten. `reason` says why a session may need it; `session_id` is the session of its newest entry.
    """

    section: int
    text: str
    ids: Sequence[int | UUID]
    worth: float
    reason: str
    topic: Topic = NO_TOPIC
    session_id: str = ""


def list_lines(memory: ProjectMemory) -> Iterator[ContextLine]:
    """Yields all lines of a project. Within a section, lines of equal worth keep this order."""
    ranks = rank_sessions(memory.acts, memory.prompts, memory.summaries)
    commands, files = group_commands(memory.acts, ranks), group_files(memory.acts, ranks)
    yield from _list_summaries(memory, ranks, _list_edited_files(memory.acts))
    yield from _list_user_texts(memory, ranks)
    for entry in memory.pinned:
        yield _pinned_line(entry)
    for gathered in gather_commands(commands):
        yield _gathered_line(gathered) if len(gathered) > 1 else _command_line(gathered[0])
    for file in files:
        yield _file_line(file)
    yield from _list_decisions(memory.acts, ranks)
    yield from _list_files_together(memory.acts)


def _list_edited_files(acts: Iterable[Act]) -> Mapping[str, Sequence[str]]:
    """Returns session id → the files that the session edited."""
    found: dict[str, dict[str, None]] = {}
    for act in acts:
        if act.type == "edit":
            found.setdefault(act.session_id, {}).update(dict.fromkeys(act.files_modified.splitlines()))
    return {session_id: list(files) for session_id, files in found.items()}


def _list_summaries(
    memory: ProjectMemory, ranks: Mapping[str, int], files: Mapping[str, Sequence[str]]
) -> Iterator[ContextLine]:
    """Yields the outcome of the last session first, then its next steps, its other turns, and earlier outcomes.

    Sessions that worked at the same time as the last one stand beside it.
    """
    parallel = find_parallel_ranks(ranks, [*memory.acts, *memory.prompts, *memory.summaries])
    by_rank: dict[int, list[TurnSummary]] = {}
    for summary in memory.summaries:
        if summary.session_id in ranks:
            by_rank.setdefault(ranks[summary.session_id], []).append(summary)
    for rank, summaries in by_rank.items():
        outcome = next((one for one in summaries if one.closing), summaries[0])
        paths = files.get(outcome.session_id, ())[:MAX_TOPIC_FILES]
        if rank:
            yield _earlier_line(outcome, rank, paths, is_parallel=rank in parallel)
            continue
        if memory.llm_summary:
            title = f"LLM summary of the session: {to_prose(memory.llm_summary, MAX_OUTCOME_CHARS)}"
            text = quote(title, MAX_OUTCOME_CHARS + 40)
            yield _line(LAST, outcome, "summary", text, 11.0, "What a model said of the last session")
        yield _summary_line(outcome, MAX_OUTCOME_CHARS, LAST, 10.0, "What came of the last session", paths)
        yield from _list_next_steps(summaries, outcome)
        turns = [one for one in summaries if one is not outcome and one.closing and one.completed][:MAX_TURNS]
        for at, turn in enumerate(turns):
            yield _summary_line(turn, MAX_EARLIER_CHARS, INDEX, 1.0 * weigh_age(at), "A turn of the last session")


def _earlier_line(outcome: TurnSummary, rank: int, paths: Sequence[str], *, is_parallel: bool) -> ContextLine:
    if is_parallel:
        reason = "What came of a session at the same time as the last one"
        return _summary_line(outcome, MAX_PARALLEL_CHARS, LAST, 8.5, reason, paths, "In a parallel session: ")
    worth = 1.4 * weigh_age(rank)
    return _summary_line(outcome, MAX_EARLIER_CHARS, INDEX, worth, "What came of an earlier session", paths)


def _summary_line(
    summary: TurnSummary,
    limit: int,
    section: int,
    worth: float,
    reason: str,
    paths: Sequence[str] = (),
    prefix: str = "",
) -> ContextLine:
    text = to_prose(summary.closing, limit) or _group_titles(summary.completed.splitlines())
    text = text or to_prose(summary.notes, limit)
    title = quote(prefix + text, limit + len(prefix)) if text else ""
    return _line(section, summary, "summary", title, worth, reason, Topic(paths, prose=summary.closing))


def _group_titles(titles: Iterable[str]) -> str:
    """Groups titles by their verb: `Edited a, b; Wrote c`."""
    objects: dict[str, list[str]] = {}
    for title in titles:
        verb, _, rest = title.partition(" ")
        objects.setdefault(verb, []).append(rest)
    return "; ".join(f"{verb} {', '.join(dict.fromkeys(rest))}" for verb, rest in objects.items())


def _list_next_steps(summaries: Sequence[TurnSummary], outcome: TurnSummary) -> Iterator[ContextLine]:
    steps = summaries[0].next_steps.splitlines() or find_next_steps(outcome.closing)
    if steps:
        text = "; ".join(steps)
        title = quote(text, MAX_STEPS_CHARS)
        yield _line(LAST, summaries[0], "next", title, 9.0, "Where the last session stopped", Topic(prose=text))


def _list_user_texts(memory: ProjectMemory, ranks: Mapping[str, int]) -> Iterator[ContextLine]:
    for note in memory.notes:
        text = f"- {format_user_text(note.text, MAX_NOTE_CHARS)}"
        yield ContextLine(USER, text, [note.id], CHOSEN_WORTH, "You wrote it for sessions")
    instructions = [one for prompt in memory.prompts for one in list_instructions(prompt)]
    conventions = list(facts.find_conventions(instructions))
    yield from _list_conventions(conventions, memory.prompts)
    repeated = {seq for one in conventions for seq in one.seqs}
    chosen = list(choose_prompts(memory.prompts))
    yield from _list_instructions([(one, text) for one, text in chosen if one.seq not in repeated], ranks)
    fruitful = find_fruitful_prompts(memory.prompts, memory.acts)
    requests = [
        prompt
        for prompt, text in chosen
        if not is_instruction(text) and (prompt.seq in fruitful or count_words(text) >= MIN_TALK_WORDS)
    ]
    yield from _list_requests(requests, ranks)


def _list_conventions(conventions: Iterable[Convention], prompts: Iterable[UserPrompt]) -> Iterator[ContextLine]:
    """Yields instructions that the user repeated, those of several sessions first: the conventions of the project."""
    by_seq = {prompt.seq: prompt for prompt in prompts}
    for one in conventions:
        sessions = f" in {one.sessions} sessions" if one.sessions > 1 else ""
        text = f"{format_user_text(one.text, MAX_PROMPT_CHARS)} (typed {len(one.seqs)} times{sessions})"
        newest, reason = by_seq[one.seqs[0]], "You typed it more than once"
        yield _line(USER, newest, "prompt", text, CONVENTION_WORTH, reason, Topic(prose=one.text))


def _list_instructions(chosen: Sequence[tuple[UserPrompt, str]], ranks: Mapping[str, int]) -> Iterator[ContextLine]:
    """Yields short prompts that are instructions as a whole, and instructing sentences of longer prompts."""
    reason = "You corrected Claude, or said what holds from then on"
    whole = [one for one, text in chosen if is_instruction(text)][:MAX_INSTRUCTIONS]
    for prompt in whole:
        yield _prompt_line(prompt, MAX_PROMPT_CHARS, 6.0 * weigh_age(ranks.get(prompt.session_id, 0)), reason)
    longer = (prompt for prompt, text in chosen if not is_instruction(text))
    standing = [(prompt, one.text) for prompt in longer for one in list_instructions(prompt) if one.is_standing]
    for prompt, sentence in standing[: MAX_INSTRUCTIONS - len(whole)]:
        worth, text = 5.0 * weigh_age(ranks.get(prompt.session_id, 0)), format_user_text(sentence, MAX_PROMPT_CHARS)
        yield _line(USER, prompt, "prompt", text, worth, reason, Topic(prose=sentence))


def _list_requests(requests: Iterable[UserPrompt], ranks: Mapping[str, int]) -> Iterator[ContextLine]:
    """Yields the first request of each session, and the latest request of the last session."""
    by_rank: dict[int, list[UserPrompt]] = {}
    for prompt in requests:
        if prompt.session_id in ranks:
            by_rank.setdefault(ranks[prompt.session_id], []).append(prompt)
    for rank, prompts in by_rank.items():
        if rank:
            worth = 0.55 * weigh_age(rank)
            yield _prompt_line(prompts[-1], MAX_EARLIER_PROMPT_CHARS, worth, "What you asked an earlier session")
            continue
        yield _prompt_line(prompts[0], MAX_PROMPT_CHARS, 4.0, "What you asked the last session")
        if len(prompts) > 1:
            yield _prompt_line(prompts[-1], MAX_PROMPT_CHARS, 3.0, "What you asked the last session")


def _prompt_line(prompt: UserPrompt, limit: int, worth: float, reason: str) -> ContextLine:
    return _line(USER, prompt, "prompt", format_user_text(prompt.text, limit), worth, reason, Topic(prose=prompt.text))


def _pinned_line(entry: ContextEntry) -> ContextLine:
    is_prompt = entry.type == "prompt"
    title = (format_user_text if is_prompt else quote)(entry.title, MAX_PINNED_CHARS)
    text = format_line(entry.id, entry.at_us, entry.type, title, entry.tokens)
    topic = Topic(prose=entry.title)
    return ContextLine(USER if is_prompt else PINNED, text, [entry.id], CHOSEN_WORTH, "You pinned it", topic)


def _gathered_line(groups: Sequence[CommandGroup]) -> ContextLine:
    """One line for plain commands; it costs little more than the first of them."""
    first, *others = groups
    title = quote(", ".join([first.title, *(one.short_title for one in others)]), MAX_TITLE_CHARS)
    worth = first.worth + GATHERED_SHARE * sum(one.worth for one in others)
    line = _line(INDEX, first.shown, "command", title, worth, "Commands that are run here")
    return replace(line, ids=[one.shown.seq for one in groups])


def _command_line(group: CommandGroup) -> ContextLine:
    """A command that failed at the end of the last session shows where the work stopped."""
    type_ = "failure" if group.newest_failed else "command"
    is_open = group.newest_failed and 0 in group.ranks and bool(group.role)
    section = LAST if is_open else FACTS if group.role else INDEX
    worth = OPEN_FAILURE_WORTH if is_open else group.worth
    topic = Topic(commands=[group.command], prose=group.reason) if group.has_lesson or group.role else NO_TOPIC
    title = quote(group.title, MAX_TITLE_CHARS)
    return _line(section, group.shown, type_, title, worth, _explain_command(group, is_open), topic)


def _explain_command(group: CommandGroup, is_open: bool) -> str:
    if is_open:
        return "It failed at the end of the last session"
    if group.newest_failed:
        return "A command that fails"
    if group.role:
        return ROLE_REASONS[group.role]
    return "A command that failed before it worked" if group.has_lesson else "A command that is run here"


def _file_line(group: FileGroup) -> ContextLine:
    title, topic = quote(group.title, MAX_TITLE_CHARS), Topic([group.path])
    if not group.ranks:
        reason = "A file that several sessions read" if len(group.ranks_of_reads) > 1 else "A file that a session read"
        return _line(INDEX, group.newest, "read", title, group.worth, reason, topic)
    reason = "A file that several sessions changed" if len(group.ranks) > 1 else "A file that a session changed"
    return _line(INDEX, group.newest, "edit", title, group.worth, reason, topic)


def _list_decisions(acts: Iterable[Act], ranks: Mapping[str, int]) -> Iterator[ContextLine]:
    titles: set[str] = set()
    for act in acts:
        if act.type == "decision" and act.session_id in ranks and act.title not in titles:
            titles.add(act.title)
            title, worth = quote(act.title, MAX_TITLE_CHARS), 2.5 * weigh_age(ranks[act.session_id])
            yield _line(INDEX, act, "decision", title, worth, "A decision", Topic(prose=act.title))


def _list_files_together(acts: Sequence[Act]) -> Iterator[ContextLine]:
    for group in facts.find_files_together(acts):
        newest = next(act for act in acts if act.seq == group.seqs[0])
        names = [shorten_path(path) for path in group.paths]
        title = quote(f"These files change together: {', '.join(names[:-1])} and {names[-1]}", MAX_TITLE_CHARS)
        yield _line(FACTS, newest, "edit", title, 1.5, "Files that change together", Topic(group.paths))


def _line(
    section: int,
    row: Act | UserPrompt | TurnSummary,
    type_: str,
    title: str,
    worth: float,
    reason: str,
    topic: Topic = NO_TOPIC,
) -> ContextLine:
    # Without a title the line says nothing, such as a prompt of host text only.
    worth = worth if title else 0.0
    text = format_line(row.seq, row.at_us, type_, title, row.tokens)
    return ContextLine(section, text, [row.seq], worth, reason, topic, row.session_id)
