"""The life of one rule and one key: when it is looked at, what is granted then, and how it ends."""

import bisect

import expressions
import language
from numbers9 import ONE, parse

WINDOW_END = "window_end"  # Stands for a cause where time alone changed what holds.
TARGET_MAX = 10_000


class Holding:
    """One grant: what is held from `granted_at` until `end`, if that is known."""

    def __init__(self, key, n, granted_at, expires_at=None):
        self.key = list(key)
        self.n = n
        self.granted_at = granted_at
        self.expires_at = expires_at
        self.end = None
        self.end_kind = None  # "revoked", "expired" or "redeemed"
        self.debt_at = None  # Redeemed, and no longer earned, since then.
        self.cause = self.end_cause = self.debt_cause = None
        self.rule = self.badge = self.group = None
        self.zones = []  # Where the user was when it began, and when it ended.

    def is_held(self, at):
        return self.granted_at <= at and (self.end is None or at < self.end)

    def ends(self, at, kind):
        self.end, self.end_kind = at, kind


class Touches:
    """What makes a rule be looked at for a key: when, by which id, in which zone."""

    def __init__(self):
        self.causes = {}  # Time -> the ids of events, and causes of changes of holdings.
        self.zones = {}  # Time -> (id, zone) of the last event of that time.

    def add_event(self, at, event):
        self.causes.setdefault(at, set()).add(event.id)
        mine = (event.id.encode(), event.zone)
        self.zones[at] = max(self.zones.get(at, mine), mine, key=lambda pair: pair[0])

    def add_change(self, at, cause):
        self.causes.setdefault(at, set()).add(cause)

    def cause_at(self, at):
        ids = [cause for cause in self.causes.get(at, ()) if cause != WINDOW_END]
        return max(ids, key=str.encode, default=WINDOW_END)

    def zone_at(self, at):
        times = [time for time in self.zones if time <= at]
        return self.zones[max(times)][1] if times else None


