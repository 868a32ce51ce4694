#!/usr/bin/env python3
"""Reference evaluator: which badges a history earns, computed from the laws and nothing else.

    evaluate.py --rules FILE... --events FILE... [--arrival] [--out FILE]

Batch, slow and obvious: for each user, rule, key and time at which something happened, it looks at
all events up to then and asks whether the rule holds. It shares no code with the engine. The output
has the form of `laurel replay`: the fold of the decisions, one JSON object a line.

Without --arrival the order of the input means nothing. With it, events that came later than the
horizon allows are left out, as the engine leaves them out.
"""

import argparse
import decimal
import itertools
import json
import sys

import history
import language
import numbers9

WINDOW_END = "window_end"  # Stands for a cause where time alone changed what holds.
HORIZON_MS = {"engagement": 48 * 3_600_000, "transaction": 400 * 86_400_000}


def read_rules(paths):
    rules = []
    for path in paths:
        with open(path, encoding="utf-8") as file:
            document = json.load(file, parse_float=decimal.Decimal)
        rules += document if isinstance(document, list) else [document]
    return [language.Rule(rule) for rule in rules]


# -- what counts when ---------------------------------------------------------------

class Retractions:
    """Which events of one user take back which, and from when."""

    def __init__(self, events):
        self.of = {}
        for event in events:
            # Nothing takes itself back.
            if event.retracts is not None and event.retracts != event.id:
                self.of.setdefault(event.retracts, []).append(event)

    def counted(self, event, at):
        """The event as it counts at a time, or nothing where it was taken back wholly."""
        remaining = event.amount
        for retraction in self.of.get(event.id, []):
            if retraction.at > at:
                continue
            if retraction.amount is None:
                return None
            # In another currency, or from an event without an amount, no part can be taken.
            if remaining is not None and retraction.currency == event.currency:
                remaining -= retraction.amount
                if remaining <= 0:
                    return None
        return language.Counted(event, remaining)

    def touching(self, event):
        return self.of.get(event.id, [])


def key_parts(value):
    """The texts one key path gives: an array one each, nothing where there is nothing to tell."""
    if isinstance(value, list):
        return [part for element in value for part in key_parts(element)]
    lifted = language.lift(value)
    if lifted is None:
        return []
    if isinstance(lifted, bool):
        return ["true" if lifted else "false"]
    return [numbers9.text(lifted) if language.is_number(lifted) else lifted]


def keys_of(rule, event):
    return set(itertools.product(*(key_parts(event.attribute(path)) for path in rule.key)))


# -- one user, one rule ---------------------------------------------------------------

class Tracker:
    """One rule and one key: whether it holds, looked at from time to time, in order."""

    def __init__(self, rule, key, events, retractions):
        self.rule = rule
        self.key = key
        self.events = events
        self.retractions = retractions
        self.found = []

    def run(self):
        """The times the rule came to hold, each with its end if it was revoked."""
        steps = self.steps()
        times = sorted(steps)
        for at, following in itertools.zip_longest(times, times[1:]):
            cause = max(steps[at], key=lambda event: event.id.encode())
            self.look(at, self.rule.local_day(cause), cause.id, noticed_at=at)
            if following is None or self.settled():
                break
            # Until something happens again, time alone may change what holds; it is noticed then.
            for due in self.rule.dues(at, following, cause.zone, self.events):
                self.look(due, self.rule.day_of(due, cause.zone), WINDOW_END, noticed_at=following)
        return self.found

    def steps(self):
        """Time -> the events by which the rule is touched then."""
        steps = {}
        for event in self.events:
            steps.setdefault(event.at, []).append(event)
            for retraction in self.retractions.touching(event):
                # One from before its original has nothing to take back until that one's own step.
                if retraction.at >= event.at:
                    steps.setdefault(retraction.at, []).append(retraction)
        return steps

    def settled(self):
        return bool(self.found) and not self.rule.maintained

    def look(self, at, today, cause, noticed_at):
        if self.settled():
            return
        held = bool(self.found) and "revoked_at" not in self.found[-1]
        true = language.holds(self.rule.when, self.moment(at, today))
        if true and not held:
            self.found.append({"key": list(self.key), "n": len(self.found) + 1, "granted_at": at,
                               "cause": cause, "noticed_at": noticed_at})
        elif held and not true:
            self.found[-1].update(revoked_at=at, revoke_cause=cause, revoke_noticed_at=noticed_at)

    def moment(self, at, today):
        counted = [self.retractions.counted(event, at) for event in self.events if event.at <= at]
        return language.Moment(self.rule, at, today, [each for each in counted if each])


def decisions_of(rule, events, retractions):
    by_key = {}
    for event in events:
        if event.type in rule.on:
            for key in keys_of(rule, event):
                by_key.setdefault(key, []).append(event)
    found = [instance for key, touching in by_key.items()
             for instance in Tracker(rule, key, touching, retractions).run()]
    found.sort(key=lambda instance: (instance["granted_at"], instance["key"], instance["n"]))
    return found[:rule.max_per_user]


# -- everybody --------------------------------------------------------------------------

def line_of(kind, user, rule, instance):
    line = {"kind": kind, "user_id": user, "badge_id": rule.badge_of(instance["key"]),
            "rule_id": rule.id, "key": instance["key"], "n": instance["n"],
            "granted_at": history.format_time(instance["granted_at"])}
    revoked = kind == "revoked"
    noticed_at = instance["revoke_noticed_at" if revoked else "noticed_at"]
    line["recorded_at"] = history.format_time(noticed_at)
    line["cause"] = instance["revoke_cause" if revoked else "cause"]
    if revoked:
        line["revoked_at"] = history.format_time(instance["revoked_at"])
    return line


def evaluate(rules, events, by_arrival=False):
    """The fold of all decisions, as the objects of the output, in their order."""
    lines = []
    for user, own in history.by_user(events).items():
        if by_arrival:
            own = history.within_horizon(own, HORIZON_MS)
        own = history.first_of_each_id(own)
        retractions = Retractions(own)
        for rule in rules:
            for instance in decisions_of(rule, own, retractions):
                lines.append(line_of("granted", user, rule, instance))
                if "revoked_at" in instance:
                    lines.append(line_of("revoked", user, rule, instance))
    lines.sort(key=lambda line: (line["granted_at"], line["user_id"], line["rule_id"], line["key"],
                                 line["n"], line["kind"] == "revoked"))
    return lines


def to_text(lines):
    return "".join(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n"
                   for line in lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rules", nargs="+", required=True, metavar="FILE")
    parser.add_argument("--events", nargs="+", required=True, metavar="FILE")
    parser.add_argument("--arrival", action="store_true", help="leave out what came too late")
    parser.add_argument("--out", metavar="FILE", help="default: standard output")
    options = parser.parse_args()
    rules, events = read_rules(options.rules), history.read_events(options.events)
    lines = evaluate(rules, events, options.arrival)
    with open(options.out or sys.stdout.fileno(), "w", encoding="utf-8", newline="\n") as out:
        out.write(to_text(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
