"""Compresses pages and their files: the page of a session is repetitive text."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

COMPRESSED_TYPES = ("text/html", "text/css", "text/javascript", "image/svg+xml")


class PageCompressionMiddleware(GZipMiddleware):
    """Compresses HTML, CSS, JavaScript and SVG. API clients are near, or behind a proxy that compresses."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if not response.get("Content-Type", "").startswith(COMPRESSED_TYPES):
            return response
        # Compression would change a file's ETag; its Last-Modified date is enough to validate a cached copy.
        if response.has_header("Last-Modified"):
            del response["ETag"]
        return super().process_response(request, response)
