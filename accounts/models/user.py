"""Users, and their email addresses."""

import unicodedata
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import uuid4

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models, transaction
from django.utils import timezone


def canonicalize_email(email: str) -> str:
    """Returns the one spelling of an address that is stored: `Foo@Ex.com` and `foo@ex.com` are equal.

    A Kelvin sign equals `k`. Mail goes only to this spelling, so a look-alike of an address reaches the owner of the
    address and not the person who typed it.
    """
    # Twice, because folding can undo the normal form (Unicode's NFKC_Casefold).
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", email).casefold()).strip()


# The address of an account that Memfog created, until its owner sets one. It has no mailbox.
LOCAL_EMAIL = "me@localhost"


if TYPE_CHECKING:
    _EmailField = models.EmailField[str, str]
else:
    _EmailField = models.EmailField


class AddressField(_EmailField):
    """An email field that saves and looks up the canonical spelling."""

    def to_python(self, value: Any) -> Any:
        return _canonicalize_or_none(super().to_python(value))

    def get_prep_value(self, value: Any) -> Any:
        return _canonicalize_or_none(super().get_prep_value(value))


def _canonicalize_or_none(value: str | None) -> str | None:
    return value if value is None else canonicalize_email(value)


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=username or "")

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=canonicalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        defaults = {"email_verified_at": timezone.now(), "is_staff": True, "is_superuser": True}
        return self.create_user(email, password, **(defaults | fields))


class User(AbstractBaseUser, PermissionsMixin):
    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    email = AddressField(max_length=254, unique=True)
    display_name = models.CharField(max_length=200, null=True, blank=True)
    email_verified_at = models.DateTimeField(null=True, blank=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    # An access token holds the epoch of its creation; a higher epoch ends all access tokens at once.
    credential_epoch = models.PositiveIntegerField(default=0, editable=False)
    # The one mail whose secret link still works. A later mail replaces it; using the link clears it.
    active_link_id = models.UUIDField(null=True, unique=True, editable=False)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects: ClassVar[UserManager] = UserManager()

    def __str__(self) -> str:
        return self.email

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Saves the user. A new account gets one API token, whichever code creates it."""
        is_new = self._state.adding
        with transaction.atomic():
            super().save(*args, **kwargs)
            if is_new:
                self.tokens.create(name=self.tokens.model.DEFAULT_NAME)

    def set_password(self, raw_password: str | None) -> None:
        super().set_password(raw_password)
        self.invalidate_credentials()

    def invalidate_credentials(self) -> None:
        """Ends access tokens and a mailed link, as a new password does besides sessions. API tokens stay."""
        self.credential_epoch += 1
        self.active_link_id = None

    @property
    def has_mailbox(self) -> bool:
        return self.email != LOCAL_EMAIL

    @property
    def email_verified(self) -> bool:
        return self.email_verified_at is not None
