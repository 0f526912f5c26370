"""All routes of Memfog, and routes that fail with the request's text in the exception, as real errors do."""

from typing import Any, NoReturn

from django.db import OperationalError
from django.http import HttpRequest
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from rest_framework.request import Request
from rest_framework.views import APIView

from memfog.urls import urlpatterns as memfog


@csrf_exempt
def broken_page(request: HttpRequest) -> NoReturn:
    prompt = request.body.decode()
    raise ValueError(f"cannot make sense of {prompt}")


class Broken(APIView):
    def post(self, request: Request) -> NoReturn:
        prompt = _prompt(request)
        try:
            raise KeyError(prompt)
        except KeyError as error:
            raise RuntimeError(prompt) from error


class Down(APIView):
    def post(self, request: Request) -> NoReturn:
        # psycopg puts the failed row into its message, too.
        raise OperationalError(f"could not extend file\nDETAIL: Failing row contains ({_prompt(request)}).")


def _prompt(request: Request) -> Any:
    assert isinstance(request.data, dict)
    return request.data["prompt"]


urlpatterns = [
    *memfog,
    path("broken", broken_page),
    path("api/broken", Broken.as_view()),
    path("api/down", Down.as_view()),
]
