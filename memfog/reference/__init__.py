"""`/docs/api`: shows the OpenAPI document as a page, with an anchor for the `type` of every problem."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.api_base.problem import PROBLEM_TYPES
from memfog.openapi import build_document
from memfog.reference.operations import Section, build_sections
from memfog.reference.schema_tables import SchemaTable, build_schema_tables
from memfog.server.compute_once import compute_once


@require_safe
def reference_view(request: HttpRequest) -> HttpResponse:
    context = {
        "sections": _build_sections(),
        "shapes": _build_schema_tables(),
        "codes": PROBLEM_TYPES,
        "site": settings.PUBLIC_URL,
    }
    return render(request, "reference/page.html", context)


@compute_once
def _build_sections() -> list[Section]:
    return build_sections(build_document())


@compute_once
def _build_schema_tables() -> list[SchemaTable]:
    return build_schema_tables(build_document())
