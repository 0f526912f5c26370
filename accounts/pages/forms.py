"""The fields of the pages. What an account may be is decided by the verbs, what may be typed by `validators`."""

from typing import Any

from django import forms
from django.conf import settings

from accounts import validators


class Address(forms.Form):
    email = forms.CharField(
        label="Email",
        validators=[validators.address],
        widget=forms.EmailInput(attrs={"autocomplete": "username", "maxlength": validators.LONGEST_ADDRESS}),
    )


class Login(Address):
    password = forms.CharField(
        max_length=settings.PASSWORD_LENGTH[1],
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


def _code() -> forms.CharField:
    return forms.CharField(
        label="Code",
        max_length=validators.LONGEST_CODE,
        help_text="The six digits that your authenticator shows, or a recovery code.",
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "autocapitalize": "characters"}),
    )


class Code(forms.Form):
    otp = _code()


class Again(forms.Form):
    """Who changes something shows the password again, if they have one, and the code where two-factor is on."""

    current = forms.CharField(
        label="Your password",
        max_length=settings.PASSWORD_LENGTH[1],
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, data: Any = None, *, with_password: bool, with_code: bool) -> None:
        super().__init__(data)
        if not with_password:
            del self.fields["current"]
        if with_code:
            self.fields["otp"] = _code()


def _new_password() -> forms.CharField:
    # No `maxlength`: a browser would cut a longer one silently, and the owner would not know their password.
    return forms.CharField(
        label="Password",
        help_text="At least {} characters, and none of the usual ones.".format(*settings.PASSWORD_LENGTH),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


def _name() -> forms.CharField:
    return forms.CharField(
        label="Name",
        required=False,
        max_length=validators.LONGEST_NAME,
        empty_value=None,
        validators=[validators.one_line],
        help_text="What we call you. May stay empty.",
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )


class SignUp(Address):
    password = _new_password()
    display_name = _name()


class Name(forms.Form):
    display_name = _name()


class NewPassword(forms.Form):
    password = _new_password()


class ChangePassword(Again):
    password = _new_password()
    field_order = ("current", "password")


class NewAddress(Again):
    email = forms.CharField(
        label="New address",
        validators=[validators.address],
        widget=forms.EmailInput(attrs={"autocomplete": "email", "maxlength": validators.LONGEST_ADDRESS}),
    )
    field_order = ("email", "current")


class ConfirmAuthenticator(Again):
    new_code = forms.CharField(
        label="Code of the authenticator",
        max_length=validators.LONGEST_CODE,
        help_text="The six digits that it shows now.",
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )
    field_order = ("new_code", "current")


class UserCode(forms.Form):
    user_code = forms.CharField(
        label="Code",
        max_length=validators.LONGEST_CODE,
        help_text="Eight letters, as the machine shows them.",
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false", "class": "code"}
        ),
    )
