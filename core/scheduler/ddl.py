"""What the database itself forbids, by name, on SQLite and PostgreSQL: overlap, and changing what is append-only.

The same names stand on both engines; core.scheduler.store turns a name into an expected error.
"""

from core.domain.appointment import LONGEST
from core.scheduler import rollup, search_ddl
from core.scheduler.tables import OCCUPYING_SQL

DOCTOR_OVERLAP = "appointments_no_doctor_overlap"
PATIENT_OVERLAP = "appointments_no_patient_overlap"

APPEND_ONLY = ("appointment_history", "medical_notes", "audit_log")

# No stored span reaches further back than the longest visit plus the longest buffer (both are named CHECKs).
_LOOK_BACK = int(LONGEST.total_seconds()) + 7200


def _sqlite_overlap(name: str, person: str, end: str) -> list[str]:
    """Triggers that raise where an occupying row would share time with another of the same person."""
    statements = []
    for suffix, event in (
        ("insert", "INSERT"),
        ("update", f"UPDATE OF {person}, starts_at, ends_at, occupied_until, status, appointment_id"),
    ):
        # On an update the row's old self is not another one, and a changed key must not hide a third.
        not_itself = "" if suffix == "insert" else "AND other.appointment_id <> OLD.appointment_id"
        statements.append(f"""
CREATE TRIGGER {name}_{suffix} BEFORE {event} ON appointments
WHEN NEW.status IN ({OCCUPYING_SQL})
BEGIN
  SELECT RAISE(ABORT, '{name}') WHERE EXISTS (
    SELECT 1 FROM appointments AS other
    WHERE other.{person} = NEW.{person}
      AND other.starts_at < NEW.{end}
      AND other.starts_at > NEW.starts_at - {_LOOK_BACK}
      AND other.{end} > NEW.starts_at
      AND other.status IN ({OCCUPYING_SQL})
      {not_itself}
  );
END""")
    return statements


def _sqlite_append_only(table: str, key: str) -> list[str]:
    """Triggers against UPDATE and DELETE, and against REPLACE, which deletes without firing them."""
    name = f"{table}_append_only"
    return [
        f"CREATE TRIGGER {name}_update BEFORE UPDATE ON {table} BEGIN SELECT RAISE(ABORT, '{name}'); END",
        f"CREATE TRIGGER {name}_delete BEFORE DELETE ON {table} BEGIN SELECT RAISE(ABORT, '{name}'); END",
        (
            f"CREATE TRIGGER {name}_replace BEFORE INSERT ON {table} "
            f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {key} = NEW.{key}) "
            f"BEGIN SELECT RAISE(ABORT, '{name}'); END"
        ),
    ]


_KEYS = {"appointment_history": "history_id", "medical_notes": "note_version_id", "audit_log": "audit_id"}

SQLITE: list[str] = [
    *_sqlite_overlap(DOCTOR_OVERLAP, "doctor_id", "occupied_until"),
    *_sqlite_overlap(PATIENT_OVERLAP, "user_id", "ends_at"),
    # Rows are never deleted; a cancelled appointment is a status. REPLACE would delete one unseen.
    (
        "CREATE TRIGGER appointments_never_deleted BEFORE DELETE ON appointments "
        "BEGIN SELECT RAISE(ABORT, 'appointments_never_deleted'); END"
    ),
    (
        "CREATE TRIGGER appointments_never_replaced BEFORE INSERT ON appointments "
        "WHEN EXISTS (SELECT 1 FROM appointments WHERE appointment_id = NEW.appointment_id) "
        "BEGIN SELECT RAISE(ABORT, 'appointments_never_deleted'); END"
    ),
    (
        "CREATE TRIGGER appointments_key_never_replaced BEFORE INSERT ON appointments "
        "WHEN EXISTS (SELECT 1 FROM appointments WHERE booking_key = NEW.booking_key) "
        "BEGIN SELECT RAISE(ABORT, 'appointments_booking_key_uq'); END"
    ),
    *(statement for table in APPEND_ONLY for statement in _sqlite_append_only(table, _KEYS[table])),
    (
        "CREATE TRIGGER medical_notes_versions_kept BEFORE INSERT ON medical_notes "
        "WHEN EXISTS (SELECT 1 FROM medical_notes WHERE appointment_id = NEW.appointment_id AND version = NEW.version) "
        "BEGIN SELECT RAISE(ABORT, 'medical_notes_one_of_each_version'); END"
    ),
    *rollup.SQLITE,
    *search_ddl.SQLITE,
]

POSTGRESQL: list[str] = [
    "CREATE EXTENSION IF NOT EXISTS btree_gist",
    (
        f"ALTER TABLE appointments ADD CONSTRAINT {DOCTOR_OVERLAP} EXCLUDE USING gist "
        f"(doctor_id WITH =, int8range(starts_at, occupied_until) WITH &&) WHERE (status IN ({OCCUPYING_SQL}))"
    ),
    (
        f"ALTER TABLE appointments ADD CONSTRAINT {PATIENT_OVERLAP} EXCLUDE USING gist "
        f"(user_id WITH =, int8range(starts_at, ends_at) WITH &&) WHERE (status IN ({OCCUPYING_SQL}))"
    ),
    """
CREATE OR REPLACE FUNCTION careslot_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = TG_ARGV[0], CONSTRAINT = TG_ARGV[0];
END $$""",
    (
        "CREATE TRIGGER appointments_never_deleted BEFORE DELETE OR TRUNCATE ON appointments "
        "FOR EACH STATEMENT EXECUTE FUNCTION careslot_refuse('appointments_never_deleted')"
    ),
    *(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION careslot_refuse('{table}_append_only')"
        for table in APPEND_ONLY
    ),
]

NAMED: dict[str, frozenset[str]] = {
    "sqlite": frozenset(statement.split()[2] for statement in SQLITE),
    "postgresql": frozenset(
        {
            DOCTOR_OVERLAP,
            PATIENT_OVERLAP,
            "appointments_never_deleted",
            *(f"{table}_append_only" for table in APPEND_ONLY),
            *rollup.NAMES,
        }
    ),
}
"""Every trigger and constraint of this file, by engine; a self-check looks each up in the database's catalogue."""
