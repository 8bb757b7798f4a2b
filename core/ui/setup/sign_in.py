"""With which account a doctor signs in: an account made on the spot, one that exists, or none."""

import streamlit as st

from core.domain.principal import Role
from core.scheduler.accounts import StaffAccount
from core.scheduler.setup import Doctor
from core.ui import shell
from core.ui.kept_form import WIDTH, KeptForm
from core.ui.setup.staff_form import password_field
from core.ui.shell import Page
from core.ui.words import _, plain


def show_sign_in(page: Page, doctor: Doctor) -> None:
    """The doctor's account, or the ways to get one."""
    st.subheader(_("Signing in"))
    staff = page.app.accounts.staff(page.principal)
    own = next((account for account in staff if account.account_id == doctor.account_id), None)
    if own is not None:
        _linked(page, doctor, own)
        return
    st.write(
        _("{name} has no account yet, so can't sign in to see the schedule or write notes.").format(
            name=plain(doctor.name)
        )
    )
    free = [account for account in staff if account.role is Role.DOCTOR and account.doctor_id is None]
    if free:
        _link(page, doctor, free)
    _make(page, doctor)


def _linked(page: Page, doctor: Doctor, own: StaffAccount) -> None:
    st.write(
        _("{name} signs in as {email}.").format(name=plain(doctor.name), email=plain(own.email))
        if own.active
        else _("{name} signed in as {email}, an account that is closed now.").format(
            name=plain(doctor.name), email=plain(own.email)
        )
    )

    def let_go() -> None:
        with shell.showing_errors():
            page.app.setup.link_account(page.principal, doctor.doctor_id, None)
            shell.tell(_("The account is no longer linked to {name}.").format(name=plain(doctor.name)))

    with st.popover(_("Unlink the account"), icon=":material/link_off:"):
        st.write(
            _(
                "{email} will no longer open the schedule of {name}. The account itself stays; a calendar of its own is "
                "not used any more."
            ).format(email=plain(own.email), name=plain(doctor.name))
        )
        st.button(_("Unlink {email}").format(email=plain(own.email)), key=f"unlink_{doctor.doctor_id}", on_click=let_go)


def _link(page: Page, doctor: Doctor, free: list[StaffAccount]) -> None:
    names = {account.account_id: f"{account.name} ({account.email})" for account in free}
    form = KeptForm.of(f"link_{doctor.doctor_id}")
    with st.form(form.key, width=WIDTH):
        chosen = st.selectbox(
            _("Link an account that no doctor has yet"),
            list(names),
            format_func=names.__getitem__,
            key=form.field("account"),
        )
        form.under("account_id")
        pressed = st.form_submit_button(_("Link the account"), key=form.field("submit"), icon=":material/link:")
    if pressed:
        with form.collecting():
            page.app.setup.link_account(page.principal, doctor.doctor_id, chosen)
            shell.tell(_("{name} can sign in now.").format(name=plain(doctor.name)))
            st.rerun()


def _make(page: Page, doctor: Doctor) -> None:
    form = KeptForm.of(f"make_{doctor.doctor_id}")
    with st.form(form.key, width=WIDTH):
        st.markdown(_("**Make an account**"))
        email = st.text_input(_("Email"), key=form.field("email"), type="email", autocomplete="off", max_chars=200)
        form.under("email")
        password = password_field(form, _("First password"))
        pressed = st.form_submit_button(_("Make the account"), key=form.field("submit"), icon=":material/key:")
    if pressed:
        with form.collecting():
            account_id = page.app.accounts.create_account(page.principal, email, password, Role.DOCTOR, doctor.name)
            page.app.setup.link_account(page.principal, doctor.doctor_id, account_id)
            form.done()
            shell.tell(
                _("{name} can sign in now. Hand over the first password in person.").format(name=plain(doctor.name))
            )
            st.rerun()
