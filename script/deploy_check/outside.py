"""The parts outside of the machine: a mail provider, a bucket, the operators' keys, a certificate authority."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from pathlib import Path

import pyrage
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as MessageHandler

from script.deploy_check import local_ca
from tests.backups import bucket
from tests.server import wait_for

DOMAIN = "memfog.example.com"
MAIL_PORT = 2_525
BUCKET = "memfog-backups"
WAIT_S = 60.0


class Mailbox(MessageHandler):
    """Keeps every mail that the mail server was given."""

    def __init__(self) -> None:
        super().__init__()
        self.received: list[EmailMessage] = []

    def handle_message(self, message: Message) -> None:
        mail = message_from_bytes(message.as_bytes(), policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.received.append(mail)

    def wait_for_mail(self, address: str, subject: str) -> EmailMessage:
        """Returns the newest mail to an address with these words in its subject, once there is one."""

        def find() -> EmailMessage | None:
            mails = (mail for mail in reversed(self.received) if address in mail["To"])
            return next((mail for mail in mails if subject in mail["Subject"]), None)

        found = wait_for(find, what=f"a mail to {address}: {subject}", seconds=WAIT_S)
        assert found
        return found


@dataclass(frozen=True)
class Outside:
    mailbox: Mailbox
    bucket_endpoint: str
    # Public keys of age, and the file with the private key of the first.
    recipients: tuple[str, str]
    identity: Path
    # The folder with ca.pem, fullchain.pem and privkey.pem.
    certificates: Path


@contextmanager
def running(folder: Path) -> Iterator[Outside]:
    folder.mkdir()
    local_ca.make_certificates(folder, DOMAIN)
    operators, offline = pyrage.x25519.Identity.generate(), pyrage.x25519.Identity.generate()
    identity = folder / "operators.key"
    identity.write_text(f"{operators}\n")
    mailbox = Mailbox()
    controller = Controller(mailbox, hostname="127.0.0.1", port=MAIL_PORT)
    with bucket.running() as endpoint:
        bucket.client(endpoint).create_bucket(Bucket=BUCKET)
        controller.start()
        try:
            recipients = (str(operators.to_public()), str(offline.to_public()))
            yield Outside(mailbox, endpoint, recipients, identity, folder)
        finally:
            controller.stop()
