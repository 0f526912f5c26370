"""`/docs/api`: the document of `memfog.openapi` as a page. Every problem's `type` is an anchor on it."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.api_base.problem import CODES
from memfog.openapi import document
from memfog.reference.operations import Section, sections
from memfog.reference.schema_tables import Shape, shapes
from memfog.server.compute_once import compute_once


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    known = {"sections": _sections(), "shapes": _shapes(), "codes": CODES, "site": settings.PUBLIC_URL}
    return render(request, "reference/page.html", known)


@compute_once
def _sections() -> list[Section]:
    return sections(document())


@compute_once
def _shapes() -> list[Shape]:
    return shapes(document())
