#!/usr/bin/env python3
"""Runs `laurel replay` over real data and holds the result against answers that others gave.

    check_real_data.py LAUREL_BINARY      exit 0 passed, 1 failed, 77 skipped (no data)
    check_real_data.py --reference        the same, with the reference evaluator in Laurel's place

The data is looked for in LAUREL_DATA_DIR, by default ../shared/data beside the source tree. For
each data set: converters run, the figures are met badge by badge, and the replay equals the
reference evaluator's output byte for byte.
"""

import argparse
import glob
import json
import os
import subprocess
import sys
import tempfile

from compare_badges import compare_all, print_table

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.dirname(os.path.dirname(HERE))
EVALUATE = os.path.join(SOURCE, "tests", "reference", "evaluate.py")
SKIPPED = 77
REPLAY_TIMEOUT_S = 300

# Badge -> what the site granted, what of it the dump can show, what nobody was granted. Badges of
# the rule book that are not named here were granted to nobody, and computed for nobody.
STACKEXCHANGE = {
    "Nice Question": (14, 14, 0), "Nice Answer": (19, 18, 0), "Student": (30, 30, 0),
    "Teacher": (25, 25, 0), "Scholar": (12, 11, 0), "Self-Learner": (3, 3, 0),
    "Enlightened": (2, 2, 0), "Commentator": (8, 6, 0), "Organizer": (5, 5, 0),
    "Tag Editor": (2, 2, 0), "Necromancer": (1, 1, 0), "Revival": (2, 1, 0), "Editor": (21, 21, 0),
}
ONLINE_RETAIL = {"granted": 264, "revoked": 9, "holders at the end": 255, "holders ever": 260}


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
        rules = os.path.join(HERE, rules)
        reference = events + ".reference"
        subprocess.run([sys.executable, EVALUATE, "--rules", rules, "--events", events,
                        "--out", reference], check=True)
        if self.laurel is None:
            return reference
        found = events + ".laurel"
        subprocess.run([self.laurel, "replay", "--rules", rules, "--events", events,
                        "--out", found],
                       check=True, timeout=REPLAY_TIMEOUT_S, stdout=subprocess.DEVNULL)
        self.expect_same_lines(reference, found)
        return found

    def expect_same_lines(self, reference, found):
        with open(reference, "rb") as first, open(found, "rb") as second:
            expected, lines = first.read().splitlines(), second.read().splitlines()
        for number, (left, right) in enumerate(zip(expected, lines), 1):
            if left != right:
                self.faults.append(f"{os.path.basename(found)}:{number}: reference {left.decode()}"
                                   f"\n    laurel {right.decode(errors='replace')}")
                return
        self.expect(f"lines of {os.path.basename(found)}", len(expected), len(lines))


def check_stackexchange(checker, dump):
    events = checker.convert("stackexchange_to_events.py", dump)
    rules = "stackexchange_rules.json"
    output = checker.replay(rules, events)
    with open(os.path.join(HERE, rules), encoding="utf-8") as file:
        names = [rule["badge"] for rule in json.load(file)]
    table = compare_all(dump, output, names)
    print_table(table)
    for badge in sorted(set(table) | set(STACKEXCHANGE)):
        expected, found = STACKEXCHANGE.get(badge, (0, 0, 0)), table.get(badge)
        checker.expect(badge + " (real, matched, false positives)", expected,
                       found and (found.real, found.matched, found.false_positives))


def check_online_retail(checker, files):
    output = checker.replay("online_retail_rules.json",
                            checker.convert("online_retail_to_events.py", *files))
    with open(output, encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    granted = [line for line in lines if line["kind"] == "granted"]
    revoked = [line for line in lines if line["kind"] == "revoked"]
    instance = lambda line: (line["user_id"], line["n"])
    found = {"granted": len(granted), "revoked": len(revoked),
             "holders at the end": len(set(map(instance, granted)) - set(map(instance, revoked))),
             "holders ever": len({line["user_id"] for line in granted})}
    for what, expected in ONLINE_RETAIL.items():
        print(f"online retail: {what} {found[what]}")
        checker.expect("online retail, " + what, expected, found[what])


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
