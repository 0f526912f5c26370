"""`/docs/api`: the document of `memfog.openapi` as a page. Every problem's `type` is an anchor on it."""

from functools import cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.problem import CODES
from memfog.openapi import document
from memfog.reference.routes import Section, sections
from memfog.reference.shapes import Shape, shapes


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    known = {"sections": _sections(), "shapes": _shapes(), "codes": CODES, "site": settings.PUBLIC_URL}
    return render(request, "reference/page.html", known)


@cache
def _sections() -> list[Section]:
    return sections(document())


@cache
def _shapes() -> list[Shape]:
    return shapes(document())
