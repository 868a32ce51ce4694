"""Conditions and numbers at a time, the obvious way: over all events, from the beginning.

Every function takes the whole list of events that count; nothing is kept between two calls.
"""

import expressions
import history
import numbers9
from expressions import Scope, is_number, passes
from rules import duration_ms, filled, period


class Moment:
    """A rule, a key, a time and what counts then: all that a condition can ask."""

    def __init__(self, rule, key, user, at, today, events, holdings):
        self.rule = rule
        self.key = key
        self.user = user
        self.at = at
        self.today = today
        self.events = events  # Those that count, by (time, id).
        self.holdings = holdings  # All of the user's, whenever they are held.

    def scope(self, counted, with_remaining=False):
        return Scope(counted, self.rule, self.user, with_remaining)

    def chosen(self, types, where, events=None):
        """Those of the events that count which have one of the types and pass the filter."""
        for counted in self.events if events is None else events:
            if counted.event.type in types and passes(where, self.scope(counted)):
                yield counted


# -- conditions -----------------------------------------------------------------------

COMPARE = {"ge": lambda a, b: a >= b, "gt": lambda a, b: a > b, "le": lambda a, b: a <= b,
           "lt": lambda a, b: a < b, "eq": lambda a, b: a == b}


def holds(condition, moment):
    (name, value), = condition.items()
    if name == "and":
        return all(holds(part, moment) for part in value)
    if name == "or":
        return any(holds(part, moment) for part in value)
    if name == "not":
        return not holds(value, moment)
    if name == "at_least":
        return sum(holds(part, moment) for part in value[1]) >= value[0]
    if name == "has":
        return has(value, moment)
    if name == "seq":
        return sequence(value, moment)
    left, right = (number(side, moment) for side in value)
    # A number that has no value (a division by zero, an overflow) meets no comparison.
    return left is not None and right is not None and COMPARE[name](left, right)


def has(node, moment):
    now, held_for = moment.at, duration_ms(node["for"]) if "for" in node else 0
    found = []
    for holding in moment.holdings:
        if "badge" in node and holding.badge != filled(node["badge"], moment.key):
            continue
        if "group" in node and holding.group != filled(node["group"], moment.key):
            continue
        if node.get("state", "held") == "ever":
            counts = holding.granted_at <= now
        else:
            counts = holding.is_held(now) and holding.granted_at + held_for <= now
        if counts:
            found.append(holding)
    many = len(found) if "badge" in node else len({holding.badge for holding in found})
    return many >= node.get("n", 1)


# -- sequences ------------------------------------------------------------------------

def sequence(node, moment):
    return any(completed_at(node, match, moment) is not None
               and completed_at(node, match, moment) <= moment.at
               for match in matches(node, moment, []))


def types_of(step):
    return step["on"] if isinstance(step["on"], list) else [step["on"]]


def matches(node, moment, begun):
    """All ways to choose an event for each step, each later than the one before."""
    if len(begun) == len(node["steps"]):
        yield begun
        return
    step = node["steps"][len(begun)]
    for counted in moment.chosen(types_of(step), step.get("where")):
        at = counted.event.at
        latest = begun[0].event.at + duration_ms(node["within"]) if begun else at
        if begun and not begun[-1].event.at < at <= latest:
            continue
        if is_alike(node, begun[0] if begun else counted, counted, moment):
            yield from matches(node, moment, begun + [counted])


def is_alike(node, one, other, moment):
    """Whether two events have one value, not null, at each path of `same`."""
    for path in node.get("same", []):
        a, b = (expressions.first(expressions.variable("event." + path, moment.scope(each)))
                for each in (one, other))
        if a is None or not expressions.equal(a, b):
            return False
    return True


def completed_at(node, match, moment):
    """When a match is complete; None if something spoils it."""
    begin, end = match[0].event.at, match[-1].event.at
    others = [counted for counted in moment.events
              if all(counted.event is not each.event for each in match)
              and is_alike(node, match[0], counted, moment)]
    if node.get("strict") and any(begin <= other.event.at <= end for other in others):
        return None
    complete = end
    for ban in node.get("not", []):
        names = [step.get("as") for step in node["steps"]]
        after = match[names.index(ban["after"])].event.at if "after" in ban else None
        if "for" in ban:
            low = end if after is None else after
            high = low + duration_ms(ban["for"])
            complete = max(complete, high)
        else:
            low, high = begin if after is None else after, end
        if any(low < other.event.at <= high
               for other in moment.chosen(types_of(ban), ban.get("where"), others)):
            return None
    return complete


# -- numbers --------------------------------------------------------------------------

def number(node, moment):
    if not isinstance(node, dict):
        return numbers9.parse(node)
    (name, value), = node.items()
    if name == "agg":
        return aggregate(value, moment)
    if name == "streak":
        return streak(value, moment)
    if name == "attr":
        found = moment.user.profile.value(value.removeprefix("user."), moment.at)
        found = expressions.first(expressions.lift(found))
        return found if is_number(found) else None
    left, right = (number(side, moment) for side in value)
    return None if left is None or right is None else numbers9.ARITHMETIC[name](left, right)


def aggregate(agg, moment):
    return fold(agg, selected(agg, moment), moment)


