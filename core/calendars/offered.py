"""What an account offers: its calendars, to choose from."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Offered:
    """A calendar that the account may write; `address` is the vendor's id of it, or all of its address for CalDAV."""

    address: str
    name: str
