"""Forms of the account pages. `validators` checks the input; the functions behind the pages check the account."""

from typing import Any

from django import forms
from django.conf import settings

from accounts import validators


class EmailForm(forms.Form):
    email = forms.CharField(
        label="Email",
        validators=[validators.validate_email_address],
        widget=forms.EmailInput(attrs={"autocomplete": "username", "maxlength": validators.MAX_EMAIL_CHARS}),
    )


class SignInForm(EmailForm):
    password = forms.CharField(
        max_length=settings.PASSWORD_LENGTH[1],
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


def _build_code_field() -> forms.CharField:
    return forms.CharField(
        label="Code",
        max_length=validators.MAX_CODE_CHARS,
        help_text="The six-digit code from your authenticator app, or a recovery code.",
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "autocapitalize": "characters"}),
    )


class CodeForm(forms.Form):
    otp = _build_code_field()


class ReauthenticationForm(forms.Form):
    """Asks for the password again if the user has one, and for the code if two-factor is on."""

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
            self.fields["otp"] = _build_code_field()


def _build_new_password_field() -> forms.CharField:
    # No `maxlength`: a browser would silently cut a longer password, and the owner would not know it.
    return forms.CharField(
        label="Password",
        help_text="At least {} characters; avoid common passwords.".format(*settings.PASSWORD_LENGTH),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


def _build_name_field() -> forms.CharField:
    return forms.CharField(
        label="Name",
        required=False,
        max_length=validators.MAX_NAME_CHARS,
        empty_value=None,
        validators=[validators.validate_single_line],
        help_text="Shown in the dashboard (optional).",
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )


class SignUpForm(EmailForm):
    password = _build_new_password_field()
    display_name = _build_name_field()


class DisplayNameForm(forms.Form):
    display_name = _build_name_field()


class NewPasswordForm(forms.Form):
    password = _build_new_password_field()


class ChangePasswordForm(ReauthenticationForm):
    password = _build_new_password_field()
    field_order = ("current", "password")


class ChangeEmailForm(ReauthenticationForm):
    email = forms.CharField(
        label="New address",
        validators=[validators.validate_email_address],
        widget=forms.EmailInput(attrs={"autocomplete": "email", "maxlength": validators.MAX_EMAIL_CHARS}),
    )
    field_order = ("email", "current")


class ConfirmAuthenticatorForm(ReauthenticationForm):
    new_code = forms.CharField(
        label="Authenticator code",
        max_length=validators.MAX_CODE_CHARS,
        help_text="The current six-digit code.",
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )
    field_order = ("new_code", "current")


class UserCodeForm(forms.Form):
    user_code = forms.CharField(
        label="Code",
        max_length=validators.MAX_CODE_CHARS,
        help_text="The eight letters that the machine shows.",
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false", "class": "code"}
        ),
    )
