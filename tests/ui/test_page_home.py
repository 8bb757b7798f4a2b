from sqlalchemy import update

from core.bootstrap import App
from core.scheduler import tables
from tests.scheduler.clinic_factory import MadeClinic
from tests.ui.conftest import OpenPage, words


def test_what_the_clinic_typed_is_shown_as_typed(app: App, clinic: MadeClinic, open_page: OpenPage) -> None:
    texts = {"name": "Clinic x*y*", "address": "1 _High_ Street\n:red[Town]", "phone": "555-0100", "emergency": "9*9*9"}
    app.store.write(lambda connection: connection.execute(update(tables.clinic).values(**texts)) and None)
    change = update(tables.doctors).values(name="Dr. *A*", specialty="~~None~~")
    app.store.write(lambda connection: connection.execute(change) and None)
    text = words(open_page("home"))
    for shown in (
        r"Clinic x\*y\*",
        "1 \\_High\\_ Street  \n\\:red\\[Town\\]",
        r"**Dr. \*A\***",
        r"\~\~None\~\~",
        r"Call 9\*9\*9. Don't book here.",
    ):
        assert shown in text, shown


def test_a_phone_dials_the_numbers(app: App, clinic: MadeClinic, open_page: OpenPage) -> None:
    app.store.write(lambda connection: connection.execute(update(tables.clinic).values(emergency="999")) and None)
    text = words(open_page("home"))
    assert "Emergency? Call [999](tel:999). Don't book here." in text
    assert "Phone: [555-0100](tel:5550100)" in text
