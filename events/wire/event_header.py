"""Reads the header of a wire event: its short members, without building the other values. Pure, and never raises.

msgspec reads the usual form in C and skips the rest of the text. Any other form is parsed whole; the result is equal.
"""

from hashlib import blake2b
from typing import NamedTuple

from msgspec import MsgspecError, Struct
from msgspec.json import Decoder

from events.wire.folder_names import folder_key
from events.wire.json_text import parse_json
from events.wire.json_values import Data, get_mapping, get_text


class EventLocation(NamedTuple):
    """The folder, the root and the repository of an event; empty if unknown."""

    project: str
    root: str
    repo: str

    def has_name(self, name: str) -> bool:
        """Checks whether the folder, the root or the repository has this name, in any of its spellings."""
        return name in self or any(part and folder_key(part) == folder_key(name) for part in self)

    @property
    def key(self) -> bytes:
        # No part contains a NUL, so the separator is unambiguous.
        return blake2b("\0".join(self).encode(), digest_size=16).digest()


class HostMembers(Struct, frozen=True, gc=False):
    """Members of the JSON that the host gave to the hook."""

    session_id: str = ""
    agent_id: str = ""
    tool_name: str = ""
    tool_use_id: str = ""


_NO_MEMBERS = HostMembers()


class KindData(HostMembers, frozen=True, gc=False):
    """The data of a kind. Of a hook event it has the hook, and the host's JSON as `data`; else it is that JSON."""

    hook: str = ""
    data: HostMembers = _NO_MEMBERS


_NO_DATA = KindData()


class Kind(Struct, frozen=True, gc=False):
    type: str = ""
    data: KindData = _NO_DATA


_NO_KIND = Kind()


class Client(Struct, frozen=True, gc=False):
    """The machine that sent the event, the branch that was checked out, and how the host was started."""

    machine: str = ""
    branch: str = ""
    entrypoint: str = ""


_NO_CLIENT = Client()


class EventHeader(Struct, frozen=True, gc=False):
    """The header of a wire event. A member that is missing or is not a text is empty."""

    ts: str = ""
    project: str = ""
    root: str = ""
    repo: str = ""
    kind: Kind = _NO_KIND
    client: Client = _NO_CLIENT


_decode = Decoder(EventHeader).decode


def parse_header(text: str) -> EventHeader:
    try:
        return _decode(text)
    except (MsgspecError, UnicodeEncodeError, RecursionError):  # an unusual form, or half a character
        return _header_of(parse_wire(text))


def parse_wire(text: str) -> Data:
    """Parses a whole wire event; returns an empty object for any other text."""
    try:
        return get_mapping(parse_json(text))
    except ValueError:
        return {}


def _header_of(event: Data) -> EventHeader:
    ts, project, root, repo = (get_text(event, name) for name in ("ts", "project", "root", "repo"))
    kind = Kind(get_text(event, "kind", "type"), _kind_data_of(event))
    client = Client(*(get_text(event, "client", name) for name in Client.__struct_fields__))
    return EventHeader(ts, project, root, repo, kind, client)


def _kind_data_of(event: Data) -> KindData:
    data = get_mapping(event, "kind", "data")
    session_id, agent_id, tool_name, tool_use_id = _host_texts(data)
    host_members = HostMembers(*_host_texts(get_mapping(data, "data")))
    return KindData(session_id, agent_id, tool_name, tool_use_id, get_text(data, "hook"), host_members)


def _host_texts(data: Data) -> list[str]:
    return [get_text(data, name) for name in HostMembers.__struct_fields__]
