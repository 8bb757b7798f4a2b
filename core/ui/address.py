"""Reading what pages keep in their address: ids, days and instants. Anyone may have typed it, so bad ones count as none."""

from datetime import UTC, date, datetime

LARGEST_ID = 2**31 - 1
LARGEST_EPOCH = 2**33


def number_in(text: str | None, largest: int = LARGEST_ID) -> int | None:
    """A positive whole number that can be an id."""
    if text is None or not (text.isascii() and text.isdigit()) or len(text) > len(str(largest)):
        return None
    number = int(text)
    return number if 0 < number <= largest else None


def day_in(text: str | None) -> date | None:
    """A day such as 2026-12-09."""
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


def instant_in(text: str | None) -> datetime | None:
    """An instant in epoch seconds; aware, in UTC."""
    epoch = number_in(text, LARGEST_EPOCH)
    return None if epoch is None else datetime.fromtimestamp(epoch, UTC)
