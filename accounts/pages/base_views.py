"""Base classes of the account pages: they call the functions behind the API and show problems in the form."""

from collections.abc import Callable
from typing import Any

from django import forms as django_forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import View

from accounts.api_base import rate_limit
from accounts.api_base.problem import Problem
from accounts.mailer import dev_backend, signed_links
from accounts.models import MailKind, User
from accounts.pages import forms
from accounts.sign_in import login, two_factor


@method_decorator([sensitive_post_parameters(), never_cache], name="dispatch")
class FormPage(View):
    """Shows a form on GET. On POST it applies the form, or shows it again with its errors."""

    template = ""
    form_class: type[django_forms.Form] = django_forms.Form
    route = ""  # the credential route that a POST counts as

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.render_form(self.build_form())

    def post(self, request: HttpRequest) -> HttpResponse:
        try:
            if self.route:
                rate_limit.count_request(request, self.route)
            form = self.build_form(request.POST)
            return self.process_form(form.cleaned_data) if form.is_valid() else self.render_form(form, status=400)
        except Problem as problem:
            return self.render_problem(problem)

    def build_form(self, data: Any = None) -> django_forms.Form:
        return self.form_class(data)

    def process_form(self, values: dict[str, Any]) -> HttpResponse:
        raise NotImplementedError

    def render_problem(self, problem: Problem) -> HttpResponse:
        form = self.build_form(self.request.POST)
        for error in problem.errors:
            form.add_error(error["loc"][0], error["message"])
        if not problem.errors:
            form.add_error(None, problem.detail)
        return self.render_form(form, status=problem.problem_type.status, headers=problem.headers, code=problem.code)

    def render_form(
        self, form: django_forms.Form, *, status: int = 200, headers: dict[str, str] | None = None, **context: Any
    ) -> HttpResponse:
        answer = render(self.request, f"accounts/{self.template}.html", {"form": form, **context}, status=status)
        for name, value in (headers or {}).items():
            answer[name] = value
        return answer

    def render_check_email(self, values: dict[str, Any]) -> HttpResponse:
        context = {"email": values["email"], "is_local": dev_backend.is_local()}
        return render(self.request, "accounts/look_in_your_mail.html", context)


class LinkPage(FormPage):
    """The target of a secret link. Mail scanners and browsers open links, so only the page's button uses the link."""

    kind: MailKind | None = None
    link_user: User

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._if_link_works(super().get)

    def post(self, request: HttpRequest) -> HttpResponse:
        return self._if_link_works(super().post)

    def _if_link_works(self, handler: Callable[[HttpRequest], HttpResponse]) -> HttpResponse:
        try:
            self.link_user = self.load_link_user()
        except Problem as problem:
            return self.render_problem(problem)
        return handler(self.request)

    def load_link_user(self) -> User:
        """Loads the user of this link. Raises Problem `invalid_token`."""
        assert self.kind  # noqa: S101  # set on every page that a mail links to
        return signed_links.load_link_user(self.secret, kind=self.kind)

    @property
    def secret(self) -> str:
        return self.request.POST.get("token") or self.request.GET.get("token", "")

    def render_problem(self, problem: Problem) -> HttpResponse:
        if problem.code != "invalid_token":
            return super().render_problem(problem)
        return _hide_referrer(render(self.request, "accounts/dead_link.html", {"kind": self.kind}, status=400))

    def render_form(self, form: django_forms.Form, **rest: Any) -> HttpResponse:
        email = signed_links.get_mail_recipient(self.link_user) or self.link_user.email
        return _hide_referrer(super().render_form(form, secret=self.secret, email=email, **rest))


def _hide_referrer(answer: HttpResponse) -> HttpResponse:
    """Hides the secret in this page's address from the pages that it links to.

    With `no-referrer` the browser would send `Origin: null` with the form, which the CSRF check refuses.
    """
    answer.headers["Referrer-Policy"] = "strict-origin"
    return answer


def get_signed_in_user(request: HttpRequest) -> User:
    """Returns the signed-in user. Call it behind `login_required`."""
    assert isinstance(request.user, User)  # noqa: S101  # the decorator ensures it
    return request.user


@method_decorator(login_required, name="dispatch")
class AuthenticatedPage(FormPage):
    """A page for a signed-in user."""

    @property
    def user(self) -> User:
        return get_signed_in_user(self.request)


class ReauthenticationPage(AuthenticatedPage):
    """Acts only after the user has given the password again, and the code if two-factor is on."""

    form_class: type[forms.ReauthenticationForm] = forms.ReauthenticationForm

    def build_form(self, data: Any = None) -> django_forms.Form:
        has_password, has_factor = self.user.has_usable_password(), two_factor.load_factor(self.user) is not None
        return self.form_class(data, with_password=has_password, with_code=has_factor)

    def process_form(self, values: dict[str, Any]) -> HttpResponse:
        submitted = values.get("current", ""), values.get("otp", "")
        login.reauthenticate(self.request, self.user, password=submitted[0], code=submitted[1])
        return self.apply_change(values)

    def apply_change(self, values: dict[str, Any]) -> HttpResponse:
        raise NotImplementedError
