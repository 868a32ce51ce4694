"""Disks that fill up, stores that are damaged or gone, a changelog that lost records."""

import os
import shutil
import subprocess
import time

import checks
import task_meta
from world import Scenario, Unable, command, say

CHANGELOG = "badge.state.changelog"
DISK_BYTES = 200 << 20
BALLAST_STEP = 4 << 20
FREE_WHEN_FULL = 40 << 20  # Below the reserve of the stores, 64 MiB.
RESUME_MAX_S = 30
FAIL_TIMEOUT_S = 60
ABORTED = 200  # Records of a partition.


def stores_of(engine):
    folder = os.path.join(engine.state, "state")
    if not os.path.isdir(folder):
        return []
    return [os.path.join(folder, name) for name in sorted(os.listdir(folder)) if name.isdigit()]


def tables_of(engine):
    return [os.path.join(store, name) for store in stores_of(engine)
            for name in sorted(os.listdir(store)) if name.endswith(".sst")]


def delete_stores(engine):
    shutil.rmtree(os.path.join(engine.state, "state"), ignore_errors=True)


class DiskFull(Scenario):
    name = "F20"
    what = "the disk of the stores is full for 10 s: tasks wait and go on by themselves"
    lasts_s = 50

    def instance(self, name):
        engine = super().instance(name)
        if name == "engine-0":
            os.makedirs(engine.state, exist_ok=True)
            mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs",
                                      engine.state], capture_output=True, text=True, check=False)
            if mounted.returncode != 0:
                raise Unable(f"mounting a tmpfs: {mounted.stderr.strip()}")
            self.disk = engine.state
        return engine

    def disturb(self):
        engine = self.instances[0]
        self.wait_until("running", self.all_run, 60)
        for number in range(2):
            self.let_run(4)
            self.fill()
            self.wait_until("a task waits for room", lambda: self.waits(engine), FAIL_TIMEOUT_S)
            self.let_run(10)
            os.remove(os.path.join(self.disk, "ballast"))
            began = time.monotonic()
            self.wait_until("running again", self.all_run, RESUME_MAX_S)
            self.notes[f"resumed_after_s_{number}"] = round(time.monotonic() - began, 1)
        self.expect("exits of the engine", [], engine.ended)

    def fill(self):
        with open(os.path.join(self.disk, "ballast"), "wb") as file:
            while True:
                room = os.statvfs(self.disk)
                if room.f_bavail * room.f_frsize <= FREE_WHEN_FULL:
                    return
                file.write(bytes(BALLAST_STEP))
                file.flush()

    def waits(self, engine):
        return any(task["phase"] == "backing off" for task in self.tasks(engine).values())

    def close(self):
        super().close()
        if hasattr(self, "disk"):
            subprocess.run(["umount", self.disk], check=False)


