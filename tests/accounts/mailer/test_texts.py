"""What every mail says: whole sentences, the same in both forms, and a link to this server."""

import re
from html import unescape

import pytest
from django.conf import LazySettings
from django.utils import timezone

from accounts.mailer import mail_templates
from accounts.models import BrowserSession, MailKind, OutgoingMail
from tests.people import make_user

KINDS = [kind for kind in MailKind if kind not in (MailKind.DECOY, MailKind.NOTICE, MailKind.NOTICE_DIGEST)]
# The address that the account had: nothing of it can be opened there.
WITHOUT_LINK = {MailKind.EMAIL_CHANGED}

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.one_database]


def render(kind: MailKind) -> tuple[str, str, str]:
    """Returns subject, plain text, and the text of the HTML."""
    mail = OutgoingMail.objects.create(user=make_user(display_name="Ada"), kind=kind, next_attempt_at=None)
    assert mail.user
    message = mail_templates.render_mail(mail, mail.user, mail_templates.load_context(mail) or {})
    html = str(message.alternatives[0][0])
    shown = re.sub(r"<(title|pre)\b.*?</title>|<[^>]+>", " ", html, flags=re.DOTALL)
    return str(message.subject), str(message.body), unescape(shown)


@pytest.mark.parametrize("kind", KINDS)
def test_both_forms_of_a_mail_say_the_same(kind: MailKind, settings: LazySettings) -> None:
    subject, text, shown = render(kind)
    assert "Memfog" in subject
    words = set(re.findall(r"[\w'-]+", re.sub(r"\S*://\S+", "", text)))
    assert words - set(re.findall(r"[\w'-]+", shown)) == set()
    links = re.findall(r"https?://\S+", text)
    assert bool(links) == (kind not in WITHOUT_LINK)
    assert all(settings.PUBLIC_URL in link for link in links)
    assert "{{" not in text + shown


def test_the_mail_about_a_sign_in_names_the_browser() -> None:
    user = make_user()
    mail = OutgoingMail.objects.create(user=user, kind=MailKind.NEW_SIGN_IN, next_attempt_at=None)
    assert mail_templates.load_context(mail) == {"browser": ""}
    BrowserSession.objects.create(
        user=user, browser="Firefox on Linux", session_key="k" * 40, session_data="", expire_date=timezone.now()
    )
    body = str(mail_templates.render_mail(mail, user, mail_templates.load_context(mail) or {}).body)
    assert re.search(r"UTC: Firefox on Linux\.\n", body)
