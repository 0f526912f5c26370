"""`manage.py sync`: opts in to keeping an account the same as one on another Memfog, and syncs now."""

import sys
from argparse import SUPPRESS
from contextlib import closing
from time import sleep
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from sync import remote_address, remote_login, sync_links, sync_progress, sync_run, user_argument
from sync.http_client import Wire
from sync.models import Link
from sync.remote_server import AGENT, whose
from sync.sync_errors import Forbidden, Halted, Later
from sync.sync_links import Wish
from sync.sync_run import Outcome

TRIES = 5  # in a row without any progress
OVERTAKEN = 1.0  # seconds to leave to whoever is at work


class Command(BaseCommand):
    help = (
        "Keeps an account of this server the same as one on another. Nothing goes anywhere before you say --to. "
        "Without options it syncs once more what was linked before."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--to", metavar="URL", help="the other Memfog; from then on it syncs by itself")
        parser.add_argument("--token", help="one of its tokens that may sync; without it you approve in the browser")
        parser.add_argument("--once", action="store_true", help="sync now, and not by itself from then on")
        parser.add_argument("--project", default="", help="only this folder, root or repository, in both directions")
        parser.add_argument("--insecure-http", action="store_true", help="go without TLS to another machine")
        user_argument.add_argument(parser)
        verbs = parser.add_mutually_exclusive_group()
        for verb, (help_, _) in VERBS.items():
            verbs.add_argument(f"--{verb}", dest="verb", action="store_const", const=verb, default=SUPPRESS, help=help_)

    def handle(self, *args: Any, **options: Any) -> None:
        user_id = user_argument.one(options["user"])
        if verb := options.get("verb"):
            self.stdout.write(VERBS[verb][1](user_id))
            return
        if options["to"]:
            self._opt_in(user_id, options)
        elif sync_links.of(user_id) is None:
            raise CommandError("Nothing is linked. Say with whom: --to https://…")
        self._sync(user_id)

    def _opt_in(self, user_id: UUID, options: dict[str, Any]) -> None:
        try:
            url = remote_address.read(options["to"], insecure=options["insecure_http"])
            token = options["token"] or self._known(user_id, url) or self._ask(url)
            if not (token.isascii() and token.isprintable() and " " not in token):
                raise CommandError("That is no token.")
            with closing(Wire(url, token=token, agent=AGENT)) as wire:
                other = whose(wire)
        except (ValueError, Halted, Forbidden, Later) as trouble:
            raise CommandError(str(trouble)) from None
        wish = Wish(url, token, options["project"], insecure=options["insecure_http"], on=not options["once"])
        sync_links.opt_in(user_id, wish, other=other)

    def _known(self, user_id: UUID, url: str) -> str | None:
        """The token of the link that there is, if it is to the same place and works."""
        link = sync_links.of(user_id)
        return sync_links.token(link) if link and link.url == url and not link.halted else None

    def _ask(self, url: str) -> str:
        with closing(Wire(url, agent=AGENT)) as wire:
            return remote_login.token(wire, self._show)

    def _show(self, code: remote_login.Code) -> None:
        self.stdout.write(
            f"Open {code.link}\nand approve {code.user_code}, on a machine where you are signed in there."
        )
        self.stdout.flush()

    def _sync(self, user_id: UUID) -> None:
        bar = sync_progress.Bar(sys.stderr)
        whole, tries = sync_run.Tally(), 0
        while True:
            outcome = sync_run.attempt(user_id, told=bar)
            tries = 0 if outcome.tally != sync_run.Tally() else tries + 1
            whole += outcome.tally
            if outcome.state not in AGAIN or tries >= TRIES:
                break
            sleep(outcome.wait or OVERTAKEN)
        bar.end()
        self._say(outcome, whole)

    def _say(self, outcome: Outcome, whole: sync_run.Tally) -> None:
        if outcome.state != "done":
            raise CommandError(outcome.trouble or "Another run is at work.")
        self.stdout.write(f"In sync: {sync_progress.summed_up(whole)}.")


AGAIN = {"later", "overtaken"}


def _status(user_id: UUID) -> str:
    link = sync_links.of(user_id)
    return "Nothing is linked." if link is None else "\n".join(_lines(link))


def _lines(link: Link) -> list[str]:
    state = "stopped, waits for you" if link.halted else "on" if link.on else "paused"
    done = f"{link.done_at:%Y-%m-%d %H:%M} UTC" if link.done_at else "never"
    lines = [
        f"with     {link.url}",
        f"what     {link.project or 'everything'}",
        f"state    {state}",
        f"in sync  {done}",
        f"events   {link.sent:,} sent, {link.received:,} received",
        f"deleted  {link.deleted_there:,} there, {link.deleted_here:,} here",
    ]
    if not link.may_delete:
        lines.append("note     the token may not delete: what is deleted here stays there")
    return [*lines, f"trouble  {link.trouble}"] if link.trouble else lines


def _pause(user_id: UUID) -> str:
    return "Paused." if sync_links.pause(user_id) else "Nothing is linked."


def _resume(user_id: UUID) -> str:
    return "It syncs by itself again." if sync_links.resume(user_id) else "Nothing is linked."


def _forget(user_id: UUID) -> str:
    return "Forgotten. What each side holds stays there." if sync_links.forget(user_id) else "Nothing is linked."


VERBS = {
    "status": ("say what is linked, and how it goes", _status),
    "pause": ("do not sync by itself for now", _pause),
    "resume": ("sync by itself again", _resume),
    "forget": ("stop, and forget the other side and its token", _forget),
}
