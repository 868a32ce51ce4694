"""The constructs of the language, each with rules that use it, to ask whether Laurel takes it."""

COUNT = {"agg": {"f": "count"}}
ONE = {"ge": [COUNT, 1]}
VALUE = {"var": "event.value"}


def rule(when=None, rule_id="r", **members):
    document = {"id": rule_id, "on": ["checkin"], "when": when or ONE, **members}
    return document if "emit" in members else {"badge": rule_id, **document}


def agg(**members):
    return {"ge": [{"agg": {"f": "count", **members}}, 1]}


def streak(**members):
    return {"ge": [{"streak": {"unit": "day", **members}}, 1]}


def policy(**members):
    return rule(policy=members)


SEQUENCE = {"steps": [{"on": "checkin", "as": "one"}, {"on": "checkin"}], "within": "P1D"}

# What the generator may draw, and the rules by which `laurel rules check` says whether it may.
PROBES = {
    "at_least": [rule({"at_least": [1, [ONE, ONE]]})],
    "attr": [rule({"ge": [COUNT, {"attr": "user.goal"}]})],
    "user": [rule(agg(where={"==": [{"var": "user.plan"}, "pro"]}))],
    **{f: [rule(agg(f=f, of=VALUE))] for f in ("min", "max", "avg", "first", "last")},
    "from_to": [rule(agg(win={"from": "2026-01-05T00:00:00Z"}))],
    "since_event": [rule(agg(win={"since": {"event": "checkin", "for": "P1D"}}))],
    "since_badge": [rule(rule_id="a"), rule(agg(win={"since": {"badge": "a"}}))],
    "since_attr": [rule(agg(win={"since": {"attr": "user.joined"}}))],
    "streak_on": [rule(streak(on=["checkin"]))],
    "streak_unit": [rule(streak(unit="week")), rule(streak(unit="month"), rule_id="s")],
    "streak_min": [rule(streak(min={"agg": {"f": "count"}, "ge": 2}))],
    "freezes": [rule(streak(freezes={"max": 1, "event": "checkin"}))],
    "longest": [rule(streak(mode="longest"))],
    "seq": [rule({"seq": {**SEQUENCE, "same": ["item"], "strict": True,
                          "not": [{"on": "checkin", "after": "one", "for": "P1D"}]}})],
    "has": [rule(rule_id="a"), {"id": "b", "badge": "B", "when": {"has": {"badge": "a"}}}],
    "has_for": [rule(rule_id="a"), rule({"has": {"badge": "a", "for": "P1D"}})],
    "grace": [policy(revoke="maintained", grace="P1D")],
    "refund": [policy(refund="full_only"), rule(rule_id="s", policy={"refund": "ignore"})],
    "every": [policy(every=2)],
    "cooldown": [policy(cooldown="P1D")],
    "group": [policy(group={"name": "g"})],
    "rank": [policy(group={"name": "g", "rank": 1})],
    "until_redeemed": [policy(revoke="until_redeemed")],
    "valid": [rule(valid={"from": "2026-01-05T00:00:00Z", "to": "2026-02-05T00:00:00Z"})],
    "expires": [rule(valid={"expires": {"cal_end": "month", "plus": "P1D"}})],
    "emit": [rule(emit={"type": "derived", "fields": {"a": 1}})],
}


def features_of(laurel):
    """The names of what Laurel takes."""
    found = {name for name, rules in PROBES.items() if laurel.lacks(rules) is None}
    if laurel.reads_profile_zones():
        found.add("profile_zone")
    return found