class Life:
    """Looks at a rule for a key from touch to touch and from due time to due time."""

    def __init__(self, rule, key, user, events, touches, read, redeemed=None):
        self.rule = rule
        self.key = key
        self.user = user
        self.events = events  # Of the rule's types, with this key, by (time, id).
        self.touches = touches
        self.read = read  # The holdings of the user that `when` may ask about.
        self.redeemed = redeemed or {}  # n -> (time, id) of the command that was done.
        self.grants = []
        self.claims = []  # Grants that the target has not been seen to fall below.
        self.below_since = None

    def run(self, until):
        """All grants up to a time; without one, up to the last touch."""
        times = sorted(self.touches.causes)
        if until is None:
            until = times[-1] if times else None
        delayed = sorted(self.delayed())
        at = times[0] if times else None
        while at is not None and at <= until:
            self.look(at)
            if self.is_settled():
                break
            following = [after(times, at), after(delayed, at), *self.own_dues(at)]
            at = min((each for each in following if each is not None and each > at), default=None)
        return self.grants

    def delayed(self):
        """When time alone may change what holds, but for the beginnings of days."""
        dues = {event.at + delay for event in self.events for delay in self.rule.event_delays}
        dues |= {holding.granted_at + delay
                 for holding in self.read for delay in self.rule.holding_delays}
        return dues if self.rule.valid_from is None else dues | {self.rule.valid_from}

    def own_dues(self, at):
        rule = self.rule
        if rule.reads_days:
            yield rule.next_day_begins(at, self.touches.zone_at(at))
        if rule.grace is not None and self.below_since is not None:
            yield self.below_since + rule.grace
        if rule.cooldown is not None and self.grants:
            yield self.grants[-1].granted_at + rule.cooldown
        yield from (grant.expires_at for grant in self.held() if grant.expires_at is not None)
        yield from (self.redeemed[grant.n][0] for grant in self.held() if grant.n in self.redeemed)

    def is_settled(self):
        """Whether nothing can change any more."""
        return (self.rule.revoke == "permanent" and self.rule.every is None and bool(self.grants)
                and not any(grant.expires_at is not None or grant.n in self.redeemed
                            for grant in self.held()))

    def held(self):
        return [grant for grant in self.grants if grant.end is None]

    # -- one look ---------------------------------------------------------------------

    def look(self, at):
        for grant in self.held():
            if grant.expires_at is not None and grant.expires_at <= at:
                grant.ends(grant.expires_at, "expired")
        target = self.target(self.moment(at))
        self.lose(at, target)
        self.gain(at, target)
        self.owe(at, target)
        for grant in self.held():
            if self.redeemed.get(grant.n, (None,))[0] == at:
                grant.ends(at, "redeemed")

    def lose(self, at, target):
        if self.rule.revoke == "permanent" or target >= len(self.claims):
            self.below_since = None
            return
        if self.below_since is None:
            self.below_since = at
        if self.rule.grace is not None and at < self.below_since + self.rule.grace:
            return
        # Those that are held first, then those that ended; of each the latest first.
        for grant in sorted(self.claims, key=lambda each: (each.end is not None, -each.n)):
            if len(self.claims) == target:
                break
            if self.is_used_up(grant):
                continue  # It was spent, and will have to be earned back.
            self.claims.remove(grant)
            if grant.end is None:
                grant.ends(at, "revoked")
        self.below_since = None

    def gain(self, at, target):
        rule = self.rule
        if rule.valid_from is not None and at < rule.valid_from:
            return
        if rule.valid_to is not None and at >= rule.valid_to:
            return
        expires_at = rule.expiry_of(at, self.touches.zone_at(at))
        if expires_at is not None and expires_at <= at:
            return
        while len(self.claims) < target:
            if rule.cooldown is not None and self.grants:
                if at < self.grants[-1].granted_at + rule.cooldown:
                    return
            grant = Holding(self.key, len(self.grants) + 1, at, expires_at)
            self.grants.append(grant)
            self.claims.append(grant)

    def is_used_up(self, grant):
        return self.rule.revoke == "until_redeemed" and grant.end_kind == "redeemed"

    def owe(self, at, target):
        """Marks the last of those that were redeemed and are not earned any more."""
        spent = sorted((grant for grant in self.claims if self.is_used_up(grant)),
                       key=lambda grant: grant.n)
        paid = len(spent) - max(0, len(self.claims) - target)
        for place, grant in enumerate(spent):
            if place < paid:
                grant.debt_at = grant.debt_cause = None
            elif grant.debt_at is None:
                grant.debt_at, grant.debt_cause = at, self.touches.cause_at(at)

    def target(self, moment):
        """How many grants are due."""
        if self.rule.every is None:
            return 1 if language.holds(self.rule.when, moment) else 0
        value, least = self.rule.when["ge"][0], parse(self.rule.when["ge"][1])
        value = language.number(value, moment)
        if value is None or value < least:
            return 0
        return min(TARGET_MAX, 1 + (value - least) // self.rule.every)

    def moment(self, at):
        counted = []
        for event in self.events:
            if event.at <= at:
                is_there, left = self.user.retractions.remaining(event, at, self.rule.refund)
                if is_there:
                    counted.append(expressions.Counted(event, left))
        today = self.rule.day_of(at, self.touches.zone_at(at))
        return language.Moment(self.rule, self.key, self.user, at, today, counted, self.read)


def after(times, at):
    place = bisect.bisect_right(times, at)
    return times[place] if place < len(times) else None


# -- exclusive groups -----------------------------------------------------------------

def shown(own, higher):
    """Of a rule's own holdings, the intervals in which no higher one of the group is held."""
    times = sorted({time for each in own + higher for time in (each.granted_at, each.end)
                    if time is not None})
    found = []
    for at in times:
        mine = next((each for each in own if each.is_held(at)), None)
        is_shown = mine is not None and not any(each.is_held(at) for each in higher)
        is_open = bool(found) and found[-1].end is None
        ended = next((each for each in own if each.end == at), None)
        if is_open and (not is_shown or ended is not None):
            found[-1].ends(at, "revoked" if ended is None else ended.end_kind)
            is_open = False
        if is_shown and not is_open:
            found.append(Holding(mine.key, len(found) + 1, at))
    return found


def tell_causes(holding, touches, redeemed):
    holding.cause = touches.cause_at(holding.granted_at)
    if holding.end_kind == "redeemed":
        holding.end_cause = redeemed[holding.n][1]
    elif holding.end_kind == "expired":
        holding.end_cause = WINDOW_END
    elif holding.end_kind == "revoked":
        holding.end_cause = touches.cause_at(holding.end)
