"""An open view is a question asked again and again; so is the permission to see it."""

from collections.abc import Awaitable, Callable

from fastapi import Request
from starlette.responses import StreamingResponse

from cloud.auth.guard import Grant, asked, judge
from cloud.auth.site import Site
from cloud.errors import CloudError
from cloud.policy import Action

HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


def live_view(
    request: Request,
    site: Site,
    action: Action,
    show: Callable[[Grant], Awaitable[str]],
) -> StreamingResponse:
    """`show` as server-sent events, for as long as the viewer may do `action`.

    A session that ended, or a relation that was taken away, ends the stream at the next commit.
    """
    secret, about = request.cookies.get(site.cookie(), ""), asked(request)

    async def render() -> str | None:
        try:
            grant: Grant = await site.database.run(
                judge, secret, action, about, site.clock(), is_activity=False
            )
            return await show(grant)
        except CloudError:
            return None

    stream = site.live.stream(render)
    return StreamingResponse(stream, media_type="text/event-stream", headers=HEADERS)
