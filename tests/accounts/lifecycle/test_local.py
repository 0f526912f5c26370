"""The sign-in link of the owner of a local server: how long, for which account and where it is valid."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.test import Client

from accounts.api_base.problem import Problem
from accounts.lifecycle import local_owner
from accounts.models import LocalAccount, User
from tests.accounts.phones import give
from tests.people import make_user


@pytest.fixture
def owner(settings: LazySettings) -> Iterator[User]:
    """A new owner of the local account, for one test. The database of the test run keeps its previous owner."""
    settings.PERSONAL = True
    before = list(LocalAccount.objects.values_list("user_id", flat=True))
    LocalAccount.objects.all().delete()
    user = make_user()
    LocalAccount.objects.create(user=user)
    yield user
    LocalAccount.objects.all().delete()
    LocalAccount.objects.bulk_create([LocalAccount(user_id=user_id) for user_id in before])


def open_page(inside: Client, link: str) -> int:
    return inside.get(f"/sign-in/link?token={link}").status_code


def test_a_link_is_good_for_ten_minutes(owner: User, inside: Client) -> None:
    link = local_owner.create_link_secret(owner)
    assert open_page(inside, link) == 200
    rows = LocalAccount.objects.filter(user=owner)
    made_at = rows.get().link_created_at
    assert made_at
    rows.update(link_created_at=made_at - timedelta(minutes=10))
    assert open_page(inside, link) == 400
    assert inside.post("/sign-in/link", {"token": link}).status_code == 400


def test_the_database_alone_makes_no_link(owner: User, inside: Client) -> None:
    local_owner.create_link_secret(owner)
    kept = LocalAccount.objects.values_list("link_digest", flat=True).get()
    assert kept
    assert open_page(inside, bytes(kept).hex()) == 400
    assert open_page(inside, "%ed%a0%80") == 400


def test_where_others_reach_the_server_there_is_no_such_page(
    owner: User, inside: Client, settings: LazySettings
) -> None:
    link = local_owner.create_link_secret(owner)
    settings.PERSONAL = False
    assert open_page(inside, link) == 404
    assert local_owner.get_or_create_owner() is None
    assert local_owner.get_session_lifetime(owner) is None
    with pytest.raises(Problem, match="invalid_token"):
        local_owner.use_link(link)


def test_a_link_does_not_pass_the_second_factor(owner: User, inside: Client) -> None:
    phone = give(owner)
    came = inside.post("/sign-in/link", {"token": local_owner.create_link_secret(owner)})
    assert came["location"].startswith("/sign-in/code")
    assert inside.get("/settings").status_code == 302
    assert inside.post("/sign-in/code", {"otp": phone.fresh()}).status_code == 302
    assert inside.get("/settings").status_code == 200


def test_a_disabled_owner_does_not_come_in(owner: User, inside: Client) -> None:
    link = local_owner.create_link_secret(owner)
    User.objects.filter(id=owner.id).update(is_active=False)
    assert open_page(inside, link) == 400
