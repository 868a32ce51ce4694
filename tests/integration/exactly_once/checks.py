"""What must be true of the log and the stores after the killing: each check names what it found.

The inputs are those that Kafka's own consumer read back. Which of them count, and what they come
to, is decided by the reference evaluator and by a few lines here; nothing is asked of the engine.
"""

import base64
import collections
import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "reference"))

import evaluate  # noqa: E402
import history  # noqa: E402
import rules as rule_documents  # noqa: E402

import murmur2  # noqa: E402
import task_meta  # noqa: E402
from workload import ENGAGEMENT, TRANSACTION  # noqa: E402

INPUTS = (ENGAGEMENT, TRANSACTION)
RECORD_BYTES_MAX = 256 * 1024
REQUIRED = ("event_id", "user_id", "type", "occurred_at")
POSITION_KEY = b"__local_position"
EXAMPLES_MAX = 5

Record = collections.namedtuple("Record", "topic partition offset timestamp key value headers")


def read_records(path, topic):
    """What LogTool wrote, with its base64 undone."""
    with open(path, encoding="ascii") as file:
        for line in map(json.loads, file):
            yield Record(topic, line["partition"], line["offset"], line["timestamp"],
                         decoded(line["key"]), decoded(line["value"]),
                         {name: decoded(value).decode() for name, value in line["headers"].items()})


def decoded(text):
    return None if text is None else base64.b64decode(text)


class Faults:
    """Collects what is wrong; the first examples of each kind are told."""

    def __init__(self):
        self.count = collections.Counter()
        self.lines = []

    def add(self, check, what):
        self.count[check] += 1
        if self.count[check] <= EXAMPLES_MAX:
            self.lines.append(f"{check}: {what}")

    def expect(self, check, what, expected, found):
        if expected != found:
            self.add(check, f"{what}: expected {expected}, found {found}")


# -- the model --------------------------------------------------------------------------

class Model:
    """What the inputs come to: the fold of the decisions, and the fate of each input record."""

    def __init__(self, inputs, rules, partitions):
        self.fates = {number: collections.Counter() for number in range(partitions)}
        self.poison = set()
        self.total = collections.Counter()
        seen, clocks, counted = set(), {}, []
        for record in inputs:
            self.total[record.topic, record.partition] += 1
            event = acceptable(record, partitions, len(counted))
            if event is None:
                self.poison.add((record.topic, record.partition, record.offset))
                self.fates[record.partition]["dead_letter"] += 1
                continue
            event.at = min(event.at, record.timestamp)
            clock = clocks.get((event.user, record.topic), event.at)
            if event.at < clock - evaluate.HORIZON_MS[record.topic.split(".")[1]]:
                self.fates[record.partition]["late"] += 1
            elif (event.user, event.id) in seen:
                self.fates[record.partition]["duplicate"] += 1
            else:
                self.fates[record.partition]["applied"] += 1
                seen.add((event.user, event.id))
                clocks[event.user, record.topic] = max(clock, event.at)
                counted.append(event)
        self.lines = evaluate.evaluate([rule_documents.Rule(rule) for rule in rules], counted,
                                       until=evaluate.LAST_TOUCH)


def acceptable(record, partitions, arrival):
    """The event of a record; nothing for one that belongs into the dead-letter queue."""
    if record.value is None or len(record.value) > RECORD_BYTES_MAX:
        return None
    try:
        document = json.loads(record.value)
    except ValueError:
        return None
    if any(name not in document for name in REQUIRED):
        return None
    user = document["user_id"].encode()
    if record.key != user or record.partition != murmur2.partition_of(user, partitions):
        return None
    return history.Event(document, arrival)


# -- (a) the outcome ----------------------------------------------------------------------

GRANT = ("badge_id", "granted_at", "cause")
REVOKE = ("revoked_at", "revoke_cause")


def place_of(told):
    return told["user_id"], told["rule_id"], tuple(told["key"]), told["n"]


def fold_of(records, partitions, faults):
    """The last revision of each grant. Every revision is there once, in order, at its place."""
    last, seen = {}, set()
    for record in records:
        told = json.loads(record.value)
        identity = told["grant_id"], told["revision"]
        if identity in seen:
            faults.add("grants", f"{identity} is there twice, again at "
                                 f"partition {record.partition} offset {record.offset}")
        seen.add(identity)
        user = told["user_id"].encode()
        if record.key != user or record.partition != murmur2.partition_of(user, partitions):
            faults.add("grants", f"{identity} has key {record.key} in partition {record.partition}")
        expected = last[told["grant_id"]]["revision"] + 1 if told["grant_id"] in last else 1
        if told["revision"] != expected:
            faults.add("grants", f"{identity} follows revision {expected - 1}")
        if "epoch" not in record.headers:
            faults.add("grants", f"{identity} has no epoch header")
        if told["revision"] >= expected:
            last[told["grant_id"]] = told
    return last


