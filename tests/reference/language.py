"""The rule language of today, evaluated the obvious way: over all events, from the beginning.

Every function takes the whole list of events that count; nothing is kept between two calls.
"""

import datetime
import decimal
import re

import history
import numbers9

TWO_DAYS_MS = 2 * 86_400_000
DURATION = re.compile(r"P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$")


def duration_ms(text):
    match = DURATION.match(text)
    if match is None or text in ("P", "PT"):
        raise ValueError(f"duration {text!r} is not available yet")
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return ((((weeks * 7 + days) * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000


def found_under(node, name):
    """Whatever a document has under a name, at any depth."""
    if isinstance(node, list):
        return [found for part in node for found in found_under(part, name)]
    if not isinstance(node, dict):
        return []
    own = [node[name]] if name in node else []
    return own + [found for part in node.values() for found in found_under(part, name)]


class Rule:
    """A rule document with its defaults filled in."""

    def __init__(self, document):
        self.id = document["id"]
        self.badge = document["badge"]
        self.on = document["on"]
        self.key = document.get("key", [])
        self.when = document["when"]
        policy = document.get("policy", {})
        self.maintained = policy.get("revoke", "permanent") == "maintained"
        self.max_per_user = policy.get("max_per_user")
        time = document.get("time", {})
        self.zone = time.get("zone", "user")
        hours, minutes = time.get("day_start", "00:00").split(":")
        self.day_start = datetime.timedelta(hours=int(hours), minutes=int(minutes))
        self.durations = set(found_under(self.when, "last"))
        self.reads_days = bool(found_under(self.when, "cal") or found_under(self.when, "streak"))

    def badge_of(self, key):
        return re.sub(r"\$\{(\d+)\}", lambda match: key[int(match[1])], self.badge)

    def local_time(self, at, zone):
        return history.local_time(at, zone if self.zone == "user" else self.zone)

    def day_of(self, at, zone):
        """The day of a time, on the wall clock of the zone, from `day_start` on."""
        return (self.local_time(at, zone).replace(tzinfo=None) - self.day_start).date()

    def local_day(self, event):
        return self.day_of(event.at, event.zone)

    def dues(self, begin, end, zone, events):
        """The times between two others at which time alone may change what holds, in order: where
        an event leaves a window, and where a day begins."""
        dues = {event.at + duration_ms(last) for event in events for last in self.durations}
        if self.reads_days:
            dues |= set(self.days_between(begin, end, zone))
        return sorted(due for due in dues if begin < due < end)

    def days_between(self, begin, end, zone):
        """The first millisecond of each local day that begins between two times."""
        at = begin
        while self.day_of(at, zone) < self.day_of(end, zone):
            low, high = at, min(end, at + TWO_DAYS_MS)
            today = self.day_of(at, zone)
            while high - low > 1:
                middle = (low + high) // 2
                if self.day_of(middle, zone) > today:
                    high = middle
                else:
                    low = middle
            yield high
            at = high


class Counted:
    """An event as it counts at some time: with what retractions have left of its amount."""

    def __init__(self, event, remaining):
        self.event = event
        self.remaining = remaining


class Moment:
    """A rule, a time and the events that count then: all that a condition can ask."""

    def __init__(self, rule, at, today, events):
        self.rule = rule
        self.at = at
        self.today = today
        self.events = events


# -- conditions and numbers -------------------------------------------------------

COMPARE = {"ge": lambda a, b: a >= b, "gt": lambda a, b: a > b, "le": lambda a, b: a <= b,
           "lt": lambda a, b: a < b, "eq": lambda a, b: a == b}


def holds(condition, moment):
    (name, value), = condition.items()
    if name == "and":
        return all([holds(part, moment) for part in value])
    if name == "or":
        return any([holds(part, moment) for part in value])
    if name == "not":
        return not holds(value, moment)
    left, right = (number(side, moment) for side in value)
    # A number that has no value (a division by zero, an overflow) meets no comparison.
    return left is not None and right is not None and COMPARE[name](left, right)


def number(node, moment):
    if not isinstance(node, dict):
        return numbers9.parse(node)
    (name, value), = node.items()
    if name == "agg":
        return aggregate(value, moment)
    if name == "streak":
        return streak(value, moment)
    left, right = (number(side, moment) for side in value)
    return None if left is None or right is None else numbers9.ARITHMETIC[name](left, right)


def aggregate(agg, moment):
    values = []
    for counted in selected(agg, moment):
        if agg["f"] == "count":
            values.append(Number(numbers9.ONE))
        else:
            # Of an event taken back in part a sum sees what is left; an element is an element.
            of = expression(agg["of"], counted, moment.rule, with_remaining=agg["f"] == "sum")
            values += of if isinstance(of, list) else [of]
    if agg["f"] == "distinct":
        return len({typed(value) for value in values if value is not None}) * numbers9.ONE
    return numbers9.checked(sum(value for value in values if is_number(value)))


def selected(agg, moment):
    types = agg.get("on", moment.rule.on)
    for counted in moment.events:
        event = counted.event
        if event.type not in types or not in_window(agg.get("win"), event, moment):
            continue
        if "currency" in agg and event.currency != agg["currency"]:
            continue
        if "where" in agg and not true(expression(agg["where"], counted, moment.rule)):
            continue
        yield counted


def in_window(window, event, moment):
    if window is None:
        return True
    if "last" in window:
        return event.at > moment.at - duration_ms(window["last"])
    unit, day = window["cal"], moment.rule.local_day(event)
    return period(unit, day) == period(unit, moment.today)


def period(unit, day):
    return {"day": day, "week": day - datetime.timedelta(days=day.weekday()),
            "month": (day.year, day.month), "quarter": (day.year, (day.month - 1) // 3),
            "year": day.year}[unit]


def streak(node, moment):
    """Days in a row, up to today; a day that is not over yet does not end one."""
    rule = moment.rule
    days = {rule.local_day(counted.event) for counted in moment.events
            if "where" not in node or true(expression(node["where"], counted, rule))}
    if not days or (moment.today - max(days)).days > 1:
        return 0
    length, day = 0, max(days)
    while day in days:
        length, day = length + 1, day - datetime.timedelta(days=1)
    return length * numbers9.ONE


# -- expressions ------------------------------------------------------------------
# Values are None, True/False, text, a Number (billionths) or a list of those.

class Number(int):
    """Billionths, so that no number is mistaken for a truth value."""


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


def expression(node, counted, rule, with_remaining=False):
    if isinstance(node, list):
        return [expression(part, counted, rule, with_remaining) for part in node]
    if not isinstance(node, dict):
        return lift(node)
    (name, arguments), = node.items()
    if name == "var":
        return variable(arguments, counted, rule, with_remaining)
    if not isinstance(arguments, list):
        arguments = [arguments]
    values = [expression(part, counted, rule, with_remaining) for part in arguments]
    return OPERATORS[name](*values)


def variable(path, counted, rule, with_remaining):
    event = counted.event
    scope, _, name = path.partition(".")
    if scope == "local":
        return local(name, event, rule)
    if name == "type":
        return event.type
    if name == "amount":
        units = counted.remaining if with_remaining else event.amount
        return as_number(units)
    if name == "currency":
        return event.currency
    return lift(event.attribute(name))


def local(name, event, rule):
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
