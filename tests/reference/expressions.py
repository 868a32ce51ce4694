"""Expressions over one event: the strict subset of JsonLogic that `where` and `of` are written in.

Values are None, True/False, text, a Number (billionths) or a list of those.
"""

import decimal

import numbers9


class Number(int):
    """Billionths, so that no number is mistaken for a truth value."""


class Counted:
    """An event as it counts at some time: with what retractions have left of its amount."""

    def __init__(self, event, remaining):
        self.event = event
        self.remaining = remaining


class Scope:
    """What an expression may read: an event as it counts, the rule's calendar, the profile."""

    def __init__(self, counted, rule, user, with_remaining=False):
        self.event = counted.event
        self.amount = counted.remaining if with_remaining else counted.event.amount
        self.rule = rule
        self.user = user


def is_number(value):
    return isinstance(value, Number)


def typed(value):
    return (type(value).__name__, value)


def lift(value):
    """A JSON value as an expression sees it."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, (int, decimal.Decimal)):
        return as_number(numbers9.parse(value))
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return [lift(element) for element in value]
    return None


def as_number(units):
    return None if units is None else Number(units)


def evaluate(node, scope):
    if isinstance(node, list):
        return [evaluate(part, scope) for part in node]
    if not isinstance(node, dict):
        return lift(node)
    (name, arguments), = node.items()
    if name == "var":
        return variable(arguments, scope)
    if not isinstance(arguments, list):
        arguments = [arguments]
    return OPERATORS[name](*[evaluate(part, scope) for part in arguments])


def passes(node, scope):
    """Whether an event passes a filter; there may be none."""
    return node is None or true(evaluate(node, scope))


def variable(path, scope):
    where, _, name = path.partition(".")
    if where == "local":
        return local(name, scope)
    if where == "user":
        # As it stood at the event's time; what becomes of the profile later does not reach it.
        return lift(scope.user.profile.value(name, scope.event.at))
    if name == "type":
        return scope.event.type
    if name == "amount":
        return as_number(scope.amount)
    if name == "currency":
        return scope.event.currency
    return lift(scope.event.attribute(name))


def local(name, scope):
    event, rule = scope.event, scope.rule
    wall, day = rule.local_time(event.at, event.zone), rule.local_day(event)
    if name == "date":
        return day.isoformat()
    number_of = {"hour": wall.hour, "dow": day.isoweekday(), "month": day.month}
    return Number(number_of[name] * numbers9.ONE)


def first(value):
    """Where one value is wanted, an array stands for its first element."""
    if isinstance(value, list):
        return first(value[0]) if value else None
    return value


def true(value):
    """JsonLogic's truth: true, a number but 0, a text but the empty one."""
    value = first(value)
    return value is not None and value is not False and value != 0 and value != ""


def equal(a, b):
    a, b = first(a), first(b)
    return type(a) is type(b) and a == b


def ordered(compare):
    """An order there is between two numbers or two texts."""
    def run(a, b):
        a, b = first(a), first(b)
        comparable = (is_number(a) and is_number(b)) or (isinstance(a, str) and isinstance(b, str))
        return compare(a, b) if comparable else False
    return run


def arithmetic(operate):
    def run(*values):
        values = [first(value) for value in values]
        if not all(is_number(value) for value in values):
            return None
        result = values[0]
        for value in values[1:]:
            result = None if result is None else operate(result, value)
        return as_number(result)
    return run


def minus(*values):
    return arithmetic(numbers9.subtract)(*(values if len(values) > 1 else (Number(0), *values)))


def contained(needle, haystack):
    """In a list or in an array, as one of its elements; in a text, as a part of it. A needle that
    is an array is in if one of its elements is."""
    if isinstance(needle, list):
        return any(contained(element, haystack) for element in needle)
    if needle is None:
        return False
    if isinstance(haystack, list):
        return any(equal(needle, element) for element in haystack)
    if isinstance(haystack, str) and isinstance(needle, str):
        return needle in haystack
    return equal(needle, haystack)


OPERATORS = {
    "==": equal, "!=": lambda a, b: not equal(a, b),
    "<": ordered(lambda a, b: a < b), "<=": ordered(lambda a, b: a <= b),
    ">": ordered(lambda a, b: a > b), ">=": ordered(lambda a, b: a >= b),
    "and": lambda *parts: all(true(part) for part in parts),
    "or": lambda *parts: any(true(part) for part in parts),
    "!": lambda a: not true(a),
    "in": contained,
    **{name: arithmetic(operate) for name, operate in numbers9.ARITHMETIC.items()},
    "-": minus,
}
