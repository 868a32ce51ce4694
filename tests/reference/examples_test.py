#!/usr/bin/env python3
"""The examples of the rule language: does the reference, and does Laurel, decide as worked by hand?

    examples_test.py [LAUREL_BINARY] [--only NAME]

Each file of examples/ is a title, rules, events (in any order; `repeat` makes several, with `{n}`
for their number) and the decisions expected, a text each:

    USER RULE [KEY] N: granted|revoked|expired TIME by CAUSE

An example whose rules Laurel does not take yet, or that asks for timers that it lacks, is left
out, by name; so is one that says `"engine": "pending"`, which Laurel is known to decide wrongly.
"""

import argparse
import decimal
import glob
import json
import os
import re
import sys

import engine
import evaluate
import history
import rules as rule_documents

HERE = os.path.dirname(os.path.abspath(__file__))

# Examples are about rules: nothing in them comes too late.
HORIZON = "400d"


def numbered(value, n):
    """A JSON value with a number in place of each `{n}`."""
    if isinstance(value, dict):
        return {name: numbered(each, n) for name, each in value.items()}
    if isinstance(value, list):
        return [numbered(each, n) for each in value]
    return value.replace("{n}", str(n)) if isinstance(value, str) else value


def unrolled(entries):
    """The events of an example, each written out."""
    for entry in entries:
        if "repeat" not in entry:
            yield entry
            continue
        begin = history.parse_time(entry["event"]["occurred_at"])
        for n in range(1, entry["repeat"] + 1):
            at = begin + (n - 1) * rule_documents.duration_ms(entry["step"])
            yield {**numbered(entry["event"], n), "occurred_at": history.format_time(at)}


def told(line):
    """A line of the output as an example writes it."""
    at = line.get(line["kind"] + "_at", line["granted_at"]).replace(".000Z", "Z")
    return (f"{line['user_id']} {line['rule_id']} [{','.join(line['key'])}] {line['n']}: "
            f"{line['kind']} {at} by {line['cause']}")


def by_reference(example, until=None):
    text = json.dumps(example["rules"], default=str)
    rules = [rule_documents.Rule(rule) for rule in json.loads(text, parse_float=decimal.Decimal)]
    lines = json.loads(json.dumps(list(unrolled(example["events"]))), parse_float=decimal.Decimal)
    events = [history.Event(line, place) for place, line in enumerate(lines)]
    if until is None and "until" in example:
        until = history.parse_time(example["until"])
    return [told(line) for line in evaluate.evaluate(rules, events, until=until)]


def by_engine(example, laurel):
    lines = laurel.replay(example["rules"], unrolled(example["events"]), example.get("until"), HORIZON)
    return [told(json.loads(line)) for line in lines]


def is_beyond(example, laurel, has_timers):
    """Whether Laurel cannot be asked yet."""
    if laurel.lacks(example["rules"]) is not None:
        return True
    at_last_touch = by_reference(example, evaluate.LAST_TOUCH)
    return not has_timers and sorted(at_last_touch) != sorted(example["expected"])


def difference(name, who, expected, found):
    if sorted(expected) == sorted(found):
        return 0
    print(f"{name}: {who} decides otherwise")
    for line in expected:
        print(("    both      " if line in found else "    expected  ") + line)
    for line in found:
        if line not in expected:
            print(f"    {who:9} {line}")
    return 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("laurel", nargs="?")
    parser.add_argument("--only", metavar="NAME")
    options = parser.parse_args()
    laurel, folder = engine.scratch(options.laurel) if options.laurel else (None, None)
    has_timers = laurel is not None and laurel.fires_timers()
    wrong = count = 0
    beyond, pending = [], []
    for path in sorted(glob.glob(os.path.join(HERE, "examples", "*.json"))):
        name = re.sub(r"\.json$", "", os.path.basename(path))
        if options.only not in (None, name):
            continue
        with open(path, encoding="utf-8") as file:
            example = json.load(file)
        count += 1
        wrong += difference(name, "reference", example["expected"], by_reference(example))
        if laurel is None:
            continue
        if example.get("engine") == "pending":
            pending.append(name)
            continue
        if is_beyond(example, laurel, has_timers):
            beyond.append(name)
            continue
        try:
            found = by_engine(example, laurel)
        except engine.Refused as refused:
            found = [str(refused)]
        wrong += difference(name, "laurel", example["expected"], found)
    print(f"{count} examples, {wrong} differ"
          + (f"; Laurel does not take yet: {', '.join(beyond)}" if beyond else "")
          + (f"; known to be wrong: {', '.join(pending)}" if pending else ""))
    if folder is not None:
        folder.cleanup()
    return 1 if wrong or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
