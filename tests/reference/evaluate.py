#!/usr/bin/env python3
"""Reference evaluator: which badges a history earns, computed from the laws and nothing else.

    evaluate.py --rules FILE... --events FILE... [--arrival] [--until TIME | --last-touch]
                [--out FILE]

Batch, slow and obvious: for each user and rule, in the order of what they depend on, each key and
each time at which something happened or fell due, it looks at all events up to then and asks
whether the rule holds. It shares no code with the engine. The output has the form of
`laurel replay`: the fold of the decisions, one JSON object a line.

Without --arrival the order of the input means nothing. With it, events that came later than the
horizon allows are left out, as the engine leaves them out. Time passes for everybody until --until,
else until the last event of the input; with --last-touch it stops at what last touched each key.
"""

import argparse
import hashlib
import itertools
import json
import struct
import sys

import expressions
import history
import life
import numbers9
import rules as rule_documents

HORIZON_MS = {"engagement": 48 * 3_600_000, "transaction": 400 * 86_400_000}
ORDER = ("granted", "revoked", "expired", "redeemed", "debt")  # Of the lines about one grant.
LAST_TOUCH = object()  # In place of a time: until what last touched each key.


# -- keys -----------------------------------------------------------------------------

def key_parts(value):
    """The texts one key path gives: an array one each, nothing where there is nothing to tell."""
    if isinstance(value, list):
        return [part for element in value for part in key_parts(element)]
    lifted = expressions.lift(value)
    if lifted is None:
        return []
    if isinstance(lifted, bool):
        return ["true" if lifted else "false"]
    return [numbers9.text(lifted) if expressions.is_number(lifted) else lifted]


def keys_of(rule, event):
    return set(itertools.product(*(key_parts(event.attribute(path)) for path in rule.key)))


def grant_id(rule, user, key, n):
    """A hash of what a grant is of: sizes and texts of rule, user and key, and n."""
    texts = b"".join(struct.pack(">H", len(text.encode())) + text.encode()
                     for text in (rule.id, user, *key))
    return hashlib.blake2b(texts + struct.pack(">I", n), digest_size=32).hexdigest()[:32]


# -- one user -------------------------------------------------------------------------

class Evaluation:
    """All rules over one user, each after those it depends on."""

    def __init__(self, name, events, until, redemptions):
        self.name = name
        self.user = history.User(events)
        self.until = None if until is LAST_TOUCH else until
        self.redemptions = redemptions
        self.holdings = []
        self.own = []  # Own holdings of rules in exclusive groups, shown or not.

    def run(self, ordered_rules):
        for rule in ordered_rules:
            found = self.holdings_of(rule)
            found.sort(key=lambda each: (each.granted_at, each.key, each.n))
            found = found[:rule.max_per_user]
            if rule.emit:
                self.user.add([event for each in found for event in self.emitted(rule, each)])
            else:
                self.holdings += found
        return self.holdings

    def holdings_of(self, rule):
        events = {} if rule.key else {(): []}
        for event in self.user.events:
            if event.type in rule.on:
                for key in keys_of(rule, event):
                    events.setdefault(key, []).append(event)
        return [each for key, mine in events.items()
                for each in self.holdings_of_key(rule, key, mine)]

    def holdings_of_key(self, rule, key, events):
        group = rule.group and rule_documents.filled(rule.group, key)
        higher = [each for each in self.own if rule.rank is not None
                  and each.group == group and each.rule.rank > rule.rank]
        read = [each for each in self.holdings if rule.reads_holding(each, key)]
        touches = self.touches(rule, events, read + higher)
        redeemed = {each["n"]: (history.parse_time(each["at"]), each["command_id"])
                    for each in self.redemptions
                    if each["rule_id"] == rule.id and tuple(each["key"]) == key}
        found = life.Life(rule, key, self.user, events, touches, read, redeemed).run(self.until)
        complete(found, rule, group, touches, redeemed)
        if rule.rank is not None:
            self.own += found
            found = life.shown(found, higher)
            complete(found, rule, group, touches, redeemed)
        return found

    def touches(self, rule, events, read):
        touches, retractions = life.Touches(), self.user.retractions
        touching = list(events)
        first = min((event.at for event in events), default=0)
        if rule.reads_profile:
            touching += [event for event in self.user.profile.events
                         if event not in touching and (not rule.key or event.at >= first)]
        for event in touching:
            touches.add_event(event.at, event)
            for retraction in retractions.of_event(event):
                # One from before its original has nothing to take back until that one's own step.
                if retraction.at >= event.at and (rule.refund != "ignore" or event not in events):
                    touches.add_event(retraction.at, retraction)
        for holding in read:
            for at, cause in ((holding.granted_at, holding.cause),
                              (holding.end, holding.end_cause)):
                if at is not None and (not rule.key or at >= first):
                    touches.add_change(at, cause)
        return touches

    def emitted(self, rule, holding):
        """The event that a grant of a rule with `emit` is, and what takes it back."""
        event_id = "emit:" + grant_id(rule, self.name, holding.key, holding.n)
        fields = dict(rule.emit.get("fields", {}))
        for field, value in fields.items():
            if isinstance(value, str):
                fields[field] = rule_documents.filled(value, holding.key)
        document = {"event_id": event_id, "user_id": self.name, "type": rule.emit["type"],
                    "occurred_at": holding.granted_at, "zone": holding.zones[0],
                    "attributes": fields}
        yield history.Event(document, None)
        if holding.end is not None:
            yield history.Event({"event_id": event_id + ":end", "user_id": self.name, "type": "",
                                 "occurred_at": holding.end, "zone": holding.zones[1],
                                 "retracts": event_id}, None)


