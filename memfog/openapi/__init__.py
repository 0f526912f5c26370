"""The whole API as an OpenAPI 3.1 document, made once in each process."""

from functools import cache
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator

from memfog.openapi import by_hand, examples, problems, shapes
from memfog.openapi.naming import ORDER, place

Document = dict[str, Any]


@cache
def document() -> Document:
    """DRF's routes as their views describe them, the native ones as described by hand."""
    made: Document = SchemaGenerator().get_schema(public=True)  # type: ignore[no-untyped-call]
    paths = {**by_hand.paths(), **made["paths"]}
    made["paths"] = {path: paths[path] for path in sorted(paths, key=place)}
    made["tags"] = [{"name": name} for name in ORDER]
    made["components"]["schemas"] = {**shapes.ALL, **made["components"].get("schemas", {})}
    made["components"]["securitySchemes"] = {"bearer": shapes.BEARER}
    made["components"]["responses"] = {"MethodNotAllowed": problems.METHOD_NOT_ALLOWED}
    examples.add(made)
    return made


@csrf_exempt
@cache_control(public=True, max_age=60)
@require_safe
def serve(request: HttpRequest) -> JsonResponse:
    return JsonResponse(document(), json_dumps_params={"ensure_ascii": False})
