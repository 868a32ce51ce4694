"""Writes decimal_vectors.txt: arithmetic as Python's decimal module does it.

One case a line: operation, two operands, result or "none". Run by hand when operations change:
    python3 tests/schemas/make_decimal_vectors.py > tests/schemas/decimal_vectors.txt
"""

import decimal
import random

LIMIT = 2**127
PLACE = decimal.Decimal("1e-9")
EDGES = [0, 1, -1, 10**9, -(10**9), 5 * 10**8, 3, 10**18, LIMIT - 1, -LIMIT, -LIMIT + 1, LIMIT // 2,
         3 * 10**9, 7]


def text(units):
    value = decimal.Decimal(units).scaleb(-9)
    return format(value.normalize() if value else decimal.Decimal(0), "f")


def operand(draw):
    if draw.random() < 0.2:
        return draw.choice(EDGES)
    size = draw.randrange(1, 128)
    return draw.randrange(-(2**size) + 1, 2**size)


def apply(name, a, b):
    x, y = decimal.Decimal(a).scaleb(-9), decimal.Decimal(b).scaleb(-9)
    if name == "divide" and not b:
        return "none"
    value = {"add": lambda: x + y, "subtract": lambda: x - y, "multiply": lambda: x * y,
             "divide": lambda: x / y}[name]()
    units = int(value.quantize(PLACE, decimal.ROUND_HALF_EVEN).scaleb(9))
    return text(units) if -LIMIT <= units < LIMIT else "none"


if __name__ == "__main__":
    # Enough digits that a quotient is never rounded twice.
    decimal.getcontext().prec = 400
    draw = random.Random(20260105)
    for name in ("add", "subtract", "multiply", "divide"):
        cases = [(a, b) for a in EDGES for b in EDGES]
        cases += [(operand(draw), operand(draw)) for _ in range(300)]
        for a, b in cases:
            print(name, text(a), text(b), apply(name, a, b))
