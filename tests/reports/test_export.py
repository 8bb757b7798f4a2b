import csv
import io
import re
import zipfile
from datetime import date

import pytest

from core.reports.export import Table, as_csv, as_excel

HARMFUL = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", '=HYPERLINK("http://example.com")']
TABLE = Table(
    ("Name", "-Share", "Day"),
    (("Dr. Zoë Müller", 71.5, date(2026, 12, 7)), ("a, b", -3, None), *((text, 0, None) for text in HARMFUL)),
)


def test_csv_keeps_numbers_dates_and_letters_and_no_cell_begins_a_formula() -> None:
    data = as_csv(TABLE)
    assert data.startswith(b"\xef\xbb\xbf")
    header, first, second, *rest = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    assert header == ["Name", "'-Share", "Day"]
    assert first == ["Dr. Zoë Müller", "71.5", "2026-12-07"]
    assert second == ["a, b", "-3", ""]
    assert [row[0] for row in rest] == [f"'{text}" for text in HARMFUL]


def test_excel_writes_texts_as_texts_and_numbers_as_numbers() -> None:
    with zipfile.ZipFile(io.BytesIO(as_excel(TABLE))) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        texts = book.read("xl/sharedStrings.xml").decode()
    assert "<f>" not in sheet
    assert "<hyperlink" not in sheet
    assert "=1+1" in texts
    assert "Dr. Zoë Müller" in texts
    cells = dict(re.findall(r'<c r="([A-Z]+\d+)"[^>]*><v>([^<]*)</v>', sheet))
    assert cells["B2"] == "71.5"
    assert cells["B3"] == "-3"
    assert cells["C2"] == "46363"  # days since Excel's 1899-12-30
    assert len(re.findall(r't="s"', sheet)) == 3 + 2 + len(HARMFUL)


@pytest.mark.parametrize("make", [as_csv, as_excel])
def test_a_table_without_rows_still_has_its_header(make) -> None:
    assert make(Table(("Name",), ()))
