"""The bodies of webhooks: our own, and the forms that Slack, Discord, Teams and ntfy accept. Pure.

A title may contain text of strangers. In no form can it mention people, link or act as markup: Slack and Teams have
fields of plain text, the signs of Discord's Markdown are escaped, and ntfy shows plain text.
"""

import base64
import hmac
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from memory.notifications.notice_content import NoticeContent
from memory.notifications.notice_kinds import ERROR, PERMISSION, QUESTION

SECRET_PREFIX = "whsec_"  # noqa: S105  # the prefix of a secret
JSON_TYPE = "application/json"
_DISCORD_MARKS = re.compile(r"([\\*_~`|>#\[\]()<@&:/-])")
_ZERO_WIDTH_SPACE = "\u200b"
_URGENT_KINDS = (PERMISSION, QUESTION, ERROR)


@dataclass(frozen=True, slots=True)
class Message:
    """A request to send: its address, body and headers."""

    url: str
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


def build_message(format: str, content: NoticeContent, target: dict[str, str], *, id: str, at_s: int) -> Message:
    """Builds the request of a webhook. `id` is the same for each attempt; `at_s` is the time of this attempt."""
    return FORMATS[format](content, target, id, at_s)


def _standard(content: NoticeContent, target: dict[str, str], id: str, at_s: int) -> Message:
    session = {"id": content.session_id, "title": content.title} if content.session_id else None
    data = {
        "notice": str(content.notice_id),
        "kind": content.kind,
        "label": content.label,
        "project": content.project,
        "machine": content.machine,
        "session": session,
        "url": content.url,
        **({"text": content.text} if content.text else {}),
    }
    type_ = "notice.answered" if content.is_withdrawal else "notice.waiting"
    body = _dump({"type": type_, "timestamp": content.since, "data": data})
    headers = {
        "webhook-id": id,
        "webhook-timestamp": str(at_s),
        "webhook-signature": sign(target["secret"], id=id, at_s=at_s, body=body),
    }
    return Message(target["url"], body, headers)


def sign(secret: str, *, id: str, at_s: int, body: bytes) -> str:
    """Signs a body by the scheme of Standard Webhooks, version 1."""
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    digest = hmac.digest(key, f"{id}.{at_s}.".encode() + body, sha256)
    return f"v1,{base64.b64encode(digest).decode()}"


def _slack(content: NoticeContent, target: dict[str, str], id: str, at_s: int) -> Message:
    # Slack shows `text` in notices of its own, as markup: only our own words are in it.
    text = "\n".join(filter(None, (content.headline, content.title, content.text)))
    button = {"type": "button", "text": {"type": "plain_text", "text": "Open"}, "url": content.url}
    blocks = [
        {"type": "section", "text": {"type": "plain_text", "text": text, "emoji": False}},
        {"type": "actions", "elements": [button]},
    ]
    return Message(target["url"], _dump({"text": f"Memfog: {content.label}", "blocks": blocks}))


def _discord(content: NoticeContent, target: dict[str, str], id: str, at_s: int) -> Message:
    lines = "\n".join(escape_discord(line) for line in (content.title, content.text) if line)
    embed = {"title": escape_discord(content.headline), "description": lines, "url": content.url}
    return Message(target["url"], _dump({"embeds": [embed], "allowed_mentions": {"parse": []}}))


def escape_discord(text: str) -> str:
    """Escapes Discord's Markdown and mentions. A zero-width space after an at sign and a colon ends names and links."""
    escaped = _DISCORD_MARKS.sub(r"\\\1", text)
    return escaped.replace("@", f"@{_ZERO_WIDTH_SPACE}").replace(":", f":{_ZERO_WIDTH_SPACE}")


def _teams(content: NoticeContent, target: dict[str, str], id: str, at_s: int) -> Message:
    # A `TextRun` shows no Markdown, unlike a `TextBlock`.
    lines = [(content.headline, True), (content.title, False), (content.text, False)]
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [
            {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": line, **_weight(is_bold)}]}
            for line, is_bold in lines
            if line
        ],
        "actions": [{"type": "Action.OpenUrl", "title": "Open", "url": content.url}],
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "content": card}
    return Message(target["url"], _dump({"type": "message", "attachments": [attachment]}))


def _weight(is_bold: bool) -> dict[str, str]:
    return {"weight": "bolder"} if is_bold else {}


def _ntfy(content: NoticeContent, target: dict[str, str], id: str, at_s: int) -> Message:
    # As JSON, it goes to the server and names the topic: headers could not hold every title.
    server, _, topic = target["url"].rstrip("/").rpartition("/")
    text = "\n".join(filter(None, (content.title, content.text))) or content.label
    priority = 4 if content.kind in _URGENT_KINDS else 3
    body = {"topic": topic, "title": content.headline, "message": text, "click": content.url, "priority": priority}
    token = target.get("token")
    return Message(f"{server}/", _dump(body), {"authorization": f"Bearer {token}"} if token else {})


def is_ntfy_url(url: str) -> bool:
    """Whether an address names a topic: the last part of its path."""
    return bool(urlsplit(url).path.strip("/"))


def _dump(body: dict[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


FORMATS: dict[str, Callable[[NoticeContent, dict[str, str], str, int], Message]] = {
    "standard": _standard,
    "slack": _slack,
    "discord": _discord,
    "teams": _teams,
    "ntfy": _ntfy,
}
FORMAT_LABELS = {
    "standard": "Standard Webhooks",
    "slack": "Slack",
    "discord": "Discord",
    "teams": "Microsoft Teams",
    "ntfy": "ntfy",
}
