"""Registration: patients make their own accounts."""

from datetime import date, datetime, timedelta

from sqlalchemy import Connection, func, insert, select

from core.domain.clock import Clock
from core.domain.errors import CareSlotError
from core.domain.principal import Role
from core.scheduler import tokens
from core.scheduler.clinic import load_zone
from core.scheduler.password_advice import refuse_weak
from core.scheduler.passwords import check_password, hash_password
from core.scheduler.personal_details import all_checked, checked_birth, checked_email, checked_name, checked_phone
from core.scheduler.staff_accounts import add_account, unless_known
from core.scheduler.store import Store
from core.scheduler.tables import access_tokens, account_users, accounts, users
from core.scheduler.tries import count_try, forget_tries

COUNTED_OVER = timedelta(hours=1)
MOST_BY_THE_CLINIC = 200
MOST_BY_A_VISIT = 20
"""Enough for a computer in the waiting room."""

_PURPOSE = "registration"


class RegistrationRefused(CareSlotError):
    """We couldn't create an account with these details. If you have an account already, sign in instead, or call the clinic."""


class TooManyRegistrations(CareSlotError):
    """Too many accounts are being created just now. Please try again in an hour, or call the clinic."""


class Registration:
    """New accounts of patients. Answers don't say whose address has one, and never give anybody an existing record."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def register(self, email: str, name: str, phone: str, date_of_birth: date | None, password: str, visit: str) -> int:
        """Create a person and their account, and return the account's number; `visit` is the browser's random token.

        Where the address has an account and the password is its own, that account's number is returned. Raises BadFields
        with everything that is wrong, RegistrationRefused after the same work as for a new address, TooManyRegistrations.
        """
        now = self._clock()
        today = now.astimezone(self._store.read(load_zone)).date()
        email, name, phone, date_of_birth, _ = all_checked(
            lambda: checked_email(email),
            lambda: checked_name(name),
            lambda: checked_phone(phone),
            lambda: checked_birth(date_of_birth, today),
            lambda: refuse_weak(password, email, name, phone),
        )
        self._store.read(lambda connection: _refuse_flood(connection, visit, now))
        known, known_hash = self._store.write(lambda connection: count_try(connection, email, now))
        if known is not None:
            if not check_password(password, known_hash):
                raise RegistrationRefused
            self._store.write(lambda connection: forget_tries(connection, known))
            return known
        # An account that is closed or has to wait comes here too, and is refused by its address.
        password_hash = hash_password(password)

        def work(connection: Connection) -> int:
            _refuse_flood(connection, visit, now)
            person = {"name": name, "email": email, "phone": phone, "date_of_birth": date_of_birth}
            user_id = connection.execute(
                insert(users).values(**person, created_at=now).returning(users.c.user_id)
            ).scalar_one()
            account_id = add_account(connection, email, password_hash, Role.PATIENT, name, now, user_id)
            connection.execute(insert(account_users).values(account_id=account_id, user_id=user_id, relation="self"))
            tokens.issue(connection, _PURPOSE, now, COUNTED_OVER, bound_to=visit)  # counted, never handed out
            return account_id

        return unless_known(lambda: self._store.write(work), RegistrationRefused)


def _refuse_flood(connection: Connection, visit: str, now: datetime) -> None:
    by_visit = select(func.count()).where(
        access_tokens.c.purpose == _PURPOSE,
        access_tokens.c.binding_hash == tokens.digest(visit),
        access_tokens.c.expires_at > now,
    )
    by_clinic = select(func.count()).where(
        accounts.c.role == Role.PATIENT.value, accounts.c.created_at > now - COUNTED_OVER
    )
    for count, most in ((by_visit, MOST_BY_A_VISIT), (by_clinic, MOST_BY_THE_CLINIC)):
        if connection.execute(count).scalar_one() >= most:
            raise TooManyRegistrations
