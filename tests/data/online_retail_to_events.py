#!/usr/bin/env python3
"""Turns Online Retail CSV files (UCI) into Laurel events (NDJSON on stdout, in order of time).

    online_retail_to_events.py [--day-first] FILE... > events.ndjson

One line of an invoice becomes one event, `purchase` or `refund`, with its amount in GBP. Lines
without a customer have no user: they are skipped and counted on stderr. README.md beside this file
says how signs, zeros and spellings are read.

Memory: one counter per invoice; the events are sorted in runs on disk.
"""

import argparse
import collections
import csv
import datetime
import decimal
import json
import os
import sys

import event_sorter

PENNY = decimal.Decimal("0.01")
CURRENCY = "GBP"

# Header names of both editions of the data set, without case and blanks.
COLUMNS = {"invoice": ("invoiceno", "invoice"), "stock_code": ("stockcode",),
           "quantity": ("quantity",), "date": ("invoicedate",), "price": ("unitprice", "price"),
           "customer": ("customerid", "customer"), "country": ("country",)}
REQUIRED = ("invoice", "quantity", "date", "price", "customer")

YEAR_FIRST = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M")
MONTH_FIRST = ("%m/%d/%Y %H:%M", "%m/%d/%Y %H:%M:%S", "%m/%d/%y %H:%M", "%m/%d/%Y %I:%M:%S %p",
               "%m-%d-%Y %H:%M", "%m-%d-%Y %H:%M:%S")
DAY_FIRST = tuple(form.replace("%m", "#").replace("%d", "%m").replace("#", "%d")
                  for form in MONTH_FIRST) + ("%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S")


class BadFile(Exception):
    """The file is not one of this data set; the message names file and line."""


def decoded_lines(path):
    """Lines as text. Files are UTF-8 (with or without a mark) or the Latin-1 of old exports; what
    is not UTF-8 is Latin-1, line by line, since descriptions are all that can differ."""
    with open(path, "rb") as file:
        for number, raw in enumerate(file):
            if number == 0:
                raw = raw.removeprefix(b"\xef\xbb\xbf")
            try:
                yield raw.decode("utf-8")
            except UnicodeDecodeError:
                yield raw.decode("iso-8859-1")


def delimiter_of(header):
    return max(",;\t|", key=header.count)


def records(path):
    """The lines of a file as (line number, {column of ours: text})."""
    lines = decoded_lines(path)
    header = next(lines, "")
    delimiter = delimiter_of(header)
    titles = next(csv.reader([header], delimiter=delimiter), [])
    names = ["".join(title.lower().split()) for title in titles]
    places = {column: names.index(name) for column, spellings in COLUMNS.items()
              for name in spellings if name in names}
    missing = [column for column in REQUIRED if column not in places]
    if missing:
        raise BadFile(f"{path}:1: no column for {', '.join(missing)}")
    reader = csv.reader(lines, delimiter=delimiter)
    for cells in reader:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) <= max(places.values()):
            raise BadFile(f"{path}:{reader.line_num + 1}: {len(cells)} cells, "
                          f"{len(names)} expected")
        record = {column: cells[place].strip() for column, place in places.items()}
        yield reader.line_num + 1, record


def number(text):
    """"2.55", and "2,55" of exports with a decimal comma."""
    if "," in text and "." not in text:
        text = text.replace(",", ".")
    value = decimal.Decimal(text.replace(",", ""))
    if not value.is_finite():
        raise decimal.InvalidOperation
    return value


class DateReader:
    """Reads dates of the known spellings, the one that fitted last first."""

    def __init__(self, day_first):
        self.forms = list(YEAR_FIRST + (DAY_FIRST if day_first else MONTH_FIRST))

    def read(self, text):
        text = text.replace("T", " ").rstrip("Z")
        for place, form in enumerate(self.forms):
            try:
                moment = datetime.datetime.strptime(text, form)
            except ValueError:
                continue
            self.forms.insert(0, self.forms.pop(place))
            return event_sorter.to_ms(moment)
        raise ValueError(f"date {text!r} is of no known form")


def customer_of(text):
    """"17850" and "17850.0" are one customer; an empty cell and what stands for it are none."""
    if text.lower() in ("", "nan", "null", "none", "na"):
        return None
    whole, dot, fraction = text.partition(".")
    return whole if dot and whole.isdigit() and not fraction.strip("0") else text


def kind_and_amount(record):
    """The sign of quantity times price decides; only a line worth nothing asks for the invoice."""
    quantity, price = number(record["quantity"]), number(record["price"])
    signed = quantity * price
    back = signed < 0 or (signed == 0 and (quantity < 0 or record["invoice"][:1] in "Cc"))
    amount = abs(signed).quantize(PENNY, rounding=decimal.ROUND_HALF_EVEN)
    return ("refund" if back else "purchase"), amount, quantity


def convert(paths, day_first, out):
    lines_of_invoice = collections.Counter()
    dates = DateReader(day_first)
    count = collections.Counter()
    for path in paths:
        for line, record in records(path):
            invoice = record["invoice"]
            # Numbered before anything is skipped: an id depends on the data, not on our choices.
            lines_of_invoice[invoice] += 1
            user = customer_of(record["customer"])
            if user is None:
                count["without a customer"] += 1
                continue
            try:
                at = dates.read(record["date"])
                kind, amount, quantity = kind_and_amount(record)
            except (ValueError, decimal.InvalidOperation) as fault:
                raise BadFile(f"{path}:{line}: {fault or 'not a number'}") from fault
            event_id = f"{invoice}-{lines_of_invoice[invoice]:05d}"
            event = {"event_id": event_id, "user_id": user, "type": kind,
                     "occurred_at": event_sorter.to_rfc3339(at),
                     "amount": {"value": str(amount), "currency": CURRENCY},
                     "attributes": {"invoice": invoice, "item": record.get("stock_code", ""),
                                    "quantity": int(abs(quantity)),
                                    "country": record.get("country", "")}}
            out.add(at, event_id, json.dumps(event, ensure_ascii=False, separators=(",", ":")))
            count[kind] += 1
    return count


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--day-first", action="store_true",
                        help="dates with slashes are day/month/year (default: month/day/year)")
    parser.add_argument("file", nargs="+")
    options = parser.parse_args()
    out = event_sorter.EventSorter()
    try:
        count = convert(options.file, options.day_first, out)
    except OSError as fault:
        print(f"online_retail_to_events: {fault}", file=sys.stderr)
        return 66
    except BadFile as fault:
        print(f"online_retail_to_events: {fault}", file=sys.stderr)
        return 65
    for line in out.lines():
        sys.stdout.write(line + "\n")
    print(f"online_retail_to_events: {count['purchase']} purchase, {count['refund']} refund; "
          f"skipped {count['without a customer']} lines without a customer", file=sys.stderr)
    return 0


if __name__ == "__main__":
    # A console's own encoding must not decide what bytes an event has.
    sys.stdout.reconfigure(encoding="utf-8", newline="\n")
    try:
        sys.exit(main())
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
