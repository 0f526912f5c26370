"""What the pages of accounts have in common: they call the verbs of the API and show their problems in the form."""

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
from accounts.mailer import mail_templates, signed_links
from accounts.models import Mail, User
from accounts.pages import forms
from accounts.sign_in import login, two_factor


@method_decorator([sensitive_post_parameters(), never_cache], name="dispatch")
class FormPage(View):
    """GET shows a form, POST acts on it or shows it again with what is wrong."""

    template = ""
    form: type[django_forms.Form] = django_forms.Form
    route = ""  # the credential route that a POST counts as

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show(self.fill())

    def post(self, request: HttpRequest) -> HttpResponse:
        try:
            if self.route:
                rate_limit.count(request, self.route)
            form = self.fill(request.POST)
            return self.act(form.cleaned_data) if form.is_valid() else self.show(form, status=400)
        except Problem as problem:
            return self.refuse(problem)

    def fill(self, data: Any = None) -> django_forms.Form:
        return self.form(data)

    def act(self, values: dict[str, Any]) -> HttpResponse:
        raise NotImplementedError

    def refuse(self, problem: Problem) -> HttpResponse:
        form = self.fill(self.request.POST)
        for error in problem.errors:
            form.add_error(error["loc"][0], error["message"])
        if not problem.errors:
            form.add_error(None, problem.detail)
        return self.show(form, status=problem.kind.status, headers=problem.headers, code=problem.code)

    def show(
        self, form: django_forms.Form, *, status: int = 200, headers: dict[str, str] | None = None, **context: Any
    ) -> HttpResponse:
        answer = render(self.request, f"accounts/{self.template}.html", {"form": form, **context}, status=status)
        for name, value in (headers or {}).items():
            answer[name] = value
        return answer

    def look_in_your_mail(self, values: dict[str, Any]) -> HttpResponse:
        context = {"email": values["email"], "locally": mail_templates.is_local()}
        return render(self.request, "accounts/look_in_your_mail.html", context)


class LinkPage(FormPage):
    """Where a secret link leads. Opening it spends nothing, since mail scanners and browsers do so; its button does."""

    kind: Mail | None = None
    holder: User

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._if_alive(super().get)

    def post(self, request: HttpRequest) -> HttpResponse:
        return self._if_alive(super().post)

    def _if_alive(self, answer: Callable[[HttpRequest], HttpResponse]) -> HttpResponse:
        try:
            self.holder = self.find()
        except Problem as problem:
            return self.refuse(problem)
        return answer(self.request)

    def find(self) -> User:
        """Whose link this is. Raises Problem `invalid_token`."""
        assert self.kind  # noqa: S101  # of the pages that mails lead to
        return signed_links.holder(self.secret, kind=self.kind)

    @property
    def secret(self) -> str:
        return self.request.POST.get("token") or self.request.GET.get("token", "")

    def refuse(self, problem: Problem) -> HttpResponse:
        if problem.code != "invalid_token":
            return super().refuse(problem)
        return _unreferred(render(self.request, "accounts/dead_link.html", {"kind": self.kind}, status=400))

    def show(self, form: django_forms.Form, **rest: Any) -> HttpResponse:
        email = signed_links.mailed_to(self.holder) or self.holder.email
        return _unreferred(super().show(form, secret=self.secret, email=email, **rest))


def _unreferred(answer: HttpResponse) -> HttpResponse:
    """Keeps the secret in this page's address from what the page leads to.

    `no-referrer` would have the browser send `Origin: null` with the form, which the CSRF check refuses.
    """
    answer.headers["Referrer-Policy"] = "strict-origin"
    return answer


def visitor(request: HttpRequest) -> User:
    """Who is signed in. Behind `login_required`."""
    assert isinstance(request.user, User)  # noqa: S101  # what the decorator saw to
    return request.user


@method_decorator(login_required, name="dispatch")
class OwnPage(FormPage):
    """A page of whoever is signed in."""

    @property
    def user(self) -> User:
        return visitor(self.request)


class AgainPage(OwnPage):
    """Acts only for who shows once more that it is they: by their password, and the code where two-factor is on."""

    form: type[forms.Again] = forms.Again

    def fill(self, data: Any = None) -> django_forms.Form:
        has_password, has_factor = self.user.has_usable_password(), two_factor.of(self.user) is not None
        return self.form(data, with_password=has_password, with_code=has_factor)

    def act(self, values: dict[str, Any]) -> HttpResponse:
        given = values.get("current", ""), values.get("otp", "")
        login.check_again(self.request, self.user, password=given[0], code=given[1])
        return self.change(values)

    def change(self, values: dict[str, Any]) -> HttpResponse:
        raise NotImplementedError
