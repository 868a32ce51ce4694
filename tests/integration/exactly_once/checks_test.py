#!/usr/bin/env python3
"""Tests that the proof can fail: a made-up outcome that is right passes, each damage is found."""

import collections
import json
import random
import unittest

import checks
import murmur2
import task_meta
import workload

PARTITIONS = 2
APPENDED_MS = workload.START_MS + 400 * workload.DAY_MS


def varint(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def field(number, value):
    if isinstance(value, bytes):
        return varint(number << 3 | 2) + varint(len(value)) + value
    return varint(number << 3) + varint(value)


def encoded_meta(commit_number, epoch, next_offset, counters):
    return (field(1, 1) + field(2, commit_number) + field(3, epoch) + field(4, b"engine-0")
            + b"".join(field(5, offset << 1) for offset in next_offset)
            + field(8, b"".join(field(number, value) for number, value in enumerate(counters, 1))))


class World:
    """Inputs, and outputs as a faultless engine would have left them."""

    def __init__(self):
        sent = workload.Workload(random.Random(7), 3000, PARTITIONS)
        self.ends = collections.Counter()
        self.inputs = [self.appended(*record) for record in sent.records]
        self.model = checks.Model(self.inputs, workload.RULES, PARTITIONS)
        self.grants = self.grants_of(self.model.lines)
        self.dead_letters = [self.dead_letter(*origin) for origin in sorted(self.model.poison)]
        self.metas = {number: self.meta_of(number) for number in range(PARTITIONS)}
        self.committed = dict(self.ends)

    def appended(self, topic, partition, key, value):
        partition = murmur2.partition_of(key, PARTITIONS) if partition is None else partition
        offset = self.ends[topic, partition]
        self.ends[topic, partition] += 1
        return checks.Record(topic, partition, offset, APPENDED_MS, key, value, {})

    @staticmethod
    def grants_of(lines):
        told, revisions = [], collections.Counter()
        causes = {checks.place_of(line): line["cause"] for line in lines
                  if line["kind"] == "granted"}
        for line in lines:
            place = checks.place_of(line)
            revisions[place] += 1
            document = {**line, "grant_id": repr(place), "revision": revisions[place]}
            if line["kind"] == "revoked":
                document.update(revoke_cause=line["cause"], cause=causes[place])
            key = line["user_id"].encode()
            partition = murmur2.partition_of(key, PARTITIONS)
            told.append(checks.Record("badge.grants", partition, len(told), 0, key,
                                      json.dumps(document).encode(), {"epoch": "1"}))
        return told

    @staticmethod
    def dead_letter(topic, partition, offset):
        headers = {"topic": topic, "partition": str(partition), "offset": str(offset),
                   "class": "undecodable", "error": "because"}
        return checks.Record("badge.dlq", partition, 0, 0, b"", b"", headers)

    def meta_of(self, number):
        fates = self.model.fates[number]
        decisions = sum(record.partition == number for record in self.grants)
        counters = [fates[name] for name in ("applied", "duplicate", "late", "dead_letter")]
        return task_meta.parse(encoded_meta(
            3, 1, [self.ends[topic, number] for topic in checks.INPUTS], counters + [0, decisions]))

    def verify(self):
        faults = checks.Faults()
        checks.check_outcome(self.model, self.grants, PARTITIONS, faults)
        outputs = {"badge.grants": self.grants, "badge.dlq": self.dead_letters}
        counts = {topic: collections.Counter(record.partition for record in records)
                  for topic, records in outputs.items()}
        counts["badge.late"] = {number: self.model.fates[number]["late"]
                                for number in range(PARTITIONS)}
        checks.check_counters(self.model, self.metas, counts, PARTITIONS, faults)
        checks.check_dead_letters(self.model, self.dead_letters, faults)
        checks.check_offsets(self.metas, self.committed, self.ends, faults)
        return set(faults.count)


class TheProof(unittest.TestCase):
    def setUp(self):
        self.world = World()

    def change_grant(self, index, **changes):
        record = self.world.grants[index]
        document = {**json.loads(record.value), **changes}
        self.world.grants[index] = record._replace(value=json.dumps(document).encode())

    def test_passes_what_is_right(self):
        self.assertEqual(self.world.verify(), set())
        fates = sum(self.world.model.fates.values(), collections.Counter())
        for fate in ("applied", "duplicate", "late", "dead_letter"):
            self.assertGreater(fates[fate], 0, fate)
        self.assertIn("revoked", {line["kind"] for line in self.world.model.lines})

    def test_finds_a_record_that_is_there_twice(self):
        self.world.grants.append(self.world.grants[5])
        self.assertIn("grants", self.world.verify())

    def test_finds_a_decision_that_is_missing(self):
        del self.world.grants[-1]
        self.assertIn("outcome", self.world.verify())

    def test_finds_a_decision_with_another_cause_or_time(self):
        self.change_grant(3, cause="e0")
        self.assertEqual(self.world.verify(), {"outcome"})

    def test_finds_a_revision_that_was_left_out(self):
        self.change_grant(0, revision=2)
        self.assertIn("grants", self.world.verify())

    def test_finds_a_grant_in_a_foreign_partition(self):
        record = self.world.grants[0]
        self.world.grants[0] = record._replace(partition=1 - record.partition)
        self.assertIn("grants", self.world.verify())

    def test_finds_an_event_counted_twice(self):
        meta = self.world.metas[0]
        counters = meta.counters._replace(applied=meta.counters.applied + 1)
        self.world.metas[0] = meta._replace(counters=counters)
        self.assertEqual(self.world.verify(), {"counters"})

    def test_finds_a_poison_record_that_was_told_twice_or_never(self):
        self.world.dead_letters.append(self.world.dead_letters[0])
        self.assertIn("dead letters", self.world.verify())
        del self.world.dead_letters[:2], self.world.dead_letters[-1]
        self.assertIn("dead letters", self.world.verify())

    def test_finds_offsets_that_differ(self):
        self.world.committed[workload.ENGAGEMENT, 0] -= 1
        self.assertEqual(self.world.verify(), {"offsets"})


class Commits(unittest.TestCase):
    def faults_of(self, *commits, is_compacted=False):
        faults = checks.Faults()
        values = [encoded_meta(number, epoch, [0, 0], []) for number, epoch in commits]
        records = [checks.Record("", 0, 0, 0, b"__meta", value, {}) for value in values]
        checks.check_commits(records, faults, is_compacted)
        return faults.lines

    def test_count_up_one_by_one(self):
        self.assertEqual(self.faults_of((1, 1), (2, 1), (3, 2)), [])
        self.assertEqual(len(self.faults_of((1, 1), (3, 1))), 1)

    def test_may_leave_some_out_where_they_are_compacted_and_never_go_back(self):
        self.assertEqual(self.faults_of((1, 1), (3, 1), is_compacted=True), [])
        self.assertEqual(len(self.faults_of((3, 1), (3, 1), is_compacted=True)), 1)

    def test_are_not_written_by_an_owner_of_the_past(self):
        self.assertEqual(len(self.faults_of((1, 2), (2, 1))), 1)


class Stores(unittest.TestCase):
    CHANGELOG = {0: {b"__meta": b"m2", b"k": b"v"}}

    def faults_of(self, *stores):
        faults = checks.Faults()
        checks.check_stores(self.CHANGELOG, list(enumerate(stores)), 1, faults)
        return faults.lines

    def test_equal_the_changelog_and_an_earlier_owner_may_be_behind(self):
        self.assertEqual(self.faults_of({b"__meta": b"m2", b"k": b"v"}, {b"__meta": b"m1"}), [])

    def test_with_a_row_too_many_too_few_or_another_are_found(self):
        for rows in ({b"k": b"v", b"x": b""}, {}, {b"k": b"w"}):
            self.assertEqual(len(self.faults_of({b"__meta": b"m2", **rows})), 1)

    def test_of_nobody_at_the_last_commit_is_found(self):
        self.assertEqual(len(self.faults_of({b"__meta": b"m1", b"k": b"v"})), 1)

    def test_are_read_from_a_dump_without_the_local_position(self):
        position = checks.POSITION_KEY.hex()
        lines = ['{"key":"6b","value":"76"}', '{"key":"%s","value":"00"}' % position]
        self.assertEqual(checks.read_store(lines), {b"k": b"v"})


class Murmur2(unittest.TestCase):
    def test_agrees_with_kafka(self):
        # From the test of the Java client, org.apache.kafka.common.utils.UtilsTest.
        known = {b"21": -973932308, b"foobar": -790332482, b"a-little-bit-long-string": -985981536,
                 b"a-little-bit-longer-string": -1486304829,
                 b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971}
        for text, expected in known.items():
            self.assertEqual(murmur2.murmur2(text), expected & 0xFFFFFFFF)


if __name__ == "__main__":
    unittest.main()
