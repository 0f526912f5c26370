"""`manage.py sync`: opts in to sync with an account on another server, and runs sync now."""

import sys
from argparse import SUPPRESS
from contextlib import closing
from time import sleep
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from sync import remote_address, remote_login, sync_links, sync_progress, sync_run, user_argument
from sync.http_client import HttpClient
from sync.models import SyncLink
from sync.remote_server import USER_AGENT, fetch_user_id
from sync.sync_errors import Forbidden, RetryLater, SyncHalted
from sync.sync_links import LinkSettings
from sync.sync_run import SyncResult

MAX_ATTEMPTS = 5  # in a row without any progress
CONCURRENT_RUN_PAUSE_S = 1.0  # pause after another run overtook this run


class Command(BaseCommand):
    help = (
        "Syncs an account of this server with an account on another server. Nothing is sent before you use --to. "
        "Without options it syncs the existing link once more."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--to", metavar="URL", help="the other server; from then on sync runs in the background")
        parser.add_argument(
            "--token",
            help="an API token of the other server with the scope sync; without it you approve in the browser",
        )
        parser.add_argument("--once", action="store_true", help="sync now only, not in the background")
        parser.add_argument("--project", default="", help="only this folder, root or repository, in both directions")
        parser.add_argument(
            "--insecure-http", action="store_true", help="allow a connection to another machine without TLS"
        )
        user_argument.add_argument(parser)
        verbs = parser.add_mutually_exclusive_group()
        for verb, (help_, _) in VERBS.items():
            verbs.add_argument(f"--{verb}", dest="verb", action="store_const", const=verb, default=SUPPRESS, help=help_)

    def handle(self, *args: Any, **options: Any) -> None:
        user_id = user_argument.resolve_user(options["user"])
        if verb := options.get("verb"):
            self.stdout.write(VERBS[verb][1](user_id))
            return
        if options["to"]:
            self._opt_in(user_id, options)
        elif sync_links.load_link(user_id) is None:
            raise CommandError("There is no sync link. Create one with --to https://…")
        self._run_until_done(user_id)

    def _opt_in(self, user_id: UUID, options: dict[str, Any]) -> None:
        try:
            url = remote_address.parse_url(options["to"], insecure=options["insecure_http"])
            token = options["token"] or self._saved_token(user_id, url) or self._request_token(url)
            if not (token.isascii() and token.isprintable() and " " not in token):
                raise CommandError("This is not a token.")
            with closing(HttpClient(url, token=token, agent=USER_AGENT)) as client:
                remote_user_id = fetch_user_id(client)
        except (ValueError, SyncHalted, Forbidden, RetryLater) as error:
            raise CommandError(str(error)) from None
        link_settings = LinkSettings(
            url, token, options["project"], insecure=options["insecure_http"], enabled=not options["once"]
        )
        sync_links.opt_in(user_id, link_settings, remote_user_id=remote_user_id)

    def _saved_token(self, user_id: UUID, url: str) -> str | None:
        """Returns the token of the existing link if the link has the same URL and is not halted."""
        link = sync_links.load_link(user_id)
        return sync_links.decrypt_token(link) if link and link.url == url and not link.halted else None

    def _request_token(self, url: str) -> str:
        with closing(HttpClient(url, agent=USER_AGENT)) as client:
            return remote_login.request_token(client, self._show_prompt)

    def _show_prompt(self, prompt: remote_login.ApprovalPrompt) -> None:
        self.stdout.write(
            f"Open {prompt.verification_uri}\n"
            f"and approve {prompt.user_code}, on a machine where you are signed in there."
        )
        self.stdout.flush()

    def _run_until_done(self, user_id: UUID) -> None:
        progress_bar = sync_progress.SyncProgressBar(sys.stderr)
        total, attempts = sync_run.SyncProgress(), 0
        while True:
            result = sync_run.run_sync(user_id, on_progress=progress_bar)
            attempts = 0 if result.progress != sync_run.SyncProgress() else attempts + 1
            total += result.progress
            if result.state not in RETRY_STATES or attempts >= MAX_ATTEMPTS:
                break
            sleep(result.wait_s or CONCURRENT_RUN_PAUSE_S)
        progress_bar.clear()
        self._report_result(result, total)

    def _report_result(self, result: SyncResult, total: sync_run.SyncProgress) -> None:
        if result.state != "done":
            raise CommandError(result.error or "Another sync run is in progress.")
        self.stdout.write(f"In sync: {sync_progress.format_summary(total)}.")


RETRY_STATES = {"later", "overtaken"}


def _format_status(user_id: UUID) -> str:
    link = sync_links.load_link(user_id)
    return "There is no sync link." if link is None else "\n".join(_status_lines(link))


def _status_lines(link: SyncLink) -> list[str]:
    state = "stopped, needs your action" if link.halted else "on" if link.enabled else "paused"
    last_synced = f"{link.last_synced_at:%Y-%m-%d %H:%M} UTC" if link.last_synced_at else "never"
    lines = [
        f"with     {link.url}",
        f"what     {link.project or 'everything'}",
        f"state    {state}",
        f"in sync  {last_synced}",
        f"events   {link.sent:,} sent, {link.received:,} received",
        f"deleted  {link.deleted_remotely:,} there, {link.deleted_locally:,} here",
    ]
    if not link.may_delete:
        lines.append("note     the token may not delete: events deleted here stay on the other server")
    return [*lines, f"error    {link.last_error}"] if link.last_error else lines


def _pause(user_id: UUID) -> str:
    return "Paused." if sync_links.pause(user_id) else "There is no sync link."


def _resume(user_id: UUID) -> str:
    return "Background sync resumed." if sync_links.resume(user_id) else "There is no sync link."


def _forget(user_id: UUID) -> str:
    return (
        "Link and token deleted. The events on both servers stay."
        if sync_links.forget(user_id)
        else "There is no sync link."
    )


VERBS = {
    "status": ("show the link and its state", _format_status),
    "pause": ("pause background sync", _pause),
    "resume": ("resume background sync", _resume),
    "forget": ("delete the link and its token", _forget),
}
