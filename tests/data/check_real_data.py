#!/usr/bin/env python3
"""Runs `laurel replay` over real data and holds the result against answers that others gave.

    check_real_data.py LAUREL_BINARY      exit 0 passed, 1 failed, 77 skipped (no data)
    check_real_data.py --reference        the same, with the reference evaluator in Laurel's place

The data is looked for in LAUREL_DATA_DIR, by default ../shared/data beside the source tree. For
each data set: converters run, the figures are met badge by badge, and the replay equals the
reference evaluator's output byte for byte (but for when it was noticed what time alone decided).
Rules that Laurel does not take yet are named, and held against the figures by the reference alone.
"""

import argparse
import collections
import glob
import json
import os
import random
import subprocess
import sys
import tempfile

from compare_badges import compare_all, print_table

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.dirname(os.path.dirname(HERE))
REFERENCE = os.path.join(SOURCE, "tests", "reference")
sys.path.insert(0, REFERENCE)

import engine  # noqa: E402

EVALUATE = os.path.join(REFERENCE, "evaluate.py")
SKIPPED = 77
REPLAY_TIMEOUT_S = 300
WHOLE_DUMP = "5000d"  # A horizon within which any order of a dump's events lies.
SHUFFLE_SEED = 20180206

# Badge -> what the site granted, what of it the dump can show, what nobody was granted. Badges of
# the rule book that are not named here were granted to nobody, and computed for nobody.
STACKEXCHANGE = {
    "Nice Question": (14, 14, 0), "Nice Answer": (19, 18, 0), "Student": (30, 30, 0),
    "Teacher": (25, 25, 0), "Scholar": (12, 11, 0), "Self-Learner": (3, 3, 0),
    "Enlightened": (2, 2, 0), "Commentator": (8, 6, 0), "Organizer": (5, 5, 0),
    "Tag Editor": (2, 2, 0), "Necromancer": (1, 1, 0), "Revival": (2, 1, 0), "Editor": (21, 21, 0),
    "Curious": (1, 1, 0),
}
STACKEXCHANGE_RULES = ("stackexchange_rules.json", "stackexchange_derived_rules.json")

# Of the badge that is kept once earned, all that can be said is who ever held the other.
ONLINE_RETAIL = {
    "Net Spend 500": {"granted": 264, "revoked": 9, "holders at the end": 255, "holders ever": 260},
    "Net Spend 500 Ever": {"granted": 260, "revoked": 0, "holders at the end": 260,
                           "holders ever": 260},
}
# Computed by the reference evaluator; nobody else knows.
LOYALTY = {"Bronze": (772, 525), "Silver": (236, 167), "Gold": (35, 25)}


class Checker:
    """Collects what differs; one line each."""

    def __init__(self, laurel, folder):
        self.laurel = laurel
        self.folder = folder
        self.faults = []

    def expect(self, what, expected, found):
        if expected != found:
            self.faults.append(f"{what}: expected {expected}, found {found}")

    def convert(self, script, *sources):
        events = os.path.join(self.folder, script + ".ndjson")
        with open(events, "wb") as out:
            subprocess.run([sys.executable, os.path.join(HERE, script), *sources],
                           stdout=out, check=True)
        return events

    def replay(self, rules, events):
        """Runs both evaluators over the events, compares them and returns the replay's output."""
        path = os.path.join(HERE, rules)
        reference = f"{events}.{rules}.reference"
        subprocess.run([sys.executable, EVALUATE, "--rules", path, "--events", events,
                        "--out", reference], check=True)
        if self.laurel is None:
            return reference
        with open(path, encoding="utf-8") as file:
            lacks = engine.Engine(self.laurel, self.folder).lacks(json.load(file))
        if lacks:
            print(f"{rules}: Laurel does not take it yet, the reference alone is asked")
            return reference
        found = self.run_laurel(path, events, f"{events}.{rules}.laurel")
        self.expect_same_lines(reference, found)
        shuffled = self.run_laurel(path, self.shuffled(events), f"{events}.{rules}.shuffled",
                                   "--horizon-engagement", WHOLE_DUMP,
                                   "--horizon-transaction", WHOLE_DUMP)
        self.expect_same_lines(reference, shuffled, in_order=False)
        return found

    def run_laurel(self, rules, events, out, *settings):
        subprocess.run([self.laurel, "replay", "--rules", rules, "--events", events,
                        "--out", out, *settings],
                       check=True, timeout=REPLAY_TIMEOUT_S, stdout=subprocess.DEVNULL)
        return out

    def shuffled(self, events):
        """The events in any order at all."""
        with open(events, encoding="utf-8") as file:
            lines = file.readlines()
        random.Random(SHUFFLE_SEED).shuffle(lines)
        with open(events + ".shuffled", "w", encoding="utf-8") as file:
            file.writelines(lines)
        return events + ".shuffled"

    def expect_same_lines(self, reference, found, in_order=True):
        with open(reference, encoding="utf-8") as first, open(found, encoding="utf-8") as second:
            expected, lines = (engine.without_notice(file.read().splitlines(), in_order)
                               for file in (first, second))
        for number, (left, right) in enumerate(zip(expected, lines), 1):
            if left != right:
                self.faults.append(f"{os.path.basename(found)}:{number}: reference {left}"
                                   f"\n    laurel {right}")
                return
        self.expect(f"lines of {os.path.basename(found)}", len(expected), len(lines))


