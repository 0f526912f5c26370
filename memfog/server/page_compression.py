"""Pages and what they load are sent compressed: a page of a session is text that repeats itself."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

COMPRESSED_TYPES = ("text/html", "text/css", "text/javascript", "image/svg+xml")


class PageCompressionMiddleware(GZipMiddleware):
    """Not for answers to programs: those are on the way to a machine next door, or behind a proxy that does it."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if not response.get("Content-Type", "").startswith(COMPRESSED_TYPES):
            return response
        # A file's tag would be another one once it is compressed; its date tells as well whether it is new.
        if response.has_header("Last-Modified"):
            del response["ETag"]
        return super().process_response(request, response)