def check_outcome(model, grants, partitions, faults):
    """The fold of badge.grants and the reference's are the same, revokes and causes included."""
    expected = {}
    for line in model.lines:
        if line["kind"] == "granted":
            expected[place_of(line)] = {name: line[name] for name in GRANT}
        else:
            expected[place_of(line)].update(revoked_at=line["revoked_at"],
                                            revoke_cause=line["cause"])
    found = {}
    for told in fold_of(grants, partitions, faults).values():
        if told["kind"] != "withdrawn":
            found[place_of(told)] = {name: told[name] for name in GRANT + REVOKE if name in told}
    for place in sorted(expected.keys() | found.keys()):
        if expected.get(place) != found.get(place):
            faults.add("outcome", f"{place}\n    reference {expected.get(place)}"
                                  f"\n    laurel    {found.get(place)}")
    return len(expected)


# -- (b) every input record is accounted for ------------------------------------------------

def check_counters(model, metas, outputs, partitions, faults):
    for number in range(partitions):
        if number not in metas:
            faults.add("counters", f"partition {number} has no __meta")
            continue
        counters = metas[number].counters
        total = sum(model.total[topic, number] for topic in INPUTS)
        told = counters.applied + counters.duplicate + counters.late + counters.dead_letter
        faults.expect("counters", f"partition {number}, all input records", total, told)
        for fate in ("applied", "duplicate", "late", "dead_letter"):
            faults.expect("counters", f"partition {number}, {fate}", model.fates[number][fate],
                          getattr(counters, fate))
        faults.expect("counters", f"partition {number}, parked", 0, counters.parked)
        for fate, topic in (("decisions", "badge.grants"), ("late", "badge.late"),
                            ("dead_letter", "badge.dlq")):
            faults.expect("counters", f"partition {number}, {fate} and records of {topic}",
                          getattr(counters, fate), outputs[topic][number])


def origin_of(record):
    return (record.headers.get("topic"), int(record.headers.get("partition", -1)),
            int(record.headers.get("offset", -1)))


def check_dead_letters(model, dead_letters, faults):
    """Each poison record is there once, with its origin, in the partition it came from."""
    found = collections.Counter(map(origin_of, dead_letters))
    for origin in model.poison | found.keys():
        faults.expect("dead letters", f"letters of {origin}", int(origin in model.poison),
                      found[origin])
    for record in dead_letters:
        faults.expect("dead letters", f"partition of {origin_of(record)}",
                      origin_of(record)[1], record.partition)
        for header in ("class", "error"):
            if not record.headers.get(header):
                faults.add("dead letters", f"{origin_of(record)} has no header {header}")


# -- (c) stores and changelog ------------------------------------------------------------------

def check_commits(commits, faults, is_compacted=False):
    """Commit numbers count up, one by one unless compaction has left some out, and no owner writes
    after a later one."""
    last = {}
    for record in commits:
        meta = task_meta.parse(record.value)
        before = last.get(record.partition)
        step = meta.commit_number - before.commit_number if before else 1
        if step < 1 or step > 1 and not is_compacted:
            faults.add("commits", f"partition {record.partition}: commit {meta.commit_number} "
                                  f"follows {before.commit_number}")
        if before and meta.owner_epoch < before.owner_epoch:
            faults.add("commits", f"partition {record.partition}: epoch {meta.owner_epoch} follows "
                                  f"{before.owner_epoch}")
        last[record.partition] = meta
    return last


def check_stores(folded, stores, partitions, faults):
    """For each partition the store of its last owner is the fold of the changelog.

    `stores` are (name, {key: value}), one a task directory. The store of an earlier owner may be
    behind; then it has the `__meta` of an earlier commit, and is not the one that is compared.
    """
    faults.expect("stores", "partitions in the changelog", set(range(partitions)), set(folded))
    compared = 0
    for number, rows in sorted(folded.items()):
        current = [(name, store) for name, store in stores
                   if store.get(b"__meta") == rows[b"__meta"]]
        if not current:
            faults.add("stores", f"partition {number}: no store is at the changelog's last commit")
        for name, store in current:
            for key in sorted(rows.keys() | store.keys()):
                if rows.get(key) != store.get(key):
                    faults.add("stores", f"{name}: key {key.hex()}: changelog "
                                         f"{brief(rows.get(key))}, store {brief(store.get(key))}")
            compared += len(rows)
    return compared


def brief(value):
    return "nothing" if value is None else f"{len(value)} bytes {value[:16].hex()}"


def read_store(lines):
    """The rows of `laurel store dump`, but for the one that says how far the changelog was read."""
    rows = (json.loads(line) for line in lines if line.strip())
    store = {bytes.fromhex(row["key"]): bytes.fromhex(row["value"]) for row in rows}
    return {key: value for key, value in store.items() if key != POSITION_KEY}


# -- (d) offsets ---------------------------------------------------------------------------------

def check_offsets(metas, committed, ends, faults):
    """The group's offsets, those in `__meta` and the ends of the inputs are the same."""
    for number, meta in sorted(metas.items()):
        for place, topic in enumerate(INPUTS):
            end = ends[topic, number]
            # An input that never had a record has no committed offset.
            offset = committed.get((topic, number), 0 if end == 0 else None)
            faults.expect("offsets", f"{topic}/{number}, __meta and the group", offset,
                          meta.next_offset[place])
            faults.expect("offsets", f"{topic}/{number}, __meta and the end", end,
                          meta.next_offset[place])
