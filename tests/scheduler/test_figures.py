"""What reading the figures costs: how many statements, and that none looks beyond the days that are asked for."""

from datetime import date
from typing import Any

from sqlalchemy import Connection, event

from core.scheduler.figure_sums import Asked
from core.scheduler.figures import Figures
from core.scheduler.store import Store
from tests.conftest import HandClock
from tests.scheduler.clinic_factory import MadeClinic

ASKED = Asked(date(2026, 11, 9), date(2026, 11, 23), date(2026, 12, 6))
GROWING = {"visit_figures", "hour_figures", "wait_figures", "outside_hours", "appointments", "availability_snapshots"}


def test_figures_are_read_in_eight_statements_each_by_its_index(
    store: Store, clock: HandClock, clinic: MadeClinic
) -> None:
    statements: list[tuple[str, Any]] = []

    def noted(*seen: Any) -> None:
        statements.append(seen[2:4])

    event.listen(store.engine, "before_cursor_execute", noted)
    Figures(store, clock).read(clinic["manager"], ASKED)
    event.remove(store.engine, "before_cursor_execute", noted)
    asked = [entry for entry in statements if entry[0].startswith("SELECT")]
    assert len(asked) == 8

    def plans(connection: Connection) -> list[str]:
        if not store.is_sqlite:
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")  # tables this small would be read whole
        explain = "EXPLAIN QUERY PLAN" if store.is_sqlite else "EXPLAIN"
        return [
            row[-1] for words, values in asked for row in connection.exec_driver_sql(f"{explain} {words}", values).all()
        ]

    steps = store.read(plans)
    whole = "SCAN {}" if store.is_sqlite else "Seq Scan on {}"
    assert not [step for step in steps for table in GROWING if whole.format(table) in step]
    assert all(any(table in step for step in steps) for table in GROWING)
