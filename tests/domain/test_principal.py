import pytest

from core.domain.principal import GRANTS, Capability, Principal, Role, Scope

C, OWN, ANY = Capability, Scope.OWN, Scope.ANY
ROLES = (Role.ANONYMOUS, Role.PATIENT, Role.DOCTOR, Role.RECEPTION, Role.MANAGER)

WHO_MAY_WHAT = [
    (C.SEE_SLOTS, (ANY, ANY, ANY, ANY, ANY)),
    (C.BOOK, (None, OWN, OWN, ANY, ANY)),
    (C.OVERRIDE_POLICY, (None, None, None, None, ANY)),
    (C.SEE_APPOINTMENT, (None, OWN, OWN, ANY, ANY)),
    (C.READ_NOTES, (None, OWN, OWN, None, None)),
    (C.WRITE_NOTES, (None, None, OWN, None, None)),
    (C.RUN_VISIT, (None, None, OWN, ANY, ANY)),
    (C.UNDO, (None, None, OWN, ANY, ANY)),
    (C.SEE_SCHEDULE, (None, None, OWN, ANY, ANY)),
    (C.EDIT_HOURS, (None, None, OWN, None, ANY)),
    (C.MANAGE_PATIENTS, (None, None, OWN, ANY, ANY)),
    (C.SEE_FIGURES, (None, None, OWN, None, ANY)),
    (C.SYNC, (None, OWN, OWN, ANY, ANY)),
    (C.ADMINISTER, (None, None, None, None, ANY)),
]


@pytest.mark.parametrize(("capability", "scopes"), WHO_MAY_WHAT)
def test_each_role_may_exactly_this(capability: Capability, scopes: tuple[Scope | None, ...]) -> None:
    assert tuple(Principal(role).scope(capability) for role in ROLES) == scopes


def test_the_table_names_every_capability_and_role() -> None:
    assert {capability for capability, _ in WHO_MAY_WHAT} == set(Capability)
    assert set(GRANTS) == set(Role)
