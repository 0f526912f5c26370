"""Builds the OpenAPI 3.1 document of the whole API, once per process."""

from typing import Any

from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator

from memfog.openapi import component_schemas, member_examples, native_routes, problem_responses
from memfog.openapi.operation_names import SECTION_ORDER, section_index
from memfog.server.compute_once import compute_once

Document = dict[str, Any]


@compute_once
def build_document() -> Document:
    """Builds the document: DRF routes from their views, native routes from `memfog.openapi.native_routes`."""
    schema: Document = SchemaGenerator().get_schema(public=True)  # type: ignore[no-untyped-call]
    paths = {**native_routes.build_paths(), **schema["paths"]}
    schema["paths"] = {path: paths[path] for path in sorted(paths, key=section_index)}
    schema["tags"] = [{"name": name} for name in SECTION_ORDER]
    schema["components"]["schemas"] = {**component_schemas.SCHEMAS, **schema["components"].get("schemas", {})}
    schema["components"]["securitySchemes"] = {"bearer": component_schemas.BEARER_SCHEME}
    schema["components"]["responses"] = {"MethodNotAllowed": problem_responses.METHOD_NOT_ALLOWED}
    member_examples.add_examples(schema)
    return schema


@csrf_exempt
@cache_control(public=True, max_age=60)
@require_safe
def document_view(request: HttpRequest) -> JsonResponse:
    return JsonResponse(build_document(), json_dumps_params={"ensure_ascii": False})
