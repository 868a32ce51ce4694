"""Events as the reference evaluator sees them: parsed, told apart by id, with their local days."""

import calendar
import datetime
import decimal
import functools
import json
import re
import zoneinfo

import numbers9

TOP_LEVEL = {"event_id", "user_id", "type", "occurred_at", "zone", "retracts", "amount",
             "attributes"}
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
TRANSACTION_TYPES = {"purchase", "refund"}
TIME = re.compile(r"(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d+))?([Zz]|[+-]\d\d:\d\d)$")


def parse_time(value):
    """Milliseconds since the epoch of an RFC 3339 text or of an integer of milliseconds."""
    if isinstance(value, int):
        return value
    *numbers, fraction, offset = TIME.match(value).groups()
    seconds = calendar.timegm(tuple(map(int, numbers)))
    if offset not in "Zz":
        shift = int(offset[1:3]) * 3600 + int(offset[4:6]) * 60
        seconds -= shift if offset[0] == "+" else -shift
    return seconds * 1000 + int(((fraction or "") + "000")[:3])


def format_time(ms):
    moment = EPOCH + datetime.timedelta(milliseconds=ms)
    return moment.strftime("%Y-%m-%dT%H:%M:%S") + f".{ms % 1000:03d}Z"


@functools.lru_cache(maxsize=None)
def zone_named(name):
    return zoneinfo.ZoneInfo(name)


def local_time(ms, zone):
    """The wall clock of a zone, UTC where there is none."""
    moment = EPOCH + datetime.timedelta(milliseconds=ms)
    return moment.astimezone(zone_named(zone or "UTC"))


class Event:
    """One event. `arrival` is its place in the input, which only lateness may ask for. `zone` is
    its own to begin with; where it has none, the user's at its time (`User`)."""

    def __init__(self, document, arrival):
        self.id = document["event_id"]
        self.user = document["user_id"]
        self.type = document["type"]
        self.at = parse_time(document["occurred_at"])
        self.own_zone = self.zone = document.get("zone")
        self.retracts = document.get("retracts")
        amount = document.get("amount")
        self.amount = numbers9.parse(amount["value"]) if amount else None
        self.currency = amount["currency"] if amount else None
        self.attributes = {name: value for name, value in document.items() if name not in TOP_LEVEL}
        self.attributes.update(document.get("attributes", {}))
        self.arrival = arrival

    def attribute(self, path):
        """What a dotted path leads to; None where it leads nowhere."""
        value = self.attributes
        for step in path.split("."):
            if not isinstance(value, dict) or step not in value:
                return None
            value = value[step]
        return value

    def topic(self):
        """Where an event of a file goes: what moves money is a transaction."""
        moves_money = self.type in TRANSACTION_TYPES or self.amount is not None
        return "transaction" if moves_money else "engagement"


class Retractions:
    """Which events of one user take back which, and from when."""

    def __init__(self, events):
        self.of = {}
        for event in events:
            # Nothing takes itself back.
            if event.retracts is not None and event.retracts != event.id:
                self.of.setdefault(event.retracts, []).append(event)

    def of_event(self, event):
        return self.of.get(event.id, [])

    def remaining(self, event, at, refund="proportional"):
        """Whether an event counts at a time, and how much of its amount."""
        remaining = event.amount
        for retraction in self.of_event(event):
            if retraction.at > at or refund == "ignore":
                continue
            if retraction.amount is None:
                return False, None
            # In another currency, or from an event without an amount, no part can be taken.
            if remaining is not None and retraction.currency == event.currency:
                remaining -= retraction.amount
                if remaining <= 0:
                    return False, None
        return True, event.amount if refund == "full_only" else remaining


class Profile:
    """What a user's events of type `profile` say, at any time."""

    def __init__(self, events, retractions):
        self.events = [event for event in events if event.type == "profile"]
        self.retractions = retractions

    def at(self, at):
        """Those that count at a time, the last first."""
        counting = [event for event in self.events
                    if event.at <= at and self.retractions.remaining(event, at)[0]]
        return sorted(counting, key=order_of, reverse=True)

    def value(self, path, at):
        found = (event.attribute(path) for event in self.at(at))
        return next((value for value in found if value is not None), None)

    def zone(self, at):
        return next((event.own_zone for event in self.at(at) if event.own_zone), None)


class User:
    """All that one user did, as the laws see it: a set of events."""

    def __init__(self, events):
        self.events = sorted(events, key=order_of)
        self.retractions = Retractions(self.events)
        self.profile = Profile(self.events, self.retractions)
        for event in self.events:
            event.zone = event.own_zone or self.profile.zone(event.at)

    def add(self, events):
        """Adds events that rules emitted; they have their zones."""
        self.events = sorted(self.events + events, key=order_of)
        self.retractions = Retractions(self.events)


def order_of(event):
    return (event.at, event.id.encode())


def read_events(paths):
    """All events of some NDJSON files, in order of arrival."""
    events = []
    for path in paths:
        with open(path, encoding="utf-8") as file:
            for line in file:
                if line.strip():
                    events.append(Event(json.loads(line, parse_float=decimal.Decimal), len(events)))
    return events


def by_user(events):
    users = {}
    for event in events:
        users.setdefault(event.user, []).append(event)
    return users


def first_of_each_id(events):
    """Duplicates are told by event id: the one that arrived first counts."""
    kept = {}
    for event in events:
        kept.setdefault(event.id, event)
    return list(kept.values())


def within_horizon(events, horizon_ms):
    """Drops what came too late, by the user's clock per topic. Asks for the order of arrival."""
    clocks, kept = {}, []
    for event in events:
        topic = event.topic()
        clock = clocks.get(topic, event.at)
        if event.at >= clock - horizon_ms[topic]:
            kept.append(event)
            clocks[topic] = max(clock, event.at)
    return kept
