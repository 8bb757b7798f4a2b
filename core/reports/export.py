"""A table as a file for spreadsheets: CSV, or Excel's own format. What people typed never becomes a formula there."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO, StringIO

Value = str | int | float | date | None

# What makes spreadsheets take a cell for a formula (OWASP, "CSV Injection").
_FORMULA_BEGINS = ("=", "+", "-", "@", "\t", "\r", "\n")
_WIDEST = 40


@dataclass(frozen=True, slots=True)
class Table:
    """Columns' names and rows of values: numbers stay numbers, dates are the clinic's, None is an empty cell."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]


def as_csv(table: Table) -> bytes:
    """The table as CSV (RFC 4180) in UTF-8; the mark at its beginning tells Excel so. Dates are written as ISO 8601."""
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow([_harmless(name) for name in table.columns])
    writer.writerows([_harmless(value) for value in row] for row in table.rows)
    return text.getvalue().encode("utf-8-sig")


def as_excel(table: Table) -> bytes:
    """The table as an Excel workbook of one sheet, whose header stays in sight; texts are written as texts."""
    from xlsxwriter import Workbook

    file = BytesIO()
    with Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        bold, dated = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.freeze_panes(1, 0)
        for column, name in enumerate(table.columns):
            sheet.write_string(0, column, name, bold)
            sheet.set_column(column, column, _width([name, *(row[column] for row in table.rows)]))
        for number, row in enumerate(table.rows, 1):
            for column, value in enumerate(row):
                if isinstance(value, str):
                    sheet.write_string(number, column, value)
                elif isinstance(value, date):
                    sheet.write_datetime(number, column, value, dated)
                elif value is not None:
                    sheet.write_number(number, column, value)
    return file.getvalue()


def _harmless(value: Value) -> Value:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA_BEGINS) else value


def _width(values: Sequence[Value]) -> int:
    """Wide enough for the longest value, in characters, within reason."""
    return min(_WIDEST, 2 + max(len(str(value)) for value in values if value is not None))
