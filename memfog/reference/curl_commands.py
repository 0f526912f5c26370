"""A command for each route that can be pasted into a shell, once it knows `$TOKEN`."""

import json
import shlex
from typing import Any

from memfog.reference.example_values import example

# What a stream needs in addition, or what is better kept in a file.
EXTRA = {"text/event-stream": "--no-buffer ", "application/x-ndjson": "--output memfog.ndjson "}


def command(method: str, path: str, operation: dict[str, Any], document: dict[str, Any]) -> str:
    lines = [
        f"curl {_extra(operation)}{_method(method, operation)}{document['servers'][0]['url']}{_filled(path, operation)}"
    ]
    if need := _need(operation):
        lines.append(f'-H "Authorization: Bearer ${"ACCESS_TOKEN" if need == "account" else "TOKEN"}"')
    if "requestBody" in operation:
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        body = json.dumps(example(schema, document), indent=2, ensure_ascii=False)
        lines += ["-H 'Content-Type: application/json'", f"-d {shlex.quote(body)}"]
    return " \\\n  ".join(lines)


def _need(operation: dict[str, Any]) -> str:
    return next((need for scheme in operation.get("security", ()) for need in scheme.get("bearer", ())), "")


def _method(method: str, operation: dict[str, Any]) -> str:
    # curl's own choice: GET, and POST with a body.
    usual = "post" if "requestBody" in operation else "get"
    return "" if method == usual else f"-X {method.upper()} "


def _extra(operation: dict[str, Any]) -> str:
    kinds = operation["responses"].get("200", {}).get("content", {})
    return "".join(EXTRA.get(kind, "") for kind in kinds)


def _filled(path: str, operation: dict[str, Any]) -> str:
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "path":
            path = path.replace(f"{{{parameter['name']}}}", str(parameter["schema"]["examples"][0]))
    return path
