"""The first manager: a clinic that has none gives whoever runs its server a one-time address to create one."""

from datetime import timedelta

from sqlalchemy import ColumnElement, Connection, delete, exists, select, update

from core.domain.clock import Clock
from core.domain.errors import CareSlotError
from core.domain.principal import Role
from core.scheduler.password_advice import refuse_weak
from core.scheduler.passwords import hash_password
from core.scheduler.personal_details import all_checked, checked_email, checked_name
from core.scheduler.staff_accounts import add_account, unless_known
from core.scheduler.store import AccountExists, Store
from core.scheduler.tables import access_tokens, accounts
from core.scheduler.tokens import digest, issue

INVITATION_LIFE = timedelta(hours=24)
STARTING_TOGETHER = timedelta(minutes=10)
"""Invitations this close stand side by side: processes that start together must not void what the other one showed."""

_PURPOSE = "first_manager"

_MANAGER_EXISTS = select(exists().where(accounts.c.role == Role.MANAGER.value, accounts.c.active))


class InvitationRefused(CareSlotError):
    """This address has been used or has run out. Start CareSlot again, or run: python -m core prepare"""  # noqa: D400


class ManagerExists(CareSlotError):
    """This clinic has a manager already, who can add others."""


def has_manager(store: Store) -> bool:
    """Whether a manager can sign in."""
    return store.read(lambda connection: bool(connection.execute(_MANAGER_EXISTS).scalar_one()))


def invite(store: Store, clock: Clock) -> str:
    """A one-time token for creating the first manager within 24 hours; raises ManagerExists.

    It replaces earlier ones, but for those of processes that start together with this one; the first use spends all.
    """

    def work(connection: Connection) -> str:
        if connection.execute(_MANAGER_EXISTS).scalar_one():
            raise ManagerExists
        now = clock()
        connection.execute(
            delete(access_tokens).where(
                access_tokens.c.purpose == _PURPOSE, access_tokens.c.created_at <= now - STARTING_TOGETHER
            )
        )
        return issue(connection, _PURPOSE, now, INVITATION_LIFE)

    return store.write(work)


class FirstManager:
    """Creating the clinic's first manager, with an invitation and only while there is no manager."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def is_valid(self, token: str) -> bool:
        """Whether the token would be taken now."""
        query = select(exists().where(*self._usable(), access_tokens.c.token_hash == digest(token)))
        return not has_manager(self._store) and self._store.read(
            lambda connection: bool(connection.execute(query).scalar_one())
        )

    def create(self, token: str, email: str, name: str, password: str) -> int:
        """Create the manager, spend the token, and return the account's number.

        Raises InvitationRefused, BadInput naming the fields that are wrong, AccountExists where the address is in use.
        """
        if not self.is_valid(token):
            raise InvitationRefused
        email, name, _ = all_checked(
            lambda: checked_email(email),
            lambda: checked_name(name),
            lambda: refuse_weak(password, email, name),
        )
        password_hash = hash_password(password)

        def work(connection: Connection) -> int:
            # All invitations at once: two people who hold one each meet here, and the second finds none.
            spent = connection.execute(
                update(access_tokens)
                .where(*self._usable())
                .values(used_at=self._clock())
                .returning(access_tokens.c.token_hash)
            ).scalars()
            if digest(token) not in set(spent) or connection.execute(_MANAGER_EXISTS).scalar_one():
                raise InvitationRefused
            return add_account(connection, email, password_hash, Role.MANAGER, name, self._clock())

        return unless_known(lambda: self._store.write(work), AccountExists)

    def _usable(self) -> tuple[ColumnElement[bool], ...]:
        return (
            access_tokens.c.purpose == _PURPOSE,
            access_tokens.c.used_at.is_(None),
            access_tokens.c.expires_at > self._clock(),
        )
