"""Exact numbers of nine decimal places, as rules count with: an integer of billionths.

A number is held as that integer. Anything that leaves the range, or has no value, is None.
"""

import decimal

ONE = 1_000_000_000
LIMIT = 2**127  # Of billionths: what a signed 128-bit integer holds.

decimal.getcontext().prec = 100


def checked(units):
    return units if -LIMIT <= units < LIMIT else None


def parse(value):
    """Billionths of a JSON number or a decimal text; None where there is no such number."""
    try:
        exact = decimal.Decimal(str(value)) * ONE
    except decimal.InvalidOperation:
        return None
    if not exact.is_finite() or exact != exact.to_integral_value():
        return None
    return checked(int(exact))


def text(units):
    """Plain notation without trailing zeros."""
    sign, digits = ("-" if units < 0 else ""), abs(units)
    fraction = f"{digits % ONE:09d}".rstrip("0")
    return f"{sign}{digits // ONE}" + (f".{fraction}" if fraction else "")


def half_even(numerator, denominator):
    """The quotient, rounded to the nearest integer and to the even one of two."""
    if denominator < 0:
        numerator, denominator = -numerator, -denominator
    whole, rest = divmod(numerator, denominator)
    if 2 * rest > denominator or (2 * rest == denominator and whole % 2 == 1):
        whole += 1
    return whole


def add(a, b):
    return checked(a + b)


def subtract(a, b):
    return checked(a - b)


def multiply(a, b):
    return checked(half_even(a * b, ONE))


def divide(a, b):
    return None if b == 0 else checked(half_even(a * ONE, b))


ARITHMETIC = {"+": add, "-": subtract, "*": multiply, "/": divide}
