#!/usr/bin/env python3
"""Compares what `laurel replay` granted with what the site granted (Badges.xml of the dump).

    compare_badges.py DUMP_DIR REPLAY_OUTPUT [--rules FILE]

One line a badge: how many the site granted, how many were computed, how many of these are matched
(same user, counted: two Nice Answers of one user match two), how many are false positives, and how
many of the matched agree in time too: granted by the site from a day before to two days after the
computed crossing (votes are dated by the day, and the site awards in runs).
"""

import argparse
import collections
import datetime
import json
import os
import re
import sys

from stackexchange_to_events import rows

DAY_BEFORE, DAYS_AFTER = datetime.timedelta(days=1), datetime.timedelta(days=2)
TAG_CLASSES = {"1": "gold", "2": "silver", "3": "bronze"}

Figures = collections.namedtuple("Figures", "real computed matched false_positives in_time")


def moment(text):
    return datetime.datetime.fromisoformat(text.rstrip("Z"))


def granted_by_site(folder):
    """Badge -> user -> times. A badge based on a tag is named `#<tag>/<class>`."""
    badges = collections.defaultdict(lambda: collections.defaultdict(list))
    name = next(name for name in os.listdir(folder) if name.lower() == "badges.xml")
    for row in rows(os.path.join(folder, name)):
        badge = row["Name"]
        if row.get("TagBased") == "True":
            badge = f"#{badge}/{TAG_CLASSES[row['Class']]}"
        badges[badge][row["UserId"]].append(moment(row["Date"]))
    return badges


def granted_by_replay(path):
    """Badge -> user -> times of all that was ever granted, also what was revoked later."""
    badges = collections.defaultdict(lambda: collections.defaultdict(list))
    with open(path, encoding="utf-8") as file:
        for line in map(json.loads, file):
            if line["kind"] == "granted":
                badges[line["badge_id"]][line["user_id"]].append(moment(line["granted_at"]))
    return badges


def matches_in_time(real, computed):
    """Pairs in order of time; each award of the site is used once."""
    left, count = sorted(real), 0
    for crossing in sorted(computed):
        fits = [award for award in left if -DAY_BEFORE <= award - crossing <= DAYS_AFTER]
        if fits:
            left.remove(fits[0])
            count += 1
    return count


def compare(real, computed):
    users = set(real) | set(computed)
    sizes = {user: (len(real.get(user, [])), len(computed.get(user, []))) for user in users}
    return Figures(real=sum(size[0] for size in sizes.values()),
                   computed=sum(size[1] for size in sizes.values()),
                   matched=sum(min(size) for size in sizes.values()),
                   false_positives=sum(max(0, size[1] - size[0]) for size in sizes.values()),
                   in_time=sum(matches_in_time(real.get(user, []), computed.get(user, []))
                               for user in users))


def compare_all(folder, replay_output, names):
    """Figures of each badge in `names` (rules' badge names) and of each that was computed."""
    real, computed = granted_by_site(folder), granted_by_replay(replay_output)
    patterns = [re.compile(re.escape(name).replace(r"\$\{0\}", ".+")) for name in names]
    told = {badge for badge in real if any(pattern.fullmatch(badge) for pattern in patterns)}
    told |= set(computed) | {name for name in names if "${" not in name}
    return {badge: compare(real.get(badge, {}), computed.get(badge, {})) for badge in sorted(told)}


def badges_of(rules_file):
    with open(rules_file, encoding="utf-8") as file:
        return [rule["badge"] for rule in json.load(file)]


def print_table(table):
    print(f"{'badge':24} {'real':>6} {'computed':>9} {'matched':>8} {'false pos.':>11} "
          f"{'in time':>8}")
    for badge, figures in table.items():
        print(f"{badge:24} {figures.real:6} {figures.computed:9} {figures.matched:8} "
              f"{figures.false_positives:11} {figures.in_time:8}")


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dump")
    parser.add_argument("replay_output")
    parser.add_argument("--rules", default=os.path.join(here, "stackexchange_rules.json"))
    options = parser.parse_args()
    print_table(compare_all(options.dump, options.replay_output, badges_of(options.rules)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
