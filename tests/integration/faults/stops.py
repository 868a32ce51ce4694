"""Orderly ends, floods of dead letters, and what an operator orders meanwhile."""

import base64
import signal
import subprocess
import time

import murmur2
from workload import ENGAGEMENT
from world import Scenario, command, say

STOP_MAX_S = 25
BY_SECOND_SIGNAL = 130
FLOOD_RECORDS = 12_000
# The records over which the share of dead letters is taken, and the round at whose end it is.
LETTERS_MAX = 2_000 + 4_096


class StopUnderLoad(Scenario):
    name = "F41"
    what = "SIGTERM under load, while it starts, and twice: ends with 0 in time, nothing is redone"

    def duration_s(self, options):
        return 15 + 5 * max(6, options.repeat)

    def disturb(self):
        slowest = 0
        for number in range(max(6, self.options.repeat)):
            engine = self.instances[number % len(self.instances)]
            self.wait_until("up", engine.running, 20)
            self.let_run(self.random.choice((0.3, 1.0, 3.0, 4.0)))
            is_double = number % 6 == 5
            engine.is_wanted = False
            engine.expected = {0, -signal.SIGTERM, BY_SECOND_SIGNAL if is_double else 0}
            age_s = time.monotonic() - engine.started_at
            began = time.monotonic()
            engine.signal(signal.SIGTERM)
            if is_double:
                self.let_run(0.05)
                engine.signal(signal.SIGTERM)
            self.wait_until(f"{engine.name} ended", lambda: not engine.running(), STOP_MAX_S)
            took = time.monotonic() - began
            slowest = max(slowest, took)
            code = engine.ended[-1] if engine.ended else engine.process.returncode
            # Before it blocks signals, a process that has just begun ends as any other would.
            is_young = age_s < 0.5
            if code != 0 and not (is_double and code == BY_SECOND_SIGNAL) and not is_young:
                self.fault(f"{engine.name} ended with {code}")
            say(f"{engine.name} ended with {code} after {took:.1f} s")
            engine.is_wanted = True
        self.notes["slowest_stop_s"] = round(slowest, 1)


class Flood(Scenario):
    name = "F33"
    what = f"{FLOOD_RECORDS} dead letters in a row: the task pauses, others go on, a command resumes"
    lasts_s = 50
    settings = {"BADGE_BREAKER_PAUSE": "10m"}

    def disturb(self):
        self.wait_until("running", self.all_run, 60)
        self.victim = murmur2.partition_of(b"flood", self.partitions)
        self.send_flood()
        self.wait_until("the task is paused", self.is_paused, 60)
        letters = self.letters()
        if letters > LETTERS_MAX:
            self.fault(f"{letters} of {FLOOD_RECORDS} went to the dead-letter topic all the same")
        phases = self.phases()
        others = {phase for number, phase in phases.items() if number != self.victim}
        self.expect("phases of the other tasks", {"running"}, others)
        self.let_run(3)
        rounds = 0
        while self.is_paused() and rounds < 20:
            self.resume()
            self.let_run(2)
            rounds += 1
        self.notes["resumed"] = rounds

    def send_flood(self):
        path = self.path("flood.tsv")
        key, value = base64.b64encode(b"flood").decode(), base64.b64encode(b"{flood").decode()
        with open(path, "w", encoding="ascii") as file:
            for _ in range(FLOOD_RECORDS):
                file.write(f"{ENGAGEMENT}\t-\t{key}\t{value}\n")
        subprocess.run(self.broker.tool("produce", path, 0), check=True, timeout=60,
                       stdout=subprocess.DEVNULL)
        self.records += FLOOD_RECORDS
        self.poison_sent += FLOOD_RECORDS

    def owner(self):
        return next((engine for engine in self.instances
                     if engine.running() and self.victim in self.tasks(engine)), None)

    def is_paused(self):
        return self.phases().get(self.victim) == "paused"

    def letters(self):
        owner = self.owner()
        return self.tasks(owner)[self.victim]["counters"]["dead_letter"] if owner else 0

    def resume(self):
        owner = self.owner()
        if owner is not None:
            command([self.options.laurel, "tasks", "resume", str(self.victim), "--state",
                     owner.state], BADGE_ENV="dev")

    def consume_the_rest(self):
        # The producer of the input knows nothing of the flood.
        self.records -= FLOOD_RECORDS
        super().consume_the_rest()
        self.records += FLOOD_RECORDS


ALL = (StopUnderLoad, Flood)