class DamagedTable(Scenario):
    name = "F22"
    what = "bits of stored tables flip, a table is cut, a table is gone: rebuilt from the changelog"
    lasts_s = 60
    settings = {"BADGE_FLUSH_INTERVAL": "1s"}

    def disturb(self):
        engine = self.instances[0]
        for damage in (self.flip, self.cut, self.remove, self.spoil_manifest):
            self.wait_until("tables on disk", lambda: bool(tables_of(engine)), 60)
            self.let_run(3)
            self.kill_and_wait(engine)
            said = damage(engine)
            engine.is_wanted = True
            say(f"{said}; starting again")
            self.let_run(10)
        self.wait_until("running again", self.all_run, 60)
        rebuilt = engine.log().count("store quarantined")
        self.notes["quarantined"] = rebuilt
        if rebuilt == 0:
            self.fault("no store was quarantined")

    @staticmethod
    def flip(engine):
        for table in tables_of(engine):
            with open(table, "r+b") as file:
                size = os.path.getsize(table)
                for place in range(size // 8, size, max(1, size // 8)):
                    file.seek(place)
                    byte = file.read(1)
                    file.seek(place)
                    file.write(bytes([byte[0] ^ 0x10]))
        return "flipped bits in every table"

    @staticmethod
    def cut(engine):
        for table in tables_of(engine)[:1]:
            os.truncate(table, os.path.getsize(table) // 2)
        return "cut a table"

    @staticmethod
    def remove(engine):
        for table in tables_of(engine)[:1]:
            os.remove(table)
        return "removed a table"

    @staticmethod
    def spoil_manifest(engine):
        for store in stores_of(engine)[:1]:
            for name in os.listdir(store):
                if name.startswith("MANIFEST"):
                    os.truncate(os.path.join(store, name), 10)
        return "cut a manifest"


class DirectoryGone(Scenario):
    name = "F24"
    what = "the directory of the stores is deleted under a running engine"
    lasts_s = 40
    settings = {"BADGE_FLUSH_INTERVAL": "1s"}

    def disturb(self):
        self.let_run(8)
        for store in stores_of(self.instances[0]):
            shutil.rmtree(store, ignore_errors=True)
        self.let_run(15)
        self.wait_until("running again", self.all_run, 60)


class AbortedTail(Scenario):
    name = "F30"
    what = "stores are gone, and the changelog ends with aborted records: restoring ends, and reads none"
    lasts_s = 40

    def disturb(self):
        self.wait_until("running", self.all_run, 60)
        self.let_run(5)
        self.kill_and_wait(*self.instances)
        command(self.broker.tool("abort", CHANGELOG, ABORTED))
        for engine in self.instances:
            delete_stores(engine)
            engine.is_wanted = True
        say(f"{ABORTED} aborted records end each partition; starting again without stores")
        began = time.monotonic()
        self.wait_until("running again", self.all_run, 60)
        self.notes["running_after_s"] = round(time.monotonic() - began, 1)


class Compaction(Scenario):
    name = "F28"
    what = "the changelog is compacted all the time, and stores are restored from it six times"
    lasts_s = 60
    is_compacted = True

    def disturb(self):
        self.wait_until("running", self.all_run, 60)
        command(self.broker.tool("configure", CHANGELOG, "segment.ms=1000",
                                 "min.compaction.lag.ms=0", "max.compaction.lag.ms=1000",
                                 "min.cleanable.dirty.ratio=0.001"))
        for number in range(6):
            self.let_run(self.random.uniform(2, 5))
            engine = self.instances[number % len(self.instances)]
            self.kill_and_wait(engine)
            delete_stores(engine)
            engine.is_wanted = True
        self.wait_until("running again", self.all_run, 60)

    def verify(self):
        super().verify()
        last = {}
        with open(self.path("changelog.ndjson.commits"), encoding="utf-8") as file:
            left = sum(1 for _ in file)
        for record in checks.read_records(self.path("changelog.ndjson.commits"), CHANGELOG):
            last[record.partition] = task_meta.parse(record.value).commit_number
        self.notes["commits_compacted"] = sum(last.values()) - left
        if self.notes["commits_compacted"] == 0:
            self.fault("nothing was compacted")


class ChangelogTruncated(Scenario):
    name = "F26"
    what = "the changelog lost its records and a store is gone: refused, never started empty"
    lasts_s = 15

    def run(self):
        super().run()
        say("both have stopped; deleting what the changelog holds, and the stores")
        subprocess.run(self.broker.tool("truncate", CHANGELOG), check=True,
                       timeout=60)
        self.before = len(self.read("badge.grants"))
        for engine in self.instances:
            delete_stores(engine)
            engine.start()
        self.wait_until("all tasks refused", self.all_refused, FAIL_TIMEOUT_S)
        for engine in self.instances:
            for task in self.tasks(engine).values():
                if "records were deleted" not in task["problem"] \
                        and "state was lost" not in task["problem"]:
                    self.fault(f"task {task['partition']} says {task['problem']}")
        self.let_run(5)
        self.expect("decisions after the loss", self.before, len(self.read("badge.grants")))
        for engine in self.instances:
            self.expect(f"exit code of {engine.name}", 0, engine.stop())

    def disturb(self):
        self.let_run(5)

    def all_refused(self):
        phases = self.phases()
        return len(phases) == self.partitions and set(phases.values()) == {"failed"}

    def verify(self):
        pass  # What was lost is lost; that nobody goes on from it is what counts.


ALL = (DiskFull, DamagedTable, DirectoryGone, AbortedTail, Compaction, ChangelogTruncated)
