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
SPAN_MAX_MS = max(SPANS_MS)

# Most events happen on such a grid, so that some lie exactly where a window ends.
GRID_MS = HOUR_MS // 2

# What belongs together. Each book draws much of one of these, and little of the rest, so that they
# meet each other.
TOPICS = (
    {"at_least", "min", "max", "avg", "first", "last", "from_to"},
    {"since_event", "since_badge", "since_attr", "has"},
    {"attr", "user", "profile_zone", "since_attr"},
    {"streak_on", "streak_unit", "streak_min", "longest", "freezes"},
    {"freezes"},
    {"seq"},
    {"has", "has_for", "group", "grace"},
    {"grace", "refund"},
    {"every", "cooldown", "expires"},
    {"every", "refund", "until_redeemed"},
    {"rank", "grace", "expires"},
    {"valid", "expires", "cooldown"},
    {"emit", "has", "grace"},
)
SHARE_OF_TOPIC, SHARE_ELSEWHERE = 0.6, 0.4

DURATIONS = ("PT1H", "PT6H", "P1D", "P2DT12H", "P7D", "P2W")
PERIODS = ("day", "week", "month", "quarter", "year")
NUMBERS = (1, 2, 2, 3, 3, 4, 5, "1.5", 12, "20.25")


class Rules:
    """Draws rules over some types of events, with the constructs that are asked for."""

    def __init__(self, random, types, features, start):
        self.random = random
        self.types = types
        self.features = features
        self.start = start
        self.topic = random.choice(TOPICS)
        self.instants = []  # All that a rule names.

    def chance(self, share, feature=None):
        """Whether to draw something; never what is not among the features."""
        draw = self.random.random()
        if feature is None:
            return draw < share
        if feature not in self.features:
            return False
        return draw < (max(share, SHARE_OF_TOPIC) if feature in self.topic
                       else share * SHARE_ELSEWHERE)

    def instant(self):
        span = self.random.choice((2 * DAY_MS, 8 * DAY_MS, SPAN_MAX_MS))
        grid = self.random.choice((GRID_MS, 6 * HOUR_MS))
        self.instants.append(self.start + self.random.randrange(span // grid) * grid)
        return history.format_time(self.instants[-1])

    # -- rules ------------------------------------------------------------------------

    def book(self, size):
        """Rules, of which each may depend on those before it, and so on none after it."""
        self.badges, self.emitted = [], []
        book = []
        for number in range(size):
            self.may_join, self.may_read_group = number < size // 2, number >= size // 2
            book.append(self.rule(f"r{number}", rank=size - number))
        self.random.shuffle(book)
        return book

    def rule(self, rule_id, rank):
        random = self.random
        types = self.types + tuple(self.emitted)
        self.on = random.sample(types, random.randint(1, min(3, len(types))))
        if self.emitted and self.chance(0.5):
            self.on = sorted({*self.on, random.choice(self.emitted)})
        if "checkin" in self.types and self.chance(0.3, "freezes"):
            self.on.append("freeze")
        self.key = random.choice((["post.id"], ["tags"], ["item"], ["tags", "item"])) \
            if self.chance(0.5) else []
        self.badge_of_key = None
        rule = {"id": rule_id, "on": self.on}
        if self.key:
            rule["key"] = self.key
        is_emit = self.chance(0.25, "emit")
        rule["policy"] = self.policy(is_emit, rank)
        is_counted = "every" in rule["policy"]
        rule["when"] = {"ge": [self.number(1), random.choice(NUMBERS)]} if is_counted \
            else self.condition(2)
        if is_emit:
            rule["emit"] = {"type": f"from-{rule_id}", "fields": self.fields()}
        elif self.key and self.chance(0.5):
            rule["badge"] = f"#${{0}}/{rule_id}"
        else:
            rule["badge"] = f"Badge {rule_id}"
        valid = self.validity(is_emit)
        if valid:
            rule["valid"] = valid
        if not rule["policy"]:
            del rule["policy"]
        if self.chance(0.4):
            rule["time"] = {"zone": random.choice(("user", "Europe/Berlin", "America/New_York"))}
            if self.chance(0.5):
                rule["time"]["day_start"] = random.choice(("04:00", "00:00", "12:30"))
        if is_emit:
            self.emitted.append(f"from-{rule_id}")
        else:
            self.badges.append(rule["badge"])
        return rule

    def fields(self):
        fields = {"value": self.random.choice((1, 2, 3)), "item": self.random.choice(ITEMS)}
        for place in range(len(self.key)):
            fields[("item", "tags")[place]] = f"${{{place}}}"
        return fields

    def policy(self, is_emit, rank):
        random, policy = self.random, {}
        if self.chance(0.5):
            policy["revoke"] = random.choice(("maintained", "maintained", "permanent"))
        elif not is_emit and self.chance(0.2, "until_redeemed"):
            policy["revoke"] = "until_redeemed"
        if self.chance(0.2, "refund"):
            policy["refund"] = random.choice(("proportional", "full_only", "ignore"))
        is_maintained = policy.get("revoke") == "maintained"
        if is_maintained and self.chance(0.25, "grace"):
            policy["grace"] = random.choice(DURATIONS)
        redeemed = policy.get("revoke") == "until_redeemed"
        if not is_emit and not redeemed and self.chance(0.25, "rank"):
            policy["group"] = {"name": random.choice(("t", "t", "u")), "rank": rank}
            return policy
        if not is_emit and self.may_join and self.chance(0.4, "group"):
            policy["group"] = {"name": "g"}
        if self.chance(0.25):
            policy["max_per_user"] = random.randint(1, 3)
        if "grace" not in policy and self.chance(0.15, "every"):
            policy["every"] = random.choice((1, 2, 3, "2.5"))
        if self.chance(0.15, "cooldown"):
            policy["cooldown"] = random.choice(DURATIONS)
        return policy

    def validity(self, is_emit):
        random, valid = self.random, {}
        if self.chance(0.15, "valid"):
            ends = sorted({self.instant(), self.instant()})
            valid["from"] = ends[0]
            if len(ends) > 1 and self.chance(0.5):
                valid["to"] = ends[1]
        if not is_emit and self.chance(0.2, "expires"):
            unit = {"cal_end": random.choice(PERIODS[:3])}
            if self.chance(0.5):
                unit["plus"] = random.choice(DURATIONS)
            valid["expires"] = random.choice((unit, unit, {"after": random.choice(DURATIONS)},
                                              {"after": random.choice(DURATIONS)},
                                              {"at": self.instant()}))
        return valid

    # -- conditions -------------------------------------------------------------------

    def condition(self, depth):
        random = self.random
        draw = random.random()
        if "grace" in self.topic and draw > 0.5:
            # Comes and goes, so that there is something to be lost and won again.
            window = {"last": random.choice(DURATIONS[:4])}
            return {"ge": [{"agg": {"f": "count", "win": window}}, random.choice((1, 1, 2))]}
        if depth and draw < 0.15:
            return {random.choice(("and", "or")): [self.condition(depth - 1) for _ in range(2)]}
        if depth and draw < 0.2:
            return {"not": self.condition(depth - 1)}
        if depth and self.chance(0.07, "at_least"):
            parts = [self.condition(depth - 1) for _ in range(3)]
            return {"at_least": [random.randint(1, 3), parts]}
        if self.chance(0.12, "seq"):
            return {"seq": self.sequence()}
        if self.badges and self.chance(0.2, "has"):
            return {"has": self.has()}
        name = random.choice(("ge", "ge", "ge", "ge", "gt", "le", "lt", "eq"))
        return {name: [self.number(1), self.limit()]}

    def limit(self):
        if self.chance(0.05, "attr"):
            return {"attr": "user.goal"}
        return self.random.choice(NUMBERS)

    def badge(self):
        """The badge of an earlier rule, for a key that there may be."""
        badge = self.random.choice(self.badges)
        if "$" in badge and not (self.key and self.chance(0.7)):
            badge = badge.replace("${0}", self.random.choice(("p1", "x", "yy", "a", "bb", "3")))
        return badge

    def has(self):
        random = self.random
        if self.may_read_group and self.chance(0.4, "group"):
            has = {"group": "g"}
        else:
            has = {"badge": self.badge()}
        if self.chance(0.7 if "group" in has else 0.3):
            has["n"] = random.randint(1, 3)
        if self.chance(0.3):
            has["state"] = random.choice(("held", "ever"))
        if has.get("state") != "ever" and self.chance(0.3, "has_for"):
            has["for"] = random.choice(DURATIONS)
        return has

    def sequence(self):
        random = self.random

        def step():
            made = {"on": random.choice(self.on) if self.chance(0.7) else
                    random.sample(self.on, random.randint(1, len(self.on)))}
            if self.chance(0.2):
                made["where"] = self.expression(1)
            return made

        steps = [{**step(), "as": f"s{place}"} for place in range(random.choice((2, 2, 3)))]
        seq = {"steps": steps, "within": random.choice(DURATIONS)}
        if self.chance(0.4):
            seq["same"] = random.choice((["item"], ["post.id"], ["item", "flag"], ["tags"]))
        if self.chance(0.2):
            seq["strict"] = True
        if self.chance(0.5):
            seq["not"] = []
            for _ in range(random.choice((1, 1, 2))):
                ban = step()
                if self.chance(0.5):
                    ban["after"] = random.choice(seq["steps"])["as"]
                if self.chance(0.5):
                    ban["for"] = random.choice(DURATIONS)
                seq["not"].append(ban)
        return seq

    # -- numbers ----------------------------------------------------------------------

    def number(self, depth):
        random = self.random
        draw = random.random()
        if depth and draw < 0.2:
            return {random.choice("+-*/"): [self.number(0), self.number(0)]}
        is_streak_topic = bool(self.topic & {"freezes", "streak_min"})
        if draw < (0.8 if is_streak_topic else 0.3):
            return {"streak": self.streak()}
        return {"agg": self.aggregate()}

    def streak(self):
        random = self.random
        streak = {"unit": "day"}
        if self.chance(0.3, "streak_unit"):
            streak["unit"] = random.choice(("week", "month"))
        if self.chance(0.4):
            streak["where"] = self.expression(1)
        if self.chance(0.2, "streak_on"):
            streak["on"] = random.sample(self.on, random.randint(1, len(self.on)))
        if self.chance(0.3, "streak_min"):
            agg = self.aggregate(("count", "sum", "distinct"))
            agg.pop("win", None)
            streak["min"] = {"agg": agg, "ge": random.choice((1, 2, 2, 3, "2.5"))}
        if "freeze" in self.on or self.chance(0.1, "freezes"):
            event = "freeze" if "freeze" in self.on else random.choice(self.on)
            streak["freezes"] = {"max": random.randint(1, 3), "event": event}
        if self.chance(0.2, "longest"):
            streak["mode"] = "longest"
        return streak

    def aggregate(self, fs=None):
        random = self.random
        more = [f for f in ("min", "max", "avg", "first", "last") if f in self.features]
        agg = {"f": random.choice(fs or ("count", "count", "sum", "sum", "distinct", *more))}
        if agg["f"] not in ("count", "distinct"):
            if self.chance(0.5):
                currency = random.choice(("EUR", "EUR", "USD"))
                agg.update(of={"var": "event.amount"}, currency=currency)
            else:
                agg["of"] = random.choice(({"var": "event.value"},
                                           {"*": [{"var": "event.value"}, 2]}))
        if agg["f"] == "distinct":
            agg["of"] = random.choice(({"var": "event.item"}, {"var": "event.post.id"},
                                       {"var": "local.date"}, {"var": "event.value"}))
        if self.chance(0.4):
            agg["where"] = self.expression(2)
        if self.chance(0.5):
            agg["win"] = self.window()
        if self.chance(0.3):
            agg["on"] = random.sample(self.on, random.randint(1, len(self.on)))
        return agg

    def window(self):
        random = self.random
        kinds = [lambda: {"last": random.choice(DURATIONS)},
                 lambda: {"cal": random.choice(PERIODS)}]
        if "from_to" in self.features:
            kinds.append(self.interval)
        if "since_event" in self.features:
            kinds.append(lambda: {"since": self.lasting(self.since_event())})
        if "since_badge" in self.features and self.badges:
            kinds.append(lambda: {"since": self.lasting({"badge": self.badge()})})
        if "since_attr" in self.features and self.chance(0.3):
            kinds.append(lambda: {"since": self.lasting({"attr": "user.joined"})})
        return random.choice(kinds)()

    def since_event(self):
        since = {"event": self.random.choice(self.on)}
        if self.chance(0.3):
            since["where"] = self.expression(1)
        return since

    def lasting(self, since):
        if self.chance(0.4):
            since["for"] = self.random.choice(DURATIONS)
        return since

    def interval(self):
        ends = sorted((self.instant(), self.instant()))
        named = {"from": ends[0], "to": ends[1]}
        if ends[0] == ends[1]:
            del named["to"]
        elif self.chance(0.3):
            del named[self.random.choice(("from", "to"))]
        return named

    def expression(self, depth):
        random = self.random
        draw = random.random()
        if depth and draw < 0.2:
            return {random.choice(("and", "or")): [self.expression(depth - 1) for _ in range(2)]}
        if depth and draw < 0.25:
            return {"!": [self.expression(depth - 1)]}
        if self.chance(0.1, "user"):
            return random.choice(({"==": [{"var": "user.plan"}, random.choice(("free", "pro"))]},
                                  {">=": [{"var": "event.value"}, {"var": "user.goal"}]}))
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

    def __init__(self, random, types, features, start, instants):
        self.random = random
        self.types = types
        self.features = features
        self.start = start
        self.instants = instants  # Times that rules name: some events happen just then.
        self.profile_share = random.choice((0.05, 0.1, 0.3))
        self.freeze_share = random.choice((0.05, 0.1, 0.3))

    def of_user(self, user, size, shuffled):
        random = self.random
        start, span = self.start, random.choice(SPANS_MS)
        zone = random.choice(ZONES)
        # Few distinct times, so that some events share one.
        times = [start + random.randrange(span) for _ in range(max(1, size * 3 // 4))]
        times = [at - at % GRID_MS if random.random() < 0.7 else at for at in times]
        times += [at for at in self.instants if at < start + span and random.random() < 0.3]
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
        is_engaged = "checkin" in self.types
        if is_engaged and "freezes" in self.features and random.random() < self.freeze_share:
            event["type"] = "freeze"
        has_profile = self.features & {"user", "attr", "since_attr", "profile_zone"}
        if is_engaged and has_profile and random.random() < self.profile_share:
            return self.profile(event, zone)
        if random.random() < 0.1:
            zone = random.choice(ZONES)
        if zone and not ("profile_zone" in self.features and random.random() < 0.3):
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

    def profile(self, event, zone):
        random = self.random
        joined = self.start + random.randrange(SPAN_MAX_MS)
        values = {"plan": random.choice(("free", "pro")), "goal": random.choice((1, 2, 3, "no")),
                  "joined": random.choice((joined, history.format_time(joined), "soon"))}
        event["type"] = "profile"
        event["attributes"] = {name: value for name, value in values.items()
                               if random.random() < 0.6}
        if "profile_zone" in self.features and random.random() < 0.5:
            event["zone"] = random.choice(ZONES) or zone or "Asia/Kolkata"
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


def case(random, options, shuffled, types=TYPES, features=frozenset()):
    """A rule book and the arrivals of all users, interleaved at random."""
    start = random.choice(STARTS)
    rules = Rules(random, types, features, start)
    book = rules.book(options.rules)
    draw = Histories(random, types, features, start, rules.instants)
    queues = [draw.of_user(f"u{number}", random.randint(1, options.events), shuffled)
              for number in range(options.users)]
    arrivals = []
    while queues:
        queue = random.choice(queues)
        arrivals.append(queue.pop(0))
        queues = [left for left in queues if left]
    return book, arrivals
