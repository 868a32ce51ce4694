"""Sorts more event lines than memory holds: sorted runs on disk, then one merge."""

import datetime
import heapq
import tempfile

RUN_EVENTS = 200_000  # Lines held in memory before a sorted run goes to disk.

EPOCH = datetime.datetime(1970, 1, 1)


def to_ms(moment):
    """Milliseconds since the epoch of a naive UTC datetime."""
    return (moment - EPOCH) // datetime.timedelta(milliseconds=1)


def to_rfc3339(ms):
    moment = EPOCH + datetime.timedelta(milliseconds=ms)
    return moment.isoformat(timespec="milliseconds") + "Z"


class EventSorter:
    """Takes (time, event id, line) in any order and gives the lines by time, then event id.

    The engine judges lateness by arrival, so the events of several files have to be told as one
    history. An event id holds no tab and a line no line break.
    """

    def __init__(self, run_events=RUN_EVENTS):
        self.run_events = run_events
        self.buffer = []
        self.runs = []

    def add(self, ms, event_id, line):
        self.buffer.append((ms, event_id, line))
        if len(self.buffer) >= self.run_events:
            self.spill()

    def spill(self):
        self.buffer.sort()
        run = tempfile.TemporaryFile("w+", encoding="utf-8", newline="\n")
        for ms, event_id, line in self.buffer:
            run.write(f"{ms}\t{event_id}\t{line}\n")
        run.seek(0)
        self.runs.append(run)
        self.buffer = []

    def lines(self):
        self.buffer.sort()
        for _, _, line in heapq.merge(self.buffer, *map(self.read, self.runs)):
            yield line

    @staticmethod
    def read(run):
        for text in run:
            ms, event_id, line = text.rstrip("\n").split("\t", 2)
            yield int(ms), event_id, line
