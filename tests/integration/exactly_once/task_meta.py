"""Reads the `__meta` record: message TaskMeta of schemas/wire/state.v1.proto, by hand."""

import collections

TaskMeta = collections.namedtuple(
    "TaskMeta", "commit_number owner_epoch owner next_offset counters")
Counters = collections.namedtuple("Counters", "applied duplicate late dead_letter parked decisions")


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def fields(data):
    """(number, value) of each field, in order; a value is an integer or bytes."""
    at = 0
    while at < len(data):
        tag, at = varint(data, at)
        number, kind = tag >> 3, tag & 7
        if kind == 0:
            value, at = varint(data, at)
        elif kind == 2:
            length, at = varint(data, at)
            value, at = data[at:at + length], at + length
        elif kind in (1, 5):
            length = 8 if kind == 1 else 4
            value, at = int.from_bytes(data[at:at + length], "little"), at + length
        else:
            raise ValueError(f"wire type {kind}")
        yield number, value


def zigzag(value):
    return (value >> 1) ^ -(value & 1)


def parse(data):
    by_number = collections.defaultdict(list)
    for number, value in fields(data):
        by_number[number].append(value)

    def one(number, default):
        return by_number[number][-1] if by_number[number] else default

    offsets = []
    for value in by_number[5]:
        # A writer may pack them or not.
        packed, at = isinstance(value, bytes), 0
        while packed and at < len(value):
            each, at = varint(value, at)
            offsets.append(zigzag(each))
        if not packed:
            offsets.append(zigzag(value))
    counters = dict(fields(one(8, b"")))
    return TaskMeta(commit_number=one(2, 0), owner_epoch=one(3, 0), owner=one(4, b"").decode(),
                    next_offset=offsets,
                    counters=Counters(*(counters.get(number, 0) for number in range(1, 7))))
