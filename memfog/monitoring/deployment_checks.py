"""`manage.py check --deploy`: reports each combination of settings that is unsafe on a server that others can reach."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from backups import age_encryption
from backups.backup_errors import BackupError


@register(Tags.security, deploy=True)
def check_deployment(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Lists unsafe settings; some apply to a public server only. (Missing keys already stop every command.)"""
    unsafe = [*_check_any_server(), *([] if settings.LOCAL else [*_check_public_server(), *_check_operation()])]
    return [kind(text, hint=hint, id=f"memfog.{number}") for number, kind, text, hint in unsafe]


UnsafeSetting = tuple[str, type[Error] | type[Warning], str, str]


def _check_any_server() -> list[UnsafeSetting]:
    several = settings.WEB_CONCURRENCY > 1
    sqlite = settings.ON_SQLITE
    return [*_check_backups(sqlite=sqlite), *_check_processes(several=several, sqlite=sqlite)]


def _check_backups(*, sqlite: bool) -> list[UnsafeSetting]:
    if not settings.BACKUP_URL:
        return []
    return [
        *_check_recipients(settings.BACKUP_RECIPIENTS),
        *_select_unsafe(
            (
                not sqlite and not settings.BACKUP_DATABASE_IS_SET,
                (
                    "E008",
                    Error,
                    "No backups are made: row-level security applies to the application's role.",
                    "Set BACKUP_DATABASE_URL with a role that has BYPASSRLS and can read every table.",
                ),
            ),
        ),
    ]


def _check_recipients(recipients: list[str]) -> list[UnsafeSetting]:
    return _select_unsafe(
        (
            not _are_valid_keys(recipients),
            (
                "E007",
                Error,
                "No backups are made: there is no public key to encrypt them.",
                "Set BACKUP_RECIPIENTS to public keys of age (age1…).",
            ),
        ),
        (
            len(set(recipients)) == 1,
            (
                "W003",
                Warning,
                "All backups depend on one key. If it is lost, they cannot be read.",
                "Add a second public key, whose private key is kept offline, to BACKUP_RECIPIENTS.",
            ),
        ),
    )


def _are_valid_keys(recipients: list[str]) -> bool:
    try:
        return bool(age_encryption.parse_public_keys(recipients))
    except BackupError:
        return False


def _check_processes(*, several: bool, sqlite: bool) -> list[UnsafeSetting]:
    return _select_unsafe(
        (
            several and not settings.REDIS_URL,
            (
                "E001",
                Error,
                "Several web processes cannot share rate limits and live updates without Redis.",
                "Set REDIS_URL.",
            ),
        ),
        (
            several and sqlite,
            (
                "E002",
                Error,
                "Several web processes would share one SQLite file.",
                "Set DATABASE_URL, or WEB_CONCURRENCY=1.",
            ),
        ),
    )


def _check_public_server() -> list[UnsafeSetting]:
    https = settings.PUBLIC_URL.startswith("https://")
    return _select_unsafe(
        (
            settings.DEBUG,
            ("E003", Error, "DEBUG shows settings and captured content to every visitor.", "Set DEBUG=0."),
        ),
        (
            not settings.PUBLIC_URL_IS_SET,
            (
                "E004",
                Error,
                "Links in mails do not work without PUBLIC_URL.",
                "Set PUBLIC_URL to the public address of this server.",
            ),
        ),
        (
            settings.PUBLIC_URL_IS_SET and not https,
            ("E005", Error, "Credentials are sent without encryption.", "Set PUBLIC_URL to an address with https://."),
        ),
    )


def _check_operation() -> list[UnsafeSetting]:
    mail = settings.EMAIL_URL or settings.EMAIL_PROVIDER
    return _select_unsafe(
        (not mail, ("E006", Error, "No mail is sent, so no one can sign up.", "Set EMAIL_URL or EMAIL_PROVIDER.")),
        (
            not settings.BACKUP_URL,
            ("W002", Warning, "No backups are made.", "Set BACKUP_URL and BACKUP_RECIPIENTS: docs/backups.md."),
        ),
        (
            not settings.ADMINS,
            ("W001", Warning, "No operator receives error reports.", "Set ADMINS to the operators' addresses."),
        ),
    )


def _select_unsafe(*cases: tuple[Any, UnsafeSetting]) -> list[UnsafeSetting]:
    return [unsafe for is_unsafe, unsafe in cases if is_unsafe]