def lines_of(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def check_stackexchange(checker, dump):
    events = checker.convert("stackexchange_to_events.py", dump)
    outputs, names = os.path.join(checker.folder, "stackexchange.out"), []
    with open(outputs, "w", encoding="utf-8") as out:
        for rules in STACKEXCHANGE_RULES:
            with open(checker.replay(rules, events), encoding="utf-8") as file:
                out.write(file.read())
            with open(os.path.join(HERE, rules), encoding="utf-8") as file:
                names += [rule["badge"] for rule in json.load(file) if "badge" in rule]
    table = compare_all(dump, outputs, names)
    print_table(table)
    for badge in sorted(set(table) | set(STACKEXCHANGE)):
        expected, found = STACKEXCHANGE.get(badge, (0, 0, 0)), table.get(badge)
        checker.expect(badge + " (real, matched, false positives)", expected,
                       found and (found.real, found.matched, found.false_positives))


def check_online_retail(checker, files):
    events = checker.convert("online_retail_to_events.py", *files)
    lines = lines_of(checker.replay("online_retail_rules.json", events))
    instance = lambda line: (line["user_id"], line["n"])
    for badge, figures in ONLINE_RETAIL.items():
        granted, revoked = ([line for line in lines
                             if line["badge_id"] == badge and line["kind"] == kind]
                            for kind in ("granted", "revoked"))
        found = {"granted": len(granted), "revoked": len(revoked),
                 "holders at the end": len(set(map(instance, granted))
                                           - set(map(instance, revoked))),
                 "holders ever": len({line["user_id"] for line in granted})}
        for what, expected in figures.items():
            print(f"online retail, {badge}: {what} {found[what]}")
            checker.expect(f"online retail, {badge}: {what}", expected, found[what])
    check_loyalty(checker, lines_of(checker.replay("online_retail_loyalty_rules.json", events)))


def check_loyalty(checker, lines):
    count = collections.Counter((line["badge_id"], line["kind"]) for line in lines)
    for tier, expected in LOYALTY.items():
        found = (count[tier, "granted"], count[tier, "revoked"])
        print(f"online retail, {tier}: granted {found[0]}, revoked {found[1]}")
        checker.expect(f"online retail, {tier} (granted, revoked)", expected, found)
    tiers = collections.Counter()
    for line in sorted(lines, key=moment_of):
        tiers[line["user_id"]] += 1 if line["kind"] == "granted" else -1
        if tiers[line["user_id"]] > 1:
            checker.faults.append(f"{line['user_id']} holds two tiers at {moment_of(line)[0]}")


def moment_of(line):
    """When a decision counts from; where one badge takes the place of another, the end first."""
    is_end = line["kind"] != "granted"
    return (line[line["kind"] + "_at"], not is_end)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("laurel", nargs="?", metavar="LAUREL_BINARY")
    parser.add_argument("--reference", action="store_true")
    options = parser.parse_args()
    if (options.laurel is None) != options.reference:
        parser.error("name the laurel binary, or --reference")
    data = os.environ.get("LAUREL_DATA_DIR",
                          os.path.join(os.path.dirname(SOURCE), "shared", "data"))
    dump = os.path.join(data, "stackexchange-conlang-meta")
    files = sorted(glob.glob(os.path.join(data, "online-retail", "*.csv")))
    with tempfile.TemporaryDirectory(prefix="laurel-real-data-") as folder:
        checker = Checker(options.laurel, folder)
        ran = 0
        if os.path.isdir(dump):
            check_stackexchange(checker, dump)
            ran += 1
        else:
            print(f"skipped: stackexchange-conlang-meta (not in {data})")
        if files:
            check_online_retail(checker, files)
            ran += 1
        else:
            print(f"skipped: online-retail (not in {data})")
    for fault in checker.faults:
        print("FAILED " + fault)
    if checker.faults:
        return 1
    return 0 if ran else SKIPPED


if __name__ == "__main__":
    sys.exit(main())