def complete(found, rule, group, touches, redeemed):
    """Fills in of what each holding is, and by what and where it began and ended."""
    for holding in found:
        life.tell_causes(holding, touches, redeemed)
        holding.rule, holding.group = rule, group
        holding.badge = rule.badge and rule_documents.filled(rule.badge, holding.key)
        holding.zones = [rule.zone_or(touches.zone_at(at)) or "UTC"
                         for at in (holding.granted_at, holding.end) if at is not None]


# -- everybody ------------------------------------------------------------------------

def lines_of(user, holding):
    line = {"kind": "granted", "user_id": user, "badge_id": holding.badge,
            "rule_id": holding.rule.id, "key": holding.key, "n": holding.n,
            "granted_at": history.format_time(holding.granted_at)}
    yield {**line, "recorded_at": line["granted_at"], "cause": holding.cause}
    if holding.end is not None:
        end, kind = history.format_time(holding.end), holding.end_kind
        yield {**line, "kind": kind, "recorded_at": end, "cause": holding.end_cause,
               kind + "_at": end}
    if holding.debt_at is not None:
        since = history.format_time(holding.debt_at)
        yield {**line, "kind": "debt", "recorded_at": since, "cause": holding.debt_cause,
               "debt_at": since}


def evaluate(rules, events, by_arrival=False, until=None, redemptions=()):
    """The fold of all decisions, as the objects of the output, in their order. `redemptions` are
    the redeem commands that were done: user_id, rule_id, key, n, at, command_id."""
    ordered, lines = rule_documents.in_order(rules), []
    if until is None:
        until = max((event.at for event in events), default=0)
    elif until is not LAST_TOUCH:
        events = [event for event in events if event.at <= until]
    for user, own in history.by_user(events).items():
        if by_arrival:
            own = history.within_horizon(own, HORIZON_MS)
        done = [each for each in redemptions if each["user_id"] == user]
        for holding in Evaluation(user, history.first_of_each_id(own), until, done).run(ordered):
            lines += lines_of(user, holding)
    lines.sort(key=lambda line: (line["granted_at"], line["user_id"], line["rule_id"], line["key"],
                                 line["n"], ORDER.index(line["kind"])))
    return lines


def to_text(lines):
    return "".join(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n"
                   for line in lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rules", nargs="+", required=True, metavar="FILE")
    parser.add_argument("--events", nargs="+", required=True, metavar="FILE")
    parser.add_argument("--arrival", action="store_true", help="leave out what came too late")
    parser.add_argument("--until", type=history.parse_time, metavar="TIME",
                        help="leave out events after this time; time passes until then")
    parser.add_argument("--last-touch", action="store_true",
                        help="time passes only until each key's last event or retraction")
    parser.add_argument("--out", metavar="FILE", help="default: standard output")
    options = parser.parse_args()
    rules = rule_documents.read_rules(options.rules)
    events = history.read_events(options.events)
    until = LAST_TOUCH if options.last_touch else options.until
    lines = evaluate(rules, events, options.arrival, until)
    with open(options.out or sys.stdout.fileno(), "w", encoding="utf-8", newline="\n") as out:
        out.write(to_text(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
