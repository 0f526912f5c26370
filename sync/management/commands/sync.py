"""`manage.py sync`: opts in to keeping an account the same as one on another Memfog, and syncs now."""

import sys
from argparse import SUPPRESS
from contextlib import closing
from time import sleep
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from sync import address, device, links, people, runs, terminal
from sync.links import Wish
from sync.models import Link
from sync.other import AGENT, whose
from sync.runs import Outcome
from sync.trouble import Forbidden, Halted, Later
from sync.wire import Wire

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
        people.add_argument(parser)
        verbs = parser.add_mutually_exclusive_group()
        for verb, (help_, _) in VERBS.items():
            verbs.add_argument(f"--{verb}", dest="verb", action="store_const", const=verb, default=SUPPRESS, help=help_)

    def handle(self, *args: Any, **options: Any) -> None:
        user_id = people.one(options["user"])
        if verb := options.get("verb"):
            self.stdout.write(VERBS[verb][1](user_id))
            return
        if options["to"]:
            self._opt_in(user_id, options)
        elif links.of(user_id) is None:
            raise CommandError("Nothing is linked. Say with whom: --to https://…")
        self._sync(user_id)

    def _opt_in(self, user_id: UUID, options: dict[str, Any]) -> None:
        try:
            url = address.read(options["to"], insecure=options["insecure_http"])
            token = options["token"] or self._known(user_id, url) or self._ask(url)
            if not (token.isascii() and token.isprintable() and " " not in token):
                raise CommandError("That is no token.")
            with closing(Wire(url, token=token, agent=AGENT)) as wire:
                other = whose(wire)
        except (ValueError, Halted, Forbidden, Later) as trouble:
            raise CommandError(str(trouble)) from None
        wish = Wish(url, token, options["project"], insecure=options["insecure_http"], on=not options["once"])
        links.opt_in(user_id, wish, other=other)

    def _known(self, user_id: UUID, url: str) -> str | None:
        """The token of the link that there is, if it is to the same place and works."""
        link = links.of(user_id)
        return links.token(link) if link and link.url == url and not link.halted else None

    def _ask(self, url: str) -> str:
        with closing(Wire(url, agent=AGENT)) as wire:
            return device.token(wire, self._show)

    def _show(self, code: device.Code) -> None:
        self.stdout.write(
            f"Open {code.link}\nand approve {code.user_code}, on a machine where you are signed in there."
        )
        self.stdout.flush()

    def _sync(self, user_id: UUID) -> None:
        bar = terminal.Bar(sys.stderr)
        whole, tries = runs.Tally(), 0
        while True:
            outcome = runs.attempt(user_id, told=bar)
            tries = 0 if outcome.tally != runs.Tally() else tries + 1
            whole += outcome.tally
            if outcome.state not in AGAIN or tries >= TRIES:
                break
            sleep(outcome.wait or OVERTAKEN)
        bar.end()
        self._say(outcome, whole)

    def _say(self, outcome: Outcome, whole: runs.Tally) -> None:
        if outcome.state != "done":
            raise CommandError(outcome.trouble or "Another run is at work.")
        self.stdout.write(f"In sync: {terminal.summed_up(whole)}.")


AGAIN = {"later", "overtaken"}


def _status(user_id: UUID) -> str:
    link = links.of(user_id)
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
    return "Paused." if links.pause(user_id) else "Nothing is linked."


def _resume(user_id: UUID) -> str:
    return "It syncs by itself again." if links.resume(user_id) else "Nothing is linked."


def _forget(user_id: UUID) -> str:
    return "Forgotten. What each side holds stays there." if links.forget(user_id) else "Nothing is linked."


VERBS = {
    "status": ("say what is linked, and how it goes", _status),
    "pause": ("do not sync by itself for now", _pause),
    "resume": ("sync by itself again", _resume),
    "forget": ("stop, and forget the other side and its token", _forget),
}
