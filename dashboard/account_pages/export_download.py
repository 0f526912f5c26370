"""`GET /export`: downloads everything in an account, for a signed-in browser."""

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import reverse

from accounts.sign_in import cookie_auth
from events.endpoints import async_http, export_api
from events.endpoints.async_http import AsgiRequest, Send


async def download(request: AsgiRequest, send: Send) -> None:
    user_id = await async_http.run_in_thread(cookie_auth.load_user_id, request.headers.get("cookie", ""))
    if user_id is None:
        await _redirect_to_sign_in(request, send)
    else:
        await export_api.send_export(request, send, user_id, whole_account=True)


async def _redirect_to_sign_in(request: AsgiRequest, send: Send) -> None:
    # The redirect leads to the page with the download button, not to the file: after signing in, the user sees a page.
    location = f"{reverse('sign-in')}?next={reverse('settings')}".encode()
    headers = [*async_http.response_headers(request, "text/plain"), (b"location", location), (b"content-length", b"0")]
    await async_http.send_with_timeout(send, {"type": "http.response.start", "status": 302, "headers": headers})
    await async_http.send_with_timeout(send, {"type": "http.response.body", "body": b""})


def reject_method(request: HttpRequest) -> HttpResponse:
    """Gives the address its URL name and rejects requests.

    Only methods other than GET reach Django: GET is a native route, since a thread must not stream.
    """
    return HttpResponseNotAllowed(["GET"])
