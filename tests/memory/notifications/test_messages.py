"""The bodies of webhooks: signed, in the form of each service, and harmless whatever the title of a session is."""

import json
from typing import Any
from uuid import UUID

import pytest

from memory.notifications.channel_messages import FORMATS, Message, build_message, escape_discord, sign
from memory.notifications.notice_content import NoticeContent, clean

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
HOSTILE = "@everyone <!channel> <@U1> [x](https://evil.test) *b* `c` <https://evil.test|y> # h -# s ||z|| &lt;"
TARGET = {"url": "https://hooks.test/services/topic", "secret": SECRET}


def content(**over: Any) -> NoticeContent:
    values: dict[str, Any] = {
        "notice_id": UUID(int=1),
        "kind": "permission",
        "label": "Needs permission",
        "project": "infra",
        "machine": "laptop",
        "session_id": "s1",
        "title": "Roll it out",
        "text": "",
        "path": "/sessions/s1",
        "since_us": 1_700_000_000_000_000,
    }
    return NoticeContent(**values | over)


def build(format: str, **over: Any) -> tuple[Message, dict[str, Any]]:
    message = build_message(format, content(**over), TARGET, id="msg_1", at_s=1_700_000_000)
    return message, json.loads(message.body)


def test_the_signature_is_that_of_standard_webhooks() -> None:
    """The example of its reference libraries."""
    signature = sign(SECRET, id="msg_p5jXN8AQM9LWM0D4loKWxJek", at_s=1614265330, body=b'{"test": 2432232314}')
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_our_own_form_names_kind_project_and_session() -> None:
    message, body = build("standard")
    assert message.url == TARGET["url"]
    assert message.headers["webhook-id"] == "msg_1"
    assert message.headers["webhook-timestamp"] == "1700000000"
    assert message.headers["webhook-signature"] == sign(SECRET, id="msg_1", at_s=1_700_000_000, body=message.body)
    assert (body["type"], body["timestamp"]) == ("notice.waiting", "2023-11-14T22:13:20.000+00:00")
    data = body["data"]
    assert (data["kind"], data["project"], data["machine"]) == ("permission", "infra", "laptop")
    assert data["session"] == {"id": "s1", "title": "Roll it out"}
    assert data["url"].endswith("/sessions/s1")
    assert "text" not in data
    assert build("standard", text="terraform apply")[1]["data"]["text"] == "terraform apply"
    assert build("standard", is_withdrawal=True)[1]["type"] == "notice.answered"
    assert build("standard", session_id="")[1]["data"]["session"] is None


def test_slack_gets_captured_text_only_as_plain_text() -> None:
    _, body = build("slack", title=HOSTILE, text=HOSTILE)
    assert body["text"] == "Memfog: Needs permission"
    assert body["blocks"][0]["text"]["type"] == "plain_text"
    assert HOSTILE in body["blocks"][0]["text"]["text"]


def test_discord_mentions_nobody_and_shows_no_markup() -> None:
    _, body = build("discord", title=HOSTILE, project="*infra*")
    assert body["allowed_mentions"] == {"parse": []}
    shown = body["embeds"][0]["description"]
    assert not any(live in shown for live in ("@everyone", "<@", "](", "https://", " *b", " `c", "||"))
    assert body["embeds"][0]["title"] == "Needs permission:\u200b".replace(":", "\\:") + " \\*infra\\*"


def test_discord_escapes_are_of_the_marks_only() -> None:
    assert escape_discord("Größe 3") == "Größe 3"
    assert escape_discord("a_b") == "a\\_b"


def test_teams_gets_captured_text_only_where_there_is_no_markdown() -> None:
    _, body = build("teams", title=HOSTILE)
    card = body["attachments"][0]["content"]
    assert {block["type"] for block in card["body"]} == {"RichTextBlock"}
    assert card["body"][1]["inlines"] == [{"type": "TextRun", "text": HOSTILE}]
    assert card["actions"][0]["url"].endswith("/sessions/s1")


def test_ntfy_gets_the_topic_apart_from_the_server() -> None:
    message, body = build("ntfy")
    assert (message.url, body["topic"]) == ("https://hooks.test/services/", "topic")
    assert (body["title"], body["message"], body["priority"]) == ("Needs permission: infra", "Roll it out", 4)
    assert build("ntfy", kind="turn_done", title="")[1]["priority"] == 3
    assert message.headers == {}
    with_token = build_message("ntfy", content(), TARGET | {"token": "tk_1"}, id="", at_s=0)
    assert with_token.headers == {"authorization": "Bearer tk_1"}


@pytest.mark.parametrize("format", FORMATS)
def test_no_form_grows_beyond_its_bounds(format: str) -> None:
    huge = clean("\U0001f9e8" * 1_000_000, 300)
    message, _ = build(format, title=huge, text=huge, project=huge)
    assert len(message.body) < 10_000


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a\n\x1b[31mb\x00\r\nc", "a [31mb c"),
        ("\u202eevil\u202c", "evil"),
        ("a\u200bb\U000e0041", "ab"),
        ("x" * 200, "x" * 119 + "…"),
        ("\ud800", ""),
    ],
)
def test_captured_text_becomes_one_line_without_control_characters(text: str, line: str) -> None:
    assert clean(text, 120) == line
