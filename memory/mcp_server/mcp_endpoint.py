"""The endpoint `POST /mcp`, for clients that speak MCP over HTTP. `memory.mcp_server.sdk_adapter` runs the protocol."""

import asyncio
from importlib import import_module

from django.conf import settings

from accounts.credentials import authentication
from events.endpoints import async_http
from events.endpoints.async_http import AsgiRequest, Send


async def handle_message(request: AsgiRequest, send: Send) -> None:
    """Answers one message as JSON, without MCP sessions or streams. Requires the permission `read`."""
    header, client = (request.headers.get(name, "") for name in ("authorization", "user-agent"))
    caller = await async_http.run_in_thread(authentication.identify_caller, header, client=client)
    caller.require("read")
    async_http.require_json(request)
    body = await async_http.read_body(
        request, limit=settings.SMALL_BODY_BYTES, inflated_limit=settings.SMALL_BODY_BYTES
    )
    # The first request imports the module, in a thread because the import takes a second.
    sdk_adapter = await asyncio.to_thread(import_module, "memory.mcp_server.sdk_adapter")
    response = await sdk_adapter.answer_message(request.scope, request.receive, body, caller.user_id)
    await async_http.respond(request, send, response.content, status=response.status, content_type=response.kind)
