"""Google Calendar on loopback, for tests: semantics and errors of the real one, checked by its discovery document.

    with GoogleStandIn() as server:
        calendar = GoogleCalendar(
            calendar_id=server.new_calendar("Clinic"),
            access=server.service_access(),
            endpoint=server.endpoint,
            token_endpoint=server.token_endpoint,
        )
        server.faults.append(Fault.silence().at("calendar.events.insert").after_commit())

Left out, and refused with 501 and a violation: batch, import, move, conferences, attachments.
"""

from tests.stand_ins.google.faults import Fault
from tests.stand_ins.google.oauth import PERSON, SERVICE_ACCOUNT
from tests.stand_ins.google.server import GoogleStandIn

__all__ = ["PERSON", "SERVICE_ACCOUNT", "Fault", "GoogleStandIn"]
