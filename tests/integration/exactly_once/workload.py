"""What is sent: five rules, and the events of many users with duplicates, disorder and poison.

Everything is drawn from one seeded generator, so that a seed names the whole input.
"""

import base64
import datetime
import json
import math

import murmur2

HOUR_MS, DAY_MS = 3_600_000, 86_400_000
ENGAGEMENT, TRANSACTION = "badge.engagement.events", "badge.transaction.events"

# Long past, so that no append time of the broker ever clamps an event.
START_MS = int(datetime.datetime(2026, 1, 5, tzinfo=datetime.timezone.utc).timestamp() * 1000)
SPAN_DAYS = 20

# How late events come: within the horizon of 48 hours, some apart that are far beyond it.
DISORDER_MS = 12 * HOUR_MS
BEYOND_MS = 30 * DAY_MS

EVENTS_PER_USER = 50
DUPLICATE_SHARE = 0.10
RETRACTION_SHARE = 0.04
LATE_SHARE = 0.003
POISON_SHARE = 0.001
OVERSIZE_BYTES = 300 * 1024  # Over what a record may have.
OVERSIZE_COUNT = 2
REACH_MS = 6 * HOUR_MS  # How far a retraction is from its original.


def sum_of(event_type):
    return {"agg": {"f": "sum", "of": {"var": "event.amount"}, "currency": "EUR",
                    "on": [event_type]}}


RULES = [
    {"id": "regular", "badge": "Regular", "on": ["checkin"],
     "when": {"ge": [{"agg": {"f": "count"}}, 10]}},
    {"id": "three-days", "badge": "Three Days", "on": ["checkin", "share"],
     "when": {"ge": [{"streak": {"unit": "day"}}, 3]}},
    {"id": "spender", "badge": "Spender", "on": ["purchase", "refund"],
     "when": {"ge": [{"-": [sum_of("purchase"), sum_of("refund")]}, 60]},
     "policy": {"revoke": "maintained"}},
    {"id": "local", "badge": "Local of ${0}", "on": ["checkin", "view"], "key": ["shop"],
     "when": {"and": [{"ge": [{"agg": {"f": "count", "on": ["checkin"]}}, 2]},
                      {"ge": [{"agg": {"f": "distinct", "of": {"var": "event.item"},
                                       "on": ["view"]}}, 3]}]},
     "policy": {"max_per_user": 2}},
    {"id": "busy-day", "badge": "Busy Day", "on": ["share", "view"],
     "when": {"ge": [{"agg": {"f": "sum", "of": {"var": "event.points"},
                              "where": {"!=": [{"var": "event.item"}, "i0"]},
                              "win": {"last": "P1D"}}}, 9]}},
]

TYPES = ("checkin", "checkin", "share", "view", "view", "purchase", "purchase", "refund")


