"""`GET /export`: "Download everything", for a browser that is signed in."""

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import reverse

from accounts.sign_in import cookie_auth
from events.endpoints import async_http, export_api
from events.endpoints.async_http import Request, Send


async def download(request: Request, send: Send) -> None:
    user_id = await async_http.read(cookie_auth.signed_in, request.headers.get("cookie", ""))
    if user_id is None:
        await _send_to_sign_in(request, send)
    else:
        await export_api.stream(request, send, user_id, whole=True)


async def _send_to_sign_in(request: Request, send: Send) -> None:
    # To the page with the button, not to the file: after signing in one wants to see where one is.
    to = f"{reverse('sign-in')}?next={reverse('settings')}".encode()
    headers = [*async_http.head(request, "text/plain"), (b"location", to), (b"content-length", b"0")]
    await async_http.within(send, {"type": "http.response.start", "status": 302, "headers": headers})
    await async_http.within(send, {"type": "http.response.body", "body": b""})


def elsewhere(request: HttpRequest) -> HttpResponse:
    """Gives the address its name for links. Django sees only what is no GET: a thread must not stream."""
    return HttpResponseNotAllowed(["GET"])