def fold(agg, events, moment):
    """What an aggregate makes of some events, which are in the order of (time, id)."""
    f = agg["f"]
    if f == "count":
        return numbers9.checked(sum(numbers9.ONE for _ in events))
    if f == "distinct":
        # An event taken back in part is still there, and so is what it names.
        values = [expressions.evaluate(agg["of"], moment.scope(counted)) for counted in events]
        elements = [element for value in values
                    for element in (value if isinstance(value, list) else [value])]
        different = {expressions.typed(each) for each in elements if each is not None}
        return len(different) * numbers9.ONE
    # A number sees what is left of the amount.
    values = [expressions.first(expressions.evaluate(agg["of"], moment.scope(counted, True)))
              for counted in events]
    numbers = [value for value in values if is_number(value)]
    if f == "sum":
        return numbers9.checked(sum(numbers))
    if not numbers:
        return None
    if f == "avg":
        return numbers9.checked(numbers9.half_even(sum(numbers), len(numbers)))
    return {"min": min(numbers), "max": max(numbers), "first": numbers[0], "last": numbers[-1]}[f]


def selected(agg, moment):
    is_in_window = window_of(agg.get("win"), moment)
    for counted in moment.chosen(agg.get("on", moment.rule.on), agg.get("where")):
        if "currency" in agg and counted.event.currency != agg["currency"]:
            continue
        if is_in_window(counted.event):
            yield counted


# -- windows --------------------------------------------------------------------------

def window_of(window, moment):
    """A test whether an event lies in a window at the moment."""
    if window is None:
        return lambda event: True
    if "last" in window:
        return lambda event: event.at > moment.at - duration_ms(window["last"])
    if "cal" in window:
        unit, rule = window["cal"], moment.rule
        return lambda event: period(unit, rule.local_day(event)) == period(unit, moment.today)
    if "since" in window:
        since = window["since"]
        anchor = anchor_of(since, moment)
        end = anchor + duration_ms(since["for"]) if anchor is not None and "for" in since else None
        return lambda event: (anchor is not None and anchor < event.at
                              and (end is None or event.at <= end))
    begin, end = (history.parse_time(window[name]) if name in window else None
                  for name in ("from", "to"))
    return lambda event: (begin is None or begin <= event.at) and (end is None or event.at < end)


def anchor_of(since, moment):
    """The time a window counts from; None if there is none."""
    if "event" in since:
        times = [counted.event.at
                 for counted in moment.chosen([since["event"]], since.get("where"))]
    elif "badge" in since:
        times = [holding.granted_at for holding in moment.holdings
                 if holding.badge == filled(since["badge"], moment.key)
                 and holding.is_held(moment.at)]
    else:
        times = [time_of(moment.user.profile.value(since["attr"].removeprefix("user."), moment.at))]
    return max((at for at in times if at is not None), default=None)


def time_of(value):
    """The time a profile value tells: RFC 3339, or a whole number of milliseconds."""
    value = expressions.first(expressions.lift(value))
    if is_number(value):
        return None if value % numbers9.ONE else value // numbers9.ONE
    is_text = isinstance(value, str) and history.TIME.match(value)
    return history.parse_time(value) if is_text else None


# -- streaks --------------------------------------------------------------------------

def unit_number(unit, day):
    """Units in a row have numbers in a row."""
    if unit == "month":
        return day.year * 12 + day.month
    return day.toordinal() if unit == "day" else (day.toordinal() - 1) // 7  # Day 1 was a Monday.


def streak(node, moment):
    """Active units in a row; a freeze bridges a missed one, one that is not over ends nothing."""
    rule, unit = moment.rule, node["unit"]
    freezes = node.get("freezes", {"max": 0, "event": None})
    per_unit, bought = {}, {}
    types = [each for each in node.get("on", rule.on) if each != freezes["event"]]
    for counted in moment.chosen(types, node.get("where")):
        per_unit.setdefault(unit_number(unit, rule.local_day(counted.event)), []).append(counted)
    for counted in moment.chosen([freezes["event"]], None):
        at = unit_number(unit, rule.local_day(counted.event))
        bought[at] = bought.get(at, 0) + 1
    active = {at for at, events in per_unit.items() if is_active(node.get("min"), events, moment)}
    if not active:
        return 0
    today = unit_number(unit, moment.today)
    end = max(today, *active)
    length = longest = bank = 0
    for at in range(min(active | set(bought)), end + 1):
        bank = min(freezes["max"], bank + bought.get(at, 0))
        if at in active:
            length += 1
        elif not at == today == end:
            if length > 0 and bank > 0:
                bank -= 1
            else:
                length = 0
        longest = max(longest, length)
    return (longest if node.get("mode") == "longest" else length) * numbers9.ONE


def is_active(minimum, events, moment):
    if minimum is None:
        return True
    agg = minimum["agg"]
    chosen = [counted for counted in moment.chosen(agg.get("on", moment.rule.on), agg.get("where"),
                                                   events)
              if "currency" not in agg or counted.event.currency == agg["currency"]]
    value = fold(agg, chosen, moment)
    return value is not None and value >= numbers9.parse(minimum["ge"])