def rfc3339(ms):
    moment = datetime.datetime.fromtimestamp(ms // 1000, datetime.timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%S") + f".{ms % 1000:03d}Z"


def topic_of(event_type):
    return TRANSACTION if event_type in ("purchase", "refund") else ENGAGEMENT


class Workload:
    """The records to send, in order, each as (topic, partition or None, key, value)."""

    def __init__(self, random, records, partitions):
        self.random = random
        self.partitions = partitions
        originals = math.ceil(records / (1 + DUPLICATE_SHARE))
        users = max(10, originals // EVENTS_PER_USER)
        timed = []
        for number in range(originals):
            timed.append(self.drawn(number, f"user-{random.randrange(users)}"))
        self.add_retractions(timed)
        # Arrival follows event time with some disorder; a duplicate comes a little later.
        arrivals = [(at + random.randrange(DISORDER_MS), event) for at, event in timed]
        arrivals += [(arrival + random.randrange(HOUR_MS), event) for arrival, event
                     in random.sample(arrivals, int(originals * DUPLICATE_SHARE))]
        arrivals.sort(key=lambda pair: pair[0])
        self.records = [self.record(event) for _, event in arrivals]
        self.add_late(int(originals * LATE_SHARE), users)
        self.add_poison(max(10, int(originals * POISON_SHARE)))

    def drawn(self, number, user):
        random = self.random
        at = START_MS + random.randrange(SPAN_DAYS * DAY_MS // 1000) * 1000
        event_type = random.choice(TYPES)
        event = {"event_id": f"e{number}", "user_id": user, "type": event_type,
                 "occurred_at": rfc3339(at)}
        if topic_of(event_type) == TRANSACTION:
            event["amount"] = {"value": f"{random.randrange(100, 3000) / 100:.2f}",
                               "currency": "EUR" if random.random() < 0.9 else "USD"}
        event["attributes"] = {"shop": f"s{random.randrange(3)}", "item": f"i{random.randrange(6)}",
                               "points": random.randrange(5)}
        if random.random() < 0.3:
            event["zone"] = random.choice(("Europe/Berlin", "Asia/Shanghai"))
        return at, event

    def add_retractions(self, timed):
        """Some events take back another of the same user and topic from about the same time."""
        by_user = {}
        for at, event in timed:
            by_user.setdefault((event["user_id"], topic_of(event["type"])), []).append((at, event))
        wanted = int(len(timed) * RETRACTION_SHARE)
        taken_back = set()
        for at, event in self.random.sample(timed, wanted):
            near = [other for when, other in by_user[event["user_id"], topic_of(event["type"])]
                    if other is not event and abs(when - at) <= REACH_MS
                    and "retracts" not in other]
            if near and event["event_id"] not in taken_back:
                target = self.random.choice(near)
                event["retracts"] = target["event_id"]
                taken_back.add(target["event_id"])
                if self.random.random() < 0.5:
                    event.pop("amount", None)

    def record(self, event):
        value = json.dumps(event, separators=(",", ":")).encode()
        return topic_of(event["type"]), None, event["user_id"].encode(), value

    def insert(self, record, from_share=0.0):
        first = int(len(self.records) * from_share)
        self.records.insert(self.random.randrange(first, len(self.records)), record)

    def add_late(self, count, users):
        """Events of a month ago, told when the user's clock is far past them."""
        for number in range(count):
            _, event = self.drawn(f"-late-{number}", f"user-{self.random.randrange(users)}")
            if topic_of(event["type"]) == ENGAGEMENT:
                event["occurred_at"] = rfc3339(START_MS - BEYOND_MS)
                self.insert(self.record(event), from_share=0.5)

    def add_poison(self, count):
        kinds = (self.broken_json, self.missing_field, self.foreign_key, self.wrong_partition)
        for number in range(count):
            self.insert(self.random.choice(kinds)(number))
        for number in range(OVERSIZE_COUNT):
            self.insert(self.oversize(number))
        self.poison = count + OVERSIZE_COUNT

    def broken_json(self, number):
        return ENGAGEMENT, None, b"user-1", b'{"event_id":"poison-%d","user_id":"user-1",' % number

    def missing_field(self, number):
        value = {"event_id": f"poison-{number}", "user_id": "user-2", "type": "checkin"}
        return ENGAGEMENT, None, b"user-2", json.dumps(value).encode()

    def foreign_key(self, number):
        _, event = self.drawn(f"-poison-{number}", "user-3")
        topic, _, _, value = self.record(event)
        return topic, murmur2.partition_of(b"user-3", self.partitions), b"somebody-else", value

    def wrong_partition(self, number):
        _, event = self.drawn(f"-poison-{number}", "user-4")
        topic, _, key, value = self.record(event)
        own = murmur2.partition_of(key, self.partitions)
        return topic, (own + 1) % self.partitions, key, value

    def oversize(self, number):
        _, event = self.drawn(f"-poison-big-{number}", "user-5")
        event["attributes"]["filler"] = "x" * OVERSIZE_BYTES
        return self.record(event)

    def write(self, path):
        with open(path, "w", encoding="ascii") as file:
            for topic, partition, key, value in self.records:
                place = "-" if partition is None else partition
                file.write(f"{topic}\t{place}\t{base64.b64encode(key).decode()}\t"
                           f"{base64.b64encode(value).decode()}\n")


def write_rules(path):
    with open(path, "w", encoding="utf-8") as file:
        json.dump(RULES, file, indent=1)
