"""Turns a DRF view into an operation of the document.

`accounts.api_base.endpoint_docs` adds the parts that are specific to the view. The rest follows from the view.
"""

import re
from typing import Any

from drf_spectacular.openapi import AutoSchema

from accounts.api_base.endpoint_docs import PROBLEMS_EXTENSION
from memfog.openapi.operation_names import find_tag, make_operation_id
from memfog.openapi.problem_responses import BODY_CODES, COMMON_CODES, Operation, add_problem_responses


class DocumentedSchema(AutoSchema):
    def get_operation(self, *args: Any, **kwargs: Any) -> Operation | None:
        operation = super().get_operation(*args, **kwargs)
        if operation is None:
            return None
        own = operation.pop(PROBLEMS_EXTENSION, ())
        return add_problem_responses(operation, {*COMMON_CODES, "not_acceptable", *own, *self._list_common_codes()})

    def _list_common_codes(self) -> list[str]:
        """Lists the problem codes that follow from the method, path and permission of the route."""
        codes = [] if self.method == "GET" else [*BODY_CODES]
        if "{" in self.path:
            codes.append("not_found")
        if getattr(self.view, "route", ""):
            codes.append("rate_limited")
        if permission := self._get_required_permission():
            codes += ["not_authenticated"] if permission == "capture" else ["not_authenticated", "forbidden"]
        return codes

    def _get_required_permission(self) -> str | None:
        if not self.view.get_authenticators():
            return None
        return str(getattr(self.view, "required_permission", "read"))

    def get_auth(self) -> list[dict[str, Any]]:
        permission = self._get_required_permission()
        return [{"bearer": [permission]}] if permission else [{}]

    def get_operation_id(self) -> str:
        return make_operation_id(self.method, self.path)

    def get_tags(self) -> list[str]:
        return [find_tag(self.path)]

    def get_summary(self) -> str:
        return self._split_description()[0].rstrip(".")

    def get_description(self) -> str:  # type: ignore[override]
        return self._split_description()[1]

    def _split_description(self) -> tuple[str, str]:
        """Splits the view's docstring into its first sentence and the rest."""
        first, *rest = re.split(r"(?<=\.)\s+", super().get_description(), maxsplit=1)
        return first, "".join(rest)

    def _get_request_body(self, direction: Any = "request") -> Any:
        # The library assumes that a DELETE has no body, but some DELETE routes here require the password in a body.
        method, self.method = self.method, "POST" if self.method == "DELETE" else self.method
        try:
            serializer = self.get_request_serializer()
            return super()._get_request_body(direction) if serializer else None  # type: ignore[no-untyped-call]
        finally:
            self.method = method
