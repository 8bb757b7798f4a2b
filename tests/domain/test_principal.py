import pytest

from core.domain.principal import CALENDAR, GRANTS, SYSTEM, Capability, Principal, Role, Scope

COLUMNS = (Role.ANONYMOUS, Role.PATIENT, Role.DOCTOR, Role.RECEPTION, Role.MANAGER)
C, OWN, ANY = Capability, Scope.OWN, Scope.ANY

TABLE: dict[Capability, tuple[Scope | None, ...]] = {
    C.SEE_SLOTS: (ANY, ANY, ANY, ANY, ANY),
    C.BOOK: (None, OWN, OWN, ANY, ANY),
    C.OVERRIDE_POLICY: (None, None, None, None, ANY),
    C.SEE_APPOINTMENT: (None, OWN, OWN, ANY, ANY),
    C.SEE_OWN_APPOINTMENTS: (None, OWN, None, None, None),
    C.READ_NOTES: (None, OWN, OWN, None, None),
    C.WRITE_NOTES: (None, None, OWN, None, None),
    C.RUN_VISIT: (None, None, OWN, ANY, ANY),
    C.UNDO: (None, None, OWN, ANY, ANY),
    C.SEE_SCHEDULE: (None, None, OWN, ANY, ANY),
    C.EDIT_HOURS: (None, None, OWN, None, ANY),
    C.MANAGE_PATIENTS: (None, None, OWN, ANY, ANY),
    C.SEE_FIGURES: (None, None, OWN, None, ANY),
    C.SYNC: (None, OWN, OWN, ANY, ANY),
    C.ADMINISTER: (None, None, None, None, ANY),
    C.CONNECT: (None, None, OWN, None, ANY),
    C.OWN_ACCOUNT: (None, OWN, OWN, OWN, OWN),
}


def test_the_table_names_every_capability_and_role() -> None:
    assert set(TABLE) == set(Capability)
    assert set(GRANTS) == {*COLUMNS, Role.CALENDAR, Role.SYSTEM} == set(Role)


@pytest.mark.parametrize("capability", Capability)
@pytest.mark.parametrize("role", COLUMNS)
def test_a_role_may_do_what_the_table_says_and_nothing_else(role: Role, capability: Capability) -> None:
    scope = TABLE[capability][COLUMNS.index(role)]
    assert Principal(role=role).scope(capability) is scope
    assert Principal(role=role).may(capability) is (scope is not None)


@pytest.mark.parametrize("capability", Capability)
def test_the_clinics_own_programs_may_do_everything(capability: Capability) -> None:
    assert SYSTEM.scope(capability) is ANY


def test_what_happens_in_a_calendar_may_move_and_cancel_and_nothing_else() -> None:
    assert {capability for capability in Capability if CALENDAR.may(capability)} == {C.BOOK}


def test_whoever_has_not_signed_in_is_anonymous() -> None:
    assert Principal().role is Role.ANONYMOUS
    assert Principal().account_id is None
