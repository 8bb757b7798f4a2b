"""The route of the scripts that our pages have browsers run."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from core.ui.scripts import ADDRESS, scripts

# A changed script has another address, so a browser may keep this one.
_KEEP = {"cache-control": "public, max-age=31536000, immutable"}


async def _script(request: Request) -> Response:
    content = scripts().get(request.path_params["name"])
    if content is None:
        return Response(status_code=404)
    return Response(content, media_type="text/javascript", headers=_KEEP)


ROUTES = [Route(f"{ADDRESS}/{{name}}", _script, methods=["GET"])]
"""Scripts by their file's name."""
