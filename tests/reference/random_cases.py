"""Random rule books and random histories, everything drawn from one seeded generator."""

import history

HOUR_MS, DAY_MS = 3_600_000, 86_400_000

# How late an event may come: well inside the horizon of 48 hours, so that nothing is beyond it.
DISORDER_MS = 40 * HOUR_MS

ENGAGEMENT, TRANSACTION = ("checkin", "share", "view"), ("purchase", "refund")
TYPES = ENGAGEMENT + TRANSACTION
ITEMS = ("a", "bb", "c")
CURRENCIES = ("EUR", "EUR", "EUR", "USD")
ZONES = (None, None, "UTC", "Asia/Shanghai", "America/New_York", "Europe/Berlin", "Asia/Kolkata")

# How far apart a retraction and its original are. Both are told while the user's clock is less than
# the disorder past the later one, so the other is still within the horizon.
REACH_MS = 8 * HOUR_MS

# Starts of histories: an ordinary week, the changes of the clocks in Europe and in New York, a
# leap day, a turn of the year.
STARTS = tuple(map(history.parse_time, (
    "2026-01-05T00:00:00Z", "2026-03-27T00:00:00Z", "2026-10-23T00:00:00Z", "2026-11-01T00:00:00Z",
    "2024-02-27T00:00:00Z", "2025-12-29T00:00:00Z")))
SPANS_MS = (2 * HOUR_MS, 30 * HOUR_MS, 6 * DAY_MS, 40 * DAY_MS)

DURATIONS = ("PT1H", "PT6H", "P1D", "P2DT12H", "P7D", "P2W")
PERIODS = ("day", "week", "month", "quarter", "year")


class Rules:
    """Draws rules over some types of events."""

    def __init__(self, random, types):
        self.random = random
        self.types = types

    def book(self, size):
        return [self.rule(f"r{number}") for number in range(size)]

    def rule(self, rule_id):
        random = self.random
        self.on = random.sample(self.types, random.randint(1, min(3, len(self.types))))
        rule = {"id": rule_id, "badge": f"Badge {rule_id}", "on": self.on,
                "when": self.condition(2)}
        if random.random() < 0.5:
            rule["key"] = random.choice((["post.id"], ["tags"], ["item"], ["tags", "item"]))
            if random.random() < 0.5:
                rule["badge"] = "#${0}/bronze"
        policy = {}
        if random.random() < 0.5:
            policy["revoke"] = random.choice(("maintained", "maintained", "permanent"))
        if random.random() < 0.25:
            policy["max_per_user"] = random.randint(1, 3)
        if policy:
            rule["policy"] = policy
        if random.random() < 0.4:
            rule["time"] = {"zone": random.choice(("user", "Europe/Berlin", "America/New_York"))}
            if random.random() < 0.5:
                rule["time"]["day_start"] = random.choice(("04:00", "00:00", "12:30"))
        return rule

    def condition(self, depth):
        random = self.random
        draw = random.random()
        if depth and draw < 0.15:
            return {random.choice(("and", "or")): [self.condition(depth - 1) for _ in range(2)]}
        if depth and draw < 0.2:
            return {"not": self.condition(depth - 1)}
        name = random.choice(("ge", "ge", "ge", "ge", "gt", "le", "lt", "eq"))
        return {name: [self.number(1), random.choice((1, 2, 2, 3, 3, 4, 5, "1.5", 12, "20.25"))]}

    def number(self, depth):
        random = self.random
        draw = random.random()
        if depth and draw < 0.2:
            return {random.choice("+-*/"): [self.number(0), self.number(0)]}
        if draw < 0.3:
            streak = {"unit": "day"}
            if random.random() < 0.4:
                streak["where"] = self.expression(1)
            return {"streak": streak}
        return {"agg": self.aggregate()}

    def aggregate(self):
        random = self.random
        agg = {"f": random.choice(("count", "count", "sum", "sum", "distinct"))}
        if agg["f"] == "sum":
            if random.random() < 0.5:
                currency = random.choice(("EUR", "EUR", "USD"))
                agg.update(of={"var": "event.amount"}, currency=currency)
            else:
                agg["of"] = random.choice(({"var": "event.value"},
                                           {"*": [{"var": "event.value"}, 2]}))
        if agg["f"] == "distinct":
            agg["of"] = random.choice(({"var": "event.item"}, {"var": "event.post.id"},
                                       {"var": "local.date"}, {"var": "event.value"}))
        if random.random() < 0.4:
            agg["where"] = self.expression(2)
        if random.random() < 0.4:
            agg["win"] = random.choice(({"last": random.choice(DURATIONS)},
                                        {"cal": random.choice(PERIODS)}))
        if random.random() < 0.3:
            agg["on"] = random.sample(self.on, random.randint(1, len(self.on)))
        return agg

    def expression(self, depth):
        random = self.random
        draw = random.random()
        if depth and draw < 0.2:
            return {random.choice(("and", "or")): [self.expression(depth - 1) for _ in range(2)]}
        if depth and draw < 0.25:
            return {"!": [self.expression(depth - 1)]}
        return random.choice((
            lambda: {"==": [{"var": "event.item"}, random.choice(ITEMS)]},
            lambda: {"!=": [{"var": "event.item"}, random.choice(ITEMS)]},
            lambda: {"==": [{"var": "event.flag"}, random.choice((True, False))]},
            lambda: {"==": [{"var": "event.type"}, random.choice(self.types)]},
            lambda: {"in": [{"var": "event.item"}, random.sample(ITEMS, 2)]},
            lambda: {random.choice(("<", "<=", ">", ">=")): [{"var": "event.value"}, 2]},
            lambda: {">": [{"+": [{"var": "event.value"}, 1]}, 2.5]},
            lambda: {">=": [{"var": "event.amount"}, random.choice((5, 12.5))]},
            lambda: {random.choice(("<", ">=")):
                     [{"var": "local.hour"}, random.choice((7, 12, 23))]},
        ))()


