"""The web server around the pages: what Home gives Streamlit to serve."""

from starlette.middleware import Middleware

from core.ui.failures import show_unexpected
from core.ui.server import feeds, google_routes, notifications, probes, script_files, sign_in_routes
from core.ui.server.door import Door
from core.ui.server.life import begin, lifespan
from core.ui.server.security_headers import SecurityHeaders
from core.ui.server.visit_cookie import VisitCookie
from core.ui.server.watch import Watch

__all__ = ["MIDDLEWARE", "ROUTES", "begin", "lifespan", "on_script_error"]

ROUTES = [
    *sign_in_routes.ROUTES,
    *script_files.ROUTES,
    *probes.ROUTES,
    *google_routes.ROUTES,
    *feeds.ROUTES,
    *notifications.ROUTES,
]
"""What the server answers beside the pages."""

MIDDLEWARE = [Middleware(SecurityHeaders), Middleware(Watch), Middleware(Door), Middleware(VisitCookie)]
"""What every request passes, the outermost first."""

on_script_error = show_unexpected
"""What shows an error that no page caught, such as one in a callback."""
