"""Builds a curl command for each route, for a shell in which `$TOKEN` or `$ACCESS_TOKEN` is set."""

import json
import shlex
from typing import Any

from memfog.reference.example_values import build_example

# Additional options by media type: a stream needs no buffer, and an export belongs in a file.
EXTRA_OPTIONS = {"text/event-stream": "--no-buffer ", "application/x-ndjson": "--output memfog.ndjson "}


def build_command(method: str, path: str, operation: dict[str, Any], document: dict[str, Any]) -> str:
    options = f"{_extra_options(operation)}{_method_option(method, operation)}"
    lines = [f"curl {options}{document['servers'][0]['url']}{_fill_path(path, operation)}"]
    if permission := _get_required_permission(operation):
        lines.append(f'-H "Authorization: Bearer ${"ACCESS_TOKEN" if permission == "account" else "TOKEN"}"')
    if "requestBody" in operation:
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        body = json.dumps(build_example(schema, document), indent=2, ensure_ascii=False)
        lines += ["-H 'Content-Type: application/json'", f"-d {shlex.quote(body)}"]
    return " \\\n  ".join(lines)


def _get_required_permission(operation: dict[str, Any]) -> str:
    return next((permission for scheme in operation.get("security", ()) for permission in scheme.get("bearer", ())), "")


def _method_option(method: str, operation: dict[str, Any]) -> str:
    # curl's default method: GET, or POST with a body.
    default_method = "post" if "requestBody" in operation else "get"
    return "" if method == default_method else f"-X {method.upper()} "


def _extra_options(operation: dict[str, Any]) -> str:
    kinds = operation["responses"].get("200", {}).get("content", {})
    return "".join(EXTRA_OPTIONS.get(kind, "") for kind in kinds)


def _fill_path(path: str, operation: dict[str, Any]) -> str:
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "path":
            path = path.replace(f"{{{parameter['name']}}}", str(parameter["schema"]["examples"][0]))
    return path