class Histories:
    """Draws the events of users, in order of arrival."""

    def __init__(self, random, types):
        self.random = random
        self.types = types

    def of_user(self, user, size, shuffled):
        random = self.random
        start, span = random.choice(STARTS), random.choice(SPANS_MS)
        zone = random.choice(ZONES)
        # Few distinct times, so that some events share one.
        times = [start + random.randrange(span) for _ in range(max(1, size * 3 // 4))]
        events = [self.event(user, number, random.choice(times), zone) for number in range(size)]
        self.retract(events)
        arrivals = [(history.parse_time(event["occurred_at"]), event) for event in events]
        if shuffled:
            arrivals += random.sample(arrivals, len(arrivals) // 6)
            arrivals = [(at + random.randrange(DISORDER_MS), event) for at, event in arrivals]
        arrivals.sort(key=lambda pair: pair[0])
        return [event for _, event in arrivals]

    def event(self, user, number, at, zone):
        random = self.random
        event = {"event_id": f"{user}-{random.randrange(1000):03d}-{number}", "user_id": user,
                 "type": random.choice(self.types), "occurred_at": history.format_time(at)}
        if random.random() < 0.1:
            zone = random.choice(ZONES)
        if zone:
            event["zone"] = zone
        if event["type"] in TRANSACTION or (self.types is TYPES and random.random() < 0.1):
            event["amount"] = {"value": random.choice(("5.00", "12.50", "0.25", "20.00", "7.75")),
                               "currency": random.choice(CURRENCIES)}
        event["attributes"] = {
            "item": random.choice(ITEMS), "value": random.choice((-1, 0, 1, 1, 2, 3, 2.5)),
            "post": {"id": random.choice(("p1", "p2", 3))}, "flag": random.random() < 0.5,
            "tags": random.sample(("x", "yy", "z"), random.randint(0, 2))}
        for name in list(event["attributes"]):
            if random.random() < 0.08:
                del event["attributes"][name]
        return event

    def retract(self, events):
        """Some events take others back: wholly, in part, before their original, or nobody."""
        random = self.random
        for event in random.sample(events, len(events) // 6):
            at = history.parse_time(event["occurred_at"])
            near = [other for other in events if other is not event and "retracts" not in other
                    and abs(history.parse_time(other["occurred_at"]) - at) <= REACH_MS]
            if not near or any(other.get("retracts") == event["event_id"] for other in events):
                continue
            target = random.choice(near)["event_id"]
            event["retracts"] = target if random.random() < 0.9 else "nobody"
            if random.random() < 0.5:
                event.pop("amount", None)


def case(random, rules, users, events_per_user, shuffled, types=TYPES):
    """A rule book and the arrivals of all users, interleaved at random."""
    book = Rules(random, types).book(rules)
    draw = Histories(random, types)
    queues = [draw.of_user(f"u{number}", random.randint(1, events_per_user), shuffled)
              for number in range(users)]
    arrivals = []
    while queues:
        queue = random.choice(queues)
        arrivals.append(queue.pop(0))
        queues = [left for left in queues if left]
    return book, arrivals
