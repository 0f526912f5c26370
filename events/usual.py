"""The usual event, written as our own client writes it: two matches and one scan instead of a walk. Pure.

It decides nothing by itself: an event that is unusual in any way, or not valid, is None here and read by
`events.envelope`; one that is not comes out as it would there.
"""

import re
from uuid import UUID

from events.envelope import EVENT_BYTES, NESTING, PLACE_BYTES, Event, Refused, check_kind
from events.jsontext import Reader
from events.timestamps import microseconds

# Without escapes and controls, so that the text between the quotes is the value.
_STRING = r'"([^"\\\x00-\x1f]*)"'
_HEAD = re.compile(
    r'\{"id":"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"'
    rf',"ts":{_STRING},"project":{_STRING},(?:"schema_version":1,)?"kind":'
)
_TAIL = re.compile(rf'(?:,"root":{_STRING})?(?:,"repo":{_STRING})?(?:(,"client":)|\}})')
# Four bytes are the most that a character takes.
_EVENT_CHARACTERS, _PLACE_CHARACTERS = EVENT_BYTES // 4, PLACE_BYTES // 4


def event(reader: Reader) -> Event | None:
    """The event that stands here and is taken; None for an unusual one, and then nothing is taken."""
    start = reader.at
    try:
        found = _event(reader)
    except (ValueError, Refused):
        found = None
    if found is None:
        reader.at = start
    return found


def _event(reader: Reader) -> Event | None:
    start = reader.at
    head = _HEAD.match(reader.text, start)
    if head is None:
        return None
    reader.at = head.end()
    kind, kind_text = reader.value()
    tail = _TAIL.match(reader.text, reader.at)
    if tail is None:
        return None
    reader.at = tail.end()
    event_id, ts, project = head.groups()
    root, repo, has_client = tail.groups()
    client = _client(reader) if has_client else ""
    ts_us = microseconds(ts)
    if ts_us is None or client is None or not _is_small(reader.text[start : reader.at], project, root, repo):
        return None
    check_kind(kind)
    text = (
        f'{{"id":"{event_id}","ts":"{ts}","project":"{project}","schema_version":1,"kind":{kind_text}'
        f"{_member('repo', repo)}{_member('root', root)}{client}}}"
    )
    return Event(UUID(event_id), ts_us, project, root or "", repo or "", text)


def _member(key: str, value: str | None) -> str:
    return "" if value is None else f',"{key}":"{value}"'


def _client(reader: Reader) -> str | None:
    """The member `client`, with the end of its event."""
    client, text = reader.value()
    return f',"client":{text}' if isinstance(client, dict) and reader.takes("}") else None


def _is_small(text: str, *places: str | None) -> bool:
    """Is this for certain within every limit?"""
    short = len(text) <= _EVENT_CHARACTERS and all(len(place or "") <= _PLACE_CHARACTERS for place in places)
    return short and text.count("{") + text.count("[") <= NESTING
