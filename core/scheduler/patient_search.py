"""Finding people by what is typed: through the index where few can be meant, in the order of names where many are."""

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, Row, Select, and_, column, or_, select, table

from core.domain.person_search import INDEXED, Sought, folded
from core.scheduler.search_ddl import SEARCH_TABLE
from core.scheduler.tables import appointments, users

# More than these are met soon enough on the way through the names; fewer are read and sorted.
FEW = 2000

_index = table(SEARCH_TABLE, column("rowid"), column(SEARCH_TABLE))  # FTS5 asks its question of the table's own name


def find_people(
    connection: Connection, query: Select[*tuple[Any, ...]], sought: Sought, limit: int, doctor_id: int | None = None
) -> list[Row[*tuple[Any, ...]]]:
    """Rows of the query over users: those who are sought, by name, the first `limit`; of a doctor, the own patients."""
    query = query.where(_holds(sought, users)).order_by(users.c.search_text, users.c.user_id).limit(limit)
    if doctor_id is not None:
        query = query.where(_own(doctor_id))
    elif connection.dialect.name == "sqlite" and (few := _few(connection, sought)) is not None:
        query = query.where(users.c.user_id.in_(few))
    else:  # PostgreSQL's planner weighs the two ways by itself
        query = query.where(users.c.search_text.in_(_first_texts(sought, limit)))
    return list(connection.execute(query))


def find_named(
    connection: Connection, query: Select[*tuple[Any, ...]], name: str, born: date | None, doctor_id: int | None = None
) -> list[Row[*tuple[Any, ...]]]:
    """Rows of the query over users whose names begin like this one, and whose birth date is this one or not known.

    The text that is searched begins with the name, so its index finds them.
    """
    begins = f" {folded(name)}"
    text = users.c.search_text
    goes_on = and_(text >= f"{begins} ", text < f"{begins}!")
    query = query.where(or_(text == begins, goes_on)).order_by(text, users.c.user_id)
    if born is not None:
        query = query.where(or_(users.c.date_of_birth.is_(None), users.c.date_of_birth == born))
    if doctor_id is not None:
        query = query.where(_own(doctor_id))
    return list(connection.execute(query))


def _own(doctor_id: int) -> ColumnElement[bool]:
    return users.c.user_id.in_(select(appointments.c.user_id).where(appointments.c.doctor_id == doctor_id))


def _holds(sought: Sought, people: FromClause) -> ColumnElement[bool]:
    """What Sought.finds says, in SQL."""

    def text_holds(part: str) -> ColumnElement[bool]:
        return people.c.search_text.contains(part, autoescape=True)

    terms = and_(*(or_(*map(text_holds, alternatives)) for alternatives in sought.terms))
    return or_(text_holds(sought.whole), terms) if sought.whole else terms


def _first_texts(sought: Sought, limit: int) -> Select[tuple[str]]:
    """The texts of the first `limit` of those who are sought.

    On the way through the names they are found in their index, and the people are left alone until the few are known.
    """
    people = users.alias()
    text = people.c.search_text
    return select(text).where(_holds(sought, people)).order_by(text).limit(limit)


def _few(connection: Connection, sought: Sought) -> list[int] | None:
    """Everybody whom SQLite's index can't rule out; None where they are many."""
    terms = [_phrases(term) for term in sought.terms if all(len(part) >= INDEXED for part in term)]
    if not terms:
        return None
    wanted = " AND ".join(f"({term})" for term in terms)
    if sought.whole:
        wanted = f"{_phrases((sought.whole,))} OR ({wanted})"
    query = select(_index.c.rowid).where(_index.c[SEARCH_TABLE].op("MATCH")(wanted)).limit(FEW + 1)
    found = list(connection.execute(query).scalars())
    return found if len(found) <= FEW else None


def _phrases(parts: tuple[str, ...]) -> str:
    """FTS5's writing of "one of these, to the letter": within its quotes only the quote itself means something."""
    return " OR ".join('"' + part.replace('"', '""') + '"' for part in parts)
