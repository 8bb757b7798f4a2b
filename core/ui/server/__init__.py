"""The web server around the pages: what Home gives Streamlit to serve."""

from starlette.middleware import Middleware

from core.ui.failures import show_unexpected
from core.ui.server import sign_in_routes
from core.ui.server.life import lifespan, refuse_unfit
from core.ui.server.visit_cookie import VisitCookie

__all__ = ["MIDDLEWARE", "ROUTES", "lifespan", "on_script_error", "refuse_unfit"]

ROUTES = [*sign_in_routes.ROUTES]
"""What the server answers beside the pages."""

MIDDLEWARE = [Middleware(VisitCookie)]
"""What every request passes, the outermost first."""

on_script_error = show_unexpected
"""What shows an error that no page caught, such as one in a callback."""
