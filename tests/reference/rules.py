"""Rule documents with their defaults filled in, and the order in which rules are looked at."""

import datetime
import decimal
import json
import re

import history
import numbers9

DURATION = re.compile(r"P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$")
PLACEHOLDER = re.compile(r"\$\{(\d+)\}")
TWO_DAYS_MS = 2 * 86_400_000


def duration_ms(text):
    parts = DURATION.match(text).groups()
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in parts)
    return ((((weeks * 7 + days) * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000


def optional(parse, value):
    return None if value is None else parse(value)


def found_under(node, name):
    """Whatever a document has under a name, at any depth."""
    if isinstance(node, list):
        return [found for part in node for found in found_under(part, name)]
    if not isinstance(node, dict):
        return []
    own = [node[name]] if name in node else []
    return own + [found for part in node.values() for found in found_under(part, name)]


def filled(template, key):
    """A text with the parts of a key in place of `${0}`, `${1}`, ..."""
    return PLACEHOLDER.sub(lambda match: key[int(match[1])], template)


class Rule:
    """A rule document with its defaults filled in."""

    def __init__(self, document):
        self.id = document["id"]
        self.badge = document.get("badge")
        self.emit = document.get("emit")
        self.on = document.get("on", [])
        self.key = document.get("key", [])
        self.when = document["when"]
        self.read_policy(document.get("policy", {}))
        self.read_time(document.get("time", {}))
        self.read_validity(document.get("valid", {}))
        self.has = found_under(self.when, "has")
        self.sequences = found_under(self.when, "seq")
        self.since_badges = [since["badge"] for since in found_under(self.when, "since")
                             if "badge" in since]
        self.reads_profile = bool(found_under(self.when, "attr"))
        self.reads_days = bool(found_under(self.when, "cal") or found_under(self.when, "streak"))
        # How long after an event, or after a holding began, time alone may change what holds.
        self.event_delays = {duration_ms(last) for last in found_under(self.when, "last")}
        self.event_delays |= {duration_ms(ban["for"]) for seq in self.sequences
                              for ban in seq.get("not", []) if "for" in ban}
        self.holding_delays = {duration_ms(has["for"]) for has in self.has if "for" in has}

    def read_policy(self, policy):
        self.revoke = policy.get("revoke", "permanent")
        self.grace = optional(duration_ms, policy.get("grace"))
        self.refund = policy.get("refund", "proportional")
        self.max_per_user = policy.get("max_per_user")
        self.every = optional(numbers9.parse, policy.get("every"))
        self.cooldown = optional(duration_ms, policy.get("cooldown"))
        group = policy.get("group", {})
        self.group = group.get("name")
        self.rank = group.get("rank")

    def read_time(self, time):
        self.zone = time.get("zone", "user")
        hours, minutes = time.get("day_start", "00:00").split(":")
        self.day_start = datetime.timedelta(hours=int(hours), minutes=int(minutes))

    def read_validity(self, valid):
        self.valid_from = optional(history.parse_time, valid.get("from"))
        self.valid_to = optional(history.parse_time, valid.get("to"))
        self.expires = valid.get("expires")

    # -- its calendar ---------------------------------------------------------------

    def zone_or(self, zone):
        return zone if self.zone == "user" else self.zone

    def local_time(self, at, zone):
        return history.local_time(at, self.zone_or(zone))

    def day_of(self, at, zone):
        """The day of a time, on the wall clock of the zone, from `day_start` on."""
        return (self.local_time(at, zone).replace(tzinfo=None) - self.day_start).date()

    def local_day(self, event):
        return self.day_of(event.at, event.zone)

    def next_day_begins(self, at, zone):
        """The first millisecond of the local day after that of `at`."""
        return self.first_after(at, at + TWO_DAYS_MS, zone, self.day_of(at, zone))

    def first_after(self, low, high, zone, day):
        """The first millisecond whose local day is later than `day`, between two times."""
        while high - low > 1:
            middle = (low + high) // 2
            if self.day_of(middle, zone) > day:
                high = middle
            else:
                low = middle
        return high

    def period_ends(self, unit, at, zone):
        """The first millisecond after the calendar unit that holds the local day of `at`."""
        day = self.day_of(at, zone)
        last = day
        while period(unit, last + datetime.timedelta(days=1)) == period(unit, day):
            last += datetime.timedelta(days=1)
        days_ms = (last - day).days * 86_400_000
        return self.first_after(at, at + days_ms + TWO_DAYS_MS, zone, last)

    def expiry_of(self, granted_at, zone):
        """When a grant expires; None if never."""
        if self.expires is None:
            return None
        if "after" in self.expires:
            return granted_at + duration_ms(self.expires["after"])
        if "at" in self.expires:
            return history.parse_time(self.expires["at"])
        ends = self.period_ends(self.expires["cal_end"], granted_at, zone)
        return ends + (optional(duration_ms, self.expires.get("plus")) or 0)

    # -- what it reads of others ------------------------------------------------------

    def reads_holding(self, holding, key):
        """Whether `when`, for a key, asks about a holding."""
        badges = [has["badge"] for has in self.has if "badge" in has] + self.since_badges
        groups = [has["group"] for has in self.has if "group" in has]
        return (any(filled(badge, key) == holding.badge for badge in badges)
                or any(filled(group, key) == holding.group for group in groups))

    def depends_on(self, other):
        if other.emit and other.emit["type"] in self.on:
            return True
        if self.rank is not None and other.rank is not None and other.rank > self.rank:
            return may_meet(self.group, other.group)
        badges = [has["badge"] for has in self.has if "badge" in has] + self.since_badges
        groups = [has["group"] for has in self.has if "group" in has]
        return (any(other.badge and may_meet(badge, other.badge) for badge in badges)
                or any(other.group and may_meet(group, other.group) for group in groups))


def may_meet(one, other):
    """Whether two texts can be equal, with any text for each placeholder."""
    def parts(template):
        return [None if number % 2 else char for number, piece in
                enumerate(PLACEHOLDER.split(template))
                for char in ([None] if number % 2 else piece)]

    def meet(a, b):
        if a and a[0] is None:
            return meet(a[1:], b) or bool(b) and meet(a, b[1:])
        if b and b[0] is None:
            return meet(b, a)
        return (not a and not b) or (bool(a and b) and a[0] == b[0] and meet(a[1:], b[1:]))

    return meet(parts(one), parts(other))


def period(unit, day):
    return {"day": day, "week": day - datetime.timedelta(days=day.weekday()),
            "month": (day.year, day.month), "quarter": (day.year, (day.month - 1) // 3),
            "year": day.year}[unit]


def in_order(rules):
    """The rules, each after all that it depends on."""
    waiting, ordered = list(rules), []
    while waiting:
        ready = [rule for rule in waiting
                 if not any(rule.depends_on(other) for other in waiting)]
        if not ready:
            raise ValueError("rules depend on each other: " + ", ".join(r.id for r in waiting))
        ordered += ready
        waiting = [rule for rule in waiting if rule not in ready]
    return ordered


def read_rules(paths):
    rules = []
    for path in paths:
        with open(path, encoding="utf-8") as file:
            document = json.load(file, parse_float=decimal.Decimal)
        rules += document if isinstance(document, list) else [document]
    return [Rule(rule) for rule in rules]
