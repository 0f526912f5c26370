"""How a DRF view becomes an operation: `accounts.api_base.endpoint_docs` says what is its own, the rest follows from
the view.
"""

import re
from typing import Any

from drf_spectacular.openapi import AutoSchema

from accounts.api_base.endpoint_docs import MARK
from memfog.openapi.operation_names import operation_id, tag
from memfog.openapi.problem_responses import ALWAYS, WITH_BODY, Operation, complete


class Described(AutoSchema):
    def get_operation(self, *args: Any, **kwargs: Any) -> Operation | None:
        operation = super().get_operation(*args, **kwargs)
        if operation is None:
            return None
        own = operation.pop(MARK, ())
        return complete(operation, {*ALWAYS, "not_acceptable", *own, *self._usual()})

    def _usual(self) -> list[str]:
        """The problems that follow from the kind of route this is."""
        codes = [] if self.method == "GET" else [*WITH_BODY]
        if "{" in self.path:
            codes.append("not_found")
        if getattr(self.view, "route", ""):
            codes.append("rate_limited")
        if needs := self._needs():
            codes += ["not_authenticated"] if needs == "capture" else ["not_authenticated", "forbidden"]
        return codes

    def _needs(self) -> str | None:
        if not self.view.get_authenticators():
            return None
        return str(getattr(self.view, "needs", "read"))

    def get_auth(self) -> list[dict[str, Any]]:
        needs = self._needs()
        return [{"bearer": [needs]}] if needs else [{}]

    def get_operation_id(self) -> str:
        return operation_id(self.method, self.path)

    def get_tags(self) -> list[str]:
        return [tag(self.path)]

    def get_summary(self) -> str:
        return self._sentences()[0].rstrip(".")

    def get_description(self) -> str:  # type: ignore[override]
        return self._sentences()[1]

    def _sentences(self) -> tuple[str, str]:
        """The first sentence of the docstring, and the rest."""
        first, *rest = re.split(r"(?<=\.)\s+", super().get_description(), maxsplit=1)
        return first, "".join(rest)

    def _get_request_body(self, direction: Any = "request") -> Any:
        # The library believes that a DELETE has no body. Ours that delete much ask for the password in one.
        method, self.method = self.method, "POST" if self.method == "DELETE" else self.method
        try:
            taken = self.get_request_serializer()
            return super()._get_request_body(direction) if taken else None  # type: ignore[no-untyped-call]
        finally:
            self.method = method
