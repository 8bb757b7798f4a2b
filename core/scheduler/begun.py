"""What there is already of a booking that is about to be finished: its time, its people, or the appointment it became."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, literal_column, select

from core.domain.appointment import Appointment
from core.domain.principal import Capability, Principal
from core.scheduler.history import as_appointment, load_row
from core.scheduler.holding import HOLD, Hold
from core.scheduler.patients import Person, load_people
from core.scheduler.tables import appointments, holds


@dataclass(frozen=True, slots=True)
class Begun:
    """`booked` is what the account booked under the key, as it stands now; `people` are those it acts for, of staff none."""

    booked: Appointment | None
    hold: Hold | None
    people: tuple[Person, ...]


_ONE_ROW = select(literal_column("1")).subquery("one_row")
_BEGUN = (
    select(appointments.c.appointment_id, *HOLD)
    .select_from(_ONE_ROW)
    .outerjoin(
        appointments,
        and_(appointments.c.booking_key == bindparam("key"), appointments.c.created_by == bindparam("account_id")),
    )
    .outerjoin(holds, and_(holds.c.holder == bindparam("visitor"), holds.c.hold_until > bindparam("now")))
)


def load_begun(connection: Connection, fresh: Principal, key: str, now: datetime) -> Begun:
    """What there is of the principal's booking under this key; a key of somebody else's booking gives nothing."""
    asked = {"key": key, "account_id": fresh.account_id, "visitor": fresh.visitor, "now": now}
    booked, *hold = connection.execute(_BEGUN, asked).one()
    return Begun(
        None if booked is None else as_appointment(load_row(connection, booked)),
        None if hold[0] is None else Hold(*hold),
        () if fresh.may(Capability.MANAGE_PATIENTS) else tuple(load_people(connection, fresh)),
    )
