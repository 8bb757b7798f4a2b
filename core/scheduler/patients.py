"""Patients: finding, adding and changing people, and an account's own people."""

from dataclasses import dataclass
from datetime import date
from itertools import islice

from sqlalchemy import Connection, insert, select, update

from core.domain.clock import Clock
from core.domain.errors import BadInput, NotFound
from core.domain.person_search import may_be_same, read_search, search_text
from core.domain.principal import Capability, Principal, Scope
from core.scheduler.access import require, require_patient
from core.scheduler.audit import record_access
from core.scheduler.clinic import load_zone
from core.scheduler.links import touch_user_links
from core.scheduler.patient_search import find_named, find_people
from core.scheduler.store import Store
from core.scheduler.tables import account_users, users

LONGEST_FIELD = 200


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is or may become a patient."""

    user_id: int
    name: str
    email: str
    phone: str
    date_of_birth: date | None


_PERSON = select(users.c.user_id, users.c.name, users.c.email, users.c.phone, users.c.date_of_birth)


class Patients:
    """People's records. Staff's reading and changing of a record is logged."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def find(self, principal: Principal, text: str, limit: int = 20) -> list[Person]:
        """People of that name, email, phone or day of birth, by name; a doctor's own patients.

        Two characters or more find somebody; `read_search` in core.domain.person_search says how they are understood.
        """

        def work(connection: Connection) -> list[Person]:
            fresh = require(connection, principal, Capability.MANAGE_PATIENTS, self._clock)
            sought = read_search(text)
            if sought is None:
                return []
            own = fresh.scope(Capability.MANAGE_PATIENTS) is Scope.OWN
            if own and fresh.doctor_id is None:
                return []
            rows = find_people(connection, _PERSON, sought, limit, fresh.doctor_id if own else None)
            return [Person(*row) for row in rows]

        return self._store.read(work)

    def alike(self, principal: Principal, name: str, date_of_birth: date | None, limit: int = 5) -> list[Person]:
        """Those who may be the person that is about to be added, as far as one may find them; none without a name."""

        def work(connection: Connection) -> list[Person]:
            fresh = require(connection, principal, Capability.MANAGE_PATIENTS, self._clock)
            own = fresh.scope(Capability.MANAGE_PATIENTS) is Scope.OWN
            if not name.strip() or (own and fresh.doctor_id is None):
                return []
            rows = find_named(connection, _PERSON, name, date_of_birth, fresh.doctor_id if own else None)
            found = (Person(*row) for row in rows)
            same = (one for one in found if may_be_same(name, date_of_birth, one.name, one.date_of_birth))
            return list(islice(same, limit))

        return self._store.read(work)

    def create(
        self, principal: Principal, name: str, email: str = "", phone: str = "", date_of_birth: date | None = None
    ) -> Person:
        """Add a person; BadInput names the field that is wrong."""

        def work(connection: Connection) -> Person:
            fresh = require(connection, principal, Capability.MANAGE_PATIENTS, self._clock)
            values = self._checked(connection, name, email, phone, date_of_birth)
            user_id = connection.execute(
                insert(users).values(**values, created_at=self._clock()).returning(users.c.user_id)
            ).scalar_one()
            record_access(connection, fresh, "create_patient", user_id, f"patient {user_id}", self._clock())
            return _load(connection, user_id)

        return self._store.write(work)

    def change(
        self, principal: Principal, user_id: int, name: str, email: str, phone: str, date_of_birth: date | None
    ) -> Person:
        """Correct a person's details; a new name or email follows into the calendars."""

        def work(connection: Connection) -> Person:
            fresh = require_patient(connection, principal, Capability.MANAGE_PATIENTS, user_id, self._clock)
            values = self._checked(connection, name, email, phone, date_of_birth)
            before = _load(connection, user_id)
            connection.execute(update(users).where(users.c.user_id == user_id).values(**values))
            after = _load(connection, user_id)
            if (before.name, before.email) != (after.name, after.email):
                touch_user_links(connection, user_id, self._clock())
            record_access(connection, fresh, "change_patient", user_id, f"patient {user_id}", self._clock())
            return after

        return self._store.write(work)

    def mine(self, principal: Principal) -> list[Person]:
        """The people that the account acts for, its own person first."""

        def work(connection: Connection) -> list[Person]:
            fresh = require(connection, principal, Capability.SEE_APPOINTMENT, self._clock)
            return load_people(connection, fresh)

        return self._store.read(work)

    def get(self, principal: Principal, user_id: int) -> Person:
        """One person; NotFound where there is none."""

        def work(connection: Connection) -> Person:
            fresh = require_patient(connection, principal, Capability.SEE_APPOINTMENT, user_id, self._clock)
            person = _load(connection, user_id)
            record_access(connection, fresh, "read_patient", user_id, f"patient {user_id}", self._clock())
            return person

        return self._store.write(work)

    def _checked(
        self, connection: Connection, name: str, email: str, phone: str, date_of_birth: date | None
    ) -> dict[str, str | date | None]:
        name, email, phone = name.strip(), email.strip(), phone.strip()
        if not name:
            raise BadInput("Enter a name.", "name")
        for field, value in (("name", name), ("email", email), ("phone", phone)):
            if len(value) > LONGEST_FIELD:
                raise BadInput(f"Please keep this under {LONGEST_FIELD} characters.", field)
        before, at, domain = email.partition("@")
        if (email and not (before and at and domain)) or " " in email:
            raise BadInput("Enter an email address such as name@example.com.", "email")
        if date_of_birth and date_of_birth > self._clock().astimezone(load_zone(connection)).date():
            raise BadInput("The date of birth lies in the future.", "date_of_birth")
        return {
            "name": name,
            "email": email,
            "phone": phone,
            "date_of_birth": date_of_birth,
            "search_text": search_text(name, email, phone, date_of_birth),
        }


def load_people(connection: Connection, principal: Principal) -> list[Person]:
    """The people that the principal's account acts for, its own person first."""
    query = (
        _PERSON.join(account_users, account_users.c.user_id == users.c.user_id)
        .where(account_users.c.account_id == principal.account_id)
        .order_by(account_users.c.relation != "self", users.c.user_id)
    )
    return [Person(*row) for row in connection.execute(query)]


def _load(connection: Connection, user_id: int) -> Person:
    row = connection.execute(_PERSON.where(users.c.user_id == user_id)).first()
    if row is None:
        raise NotFound
    return Person(*row)
