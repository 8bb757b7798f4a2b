"""The staff's accounts: who can sign in, and as what."""

import streamlit as st

from core.domain.principal import Role
from core.scheduler.accounts import StaffAccount
from core.ui import shell
from core.ui.address import number_in
from core.ui.kept_form import WIDTH, KeptForm
from core.ui.long_list import MOST_ROWS, offer_to_find
from core.ui.part_tabs import open_part
from core.ui.roles import role_words
from core.ui.setup.parts import Part, link_to_part
from core.ui.setup.staff_form import password_field, role_may
from core.ui.shell import Page
from core.ui.words import _, plain

FORM = "staff_new"
NEW = "new"
ROLES = (Role.RECEPTION, Role.DOCTOR, Role.MANAGER)


def show_staff(page: Page) -> None:
    """The list of the accounts, or the one that the address names."""
    staff = page.app.accounts.staff(page.principal)
    asked = st.query_params.get("account")
    found = next((account for account in staff if account.account_id == number_in(asked)), None)
    if asked == NEW or found is not None:
        st.button(_("All staff"), key="staff_back", icon=":material/arrow_back:", on_click=_turn)
        if found is None:
            _add(page)
        else:
            _edit(page, found)
        return
    st.button(
        _("Add a member of staff"),
        key="staff_add",
        type="primary",
        icon=":material/person_add:",
        on_click=_turn,
        args=(NEW,),
    )
    staff = sorted(staff, key=lambda account: not account.active)
    names = {account.account_id: f"{account.name}, {account.email}" for account in staff}
    offer_to_find("staff_find", _("Find a member of staff"), names, _turn)
    for account in staff[:MOST_ROWS]:
        _row(page, account)


def _row(page: Page, account: StaffAccount) -> None:
    number = account.account_id
    with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"staff_row_{number}"):
        # One text rather than two in a container: where many work, what each row is made of is most of the page's time.
        st.markdown(f"**{plain(account.name)}**  \n:small[{plain(account.email)}]", width="stretch")
        if number == page.principal.account_id:
            st.badge(_("You"), color="gray")
        st.badge(role_words(account.role), color="blue")
        if not account.active:
            st.badge(_("Closed"), icon=":material/lock:", color="gray")
        st.button(
            _("Change"),
            key=f"staff_change_{number}",
            help=_("Change {name}").format(name=plain(account.name)),
            on_click=_turn,
            args=(str(number),),
        )


def _turn(account: str | None = None) -> None:
    open_part(Part.STAFF, **({"account": account} if account else {}))


def _add(page: Page) -> None:
    st.header(_("Add a member of staff"))
    form = KeptForm.of(FORM)
    # No st.form: what stands in one is known only once it is sent, and a look at another part would lose it.
    with st.container(width=WIDTH):
        role = st.radio(
            _("Role"),
            ROLES,
            format_func=role_words,
            captions=[role_may(role) for role in ROLES],
            key=form.kept("role", ROLES[0]),
        )
        form.under("role")
        name = st.text_input(_("Name"), key=form.kept("name", ""), autocomplete="off", max_chars=200)
        form.under("name")
        email = st.text_input(_("Email"), key=form.kept("email", ""), type="email", autocomplete="off", max_chars=200)
        form.under("email")
        password = password_field(form, _("First password"))
        pressed = st.button(_("Make the account"), key=form.field("submit"), type="primary", icon=":material/key:")
    if pressed:
        with form.collecting():
            page.app.accounts.create_account(page.principal, email, password, role, name)
            form.done()
            shell.tell(_("{name} can sign in now. Hand over the first password in person.").format(name=plain(name)))
            shell.go("setup", part=Part.STAFF.value)


def _edit(page: Page, account: StaffAccount) -> None:
    st.header(plain(account.name))
    st.caption(f"{plain(account.email)} · {role_words(account.role)}")
    if account.doctor_id is not None:
        link_to_part(
            "staff_to_doctor",
            Part.DOCTORS,
            _("The doctor of this account"),
            ":material/stethoscope:",
            doctor=str(account.doctor_id),
        )
    elif account.role is Role.DOCTOR:
        st.info(_("No doctor has this account yet, so it opens no schedule. Link it on the page of the doctor."))
        link_to_part("staff_to_doctors", Part.DOCTORS, _("Doctors"), ":material/stethoscope:")
    _new_password(page, account)
    if account.active:
        _close(page, account)
    else:
        _reopen(page, account)


def _new_password(page: Page, account: StaffAccount) -> None:
    form = KeptForm.of(f"staff_{account.account_id}")
    with st.form(form.key, width=WIDTH):
        st.markdown(_("**Set a new password**"))
        password = password_field(form, _("New password"))
        st.caption(
            _("{name} is signed out everywhere, and signs in with the new password.").format(name=plain(account.name))
        )
        pressed = st.form_submit_button(_("Set the password"), key=form.field("submit"), icon=":material/key:")
    if pressed:
        with form.collecting():
            page.app.accounts.set_password(page.principal, account.account_id, password)
            form.done()
            shell.tell(_("{name} has a new password. Hand it over in person.").format(name=plain(account.name)))
            st.rerun()


def _close(page: Page, account: StaffAccount) -> None:
    def close() -> None:
        with shell.showing_errors():
            page.app.accounts.set_active(page.principal, account.account_id, active=False)
            shell.tell(_("The account of {name} was closed.").format(name=plain(account.name)))

    with st.popover(_("Close the account"), icon=":material/lock:", key=f"staff_closing_{account.account_id}"):
        if account.account_id == page.principal.account_id:
            st.warning(_("This is your own account: you are signed out at once."))
        st.write(
            _(
                "{name} is signed out everywhere and can't sign in until you reopen the account. Nothing is deleted; "
                "a calendar of their own is not used any more, and appointments are taken away there."
            ).format(name=plain(account.name))
        )
        st.button(
            _("Close the account of {name}").format(name=plain(account.name)),
            key=f"staff_close_{account.account_id}",
            on_click=close,
        )


def _reopen(page: Page, account: StaffAccount) -> None:
    def reopen() -> None:
        with shell.showing_errors():
            page.app.accounts.set_active(page.principal, account.account_id, active=True)
            shell.tell(_("The account of {name} is open again.").format(name=plain(account.name)))

    st.write(_("This account is closed: {name} can't sign in.").format(name=plain(account.name)))
    st.button(
        _("Reopen the account of {name}").format(name=plain(account.name)),
        key=f"staff_reopen_{account.account_id}",
        icon=":material/lock_open:",
        on_click=reopen,
    )
