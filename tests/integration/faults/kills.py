"""F01 and F02: engines that die, at each kill point in turn and at random moments."""

import collections
import os
import random
import shutil
import signal
import subprocess
import time

from world import KILLED, Engine, Scenario, say

# K12 lies in a checkpoint and K17 in a migration; neither exists yet.
POINTS = ("k0", "k1", "k2", "k3", "k4", "k5", "k6", "k7", "k8", "k9", "k10", "k11", "k13", "k14",
          "k15", "k16", "k18")
SECONDS_PER_DEATH = 3.0
REACH_TIMEOUT_S = 45  # From the start of the process to its death.
TRIES_MAX = 4  # An engine that owns nothing at the moment cannot die of its partitions.
WORK_BEFORE_S = 3.0  # Before it is told to stop, or fenced.


class Plan:
    """One death to come: at which point, at the how-manieth time, and how it is brought about."""

    def __init__(self, point, chance):
        self.point = point
        self.tries = 0
        self.triggered = False
        self.settings = {}
        times, delay = chance.randint(1, 6), ""
        if point in ("k13", "k14"):
            times = chance.randint(1, 2)
        elif point in ("k11", "k15", "k16", "k18"):
            times = 1
        elif point in ("k0", "k1"):
            times = chance.randint(1, 300)
        if point == "k6":  # While the broker may or may not have the request.
            delay = f"@{chance.randint(50, 6000)}us"
        elif point in ("k8", "k2") and chance.random() < 0.5:
            delay = f"@{chance.randint(1, 300)}us"
        self.settings["BADGE_FAILPOINT"] = f"{point}:{times}{delay}"
        if point == "k11":
            self.settings["BADGE_FLUSH_INTERVAL"] = "1s"


class DyingEngine(Engine):
    """Takes the next plan whenever it starts."""

    plan = None

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.expected = {KILLED}
        self.next_plan = lambda: None

    def start(self, **settings):
        self.plan = self.next_plan()
        if self.plan is not None:
            self.plan.tries += 1
            self.plan.triggered = False
            if self.plan.point == "k13":  # Nothing is left here: the whole changelog is read.
                shutil.rmtree(os.path.join(self.state, "state"), ignore_errors=True)
            settings = {**settings, **self.plan.settings}
        super().start(**settings)


    def tend(self):
        is_dead_as_planned = self.plan is not None and self.process and not self.running()
        if not is_dead_as_planned:  # Of that the scenario takes note first.
            super().tend()


class EveryPoint(Scenario):
    name = "F01"
    what = "kill -9 at every kill point (all but K12 and K17, which do not exist yet)"

    def __init__(self, options, folder):
        self.chance = random.Random(options.seed)
        wanted = options.points or POINTS
        plans = [Plan(point, self.chance) for point in wanted for _ in range(options.repeat)]
        self.chance.shuffle(plans)
        self.queue = collections.deque(plans)
        self.deaths = collections.Counter()
        self.helpers = []
        super().__init__(options, folder)

    def duration_s(self, options):
        return 15 + SECONDS_PER_DEATH * len(options.points or POINTS) * options.repeat

    def instance(self, name):
        engine = DyingEngine(self.options.laurel, name, self.folder, self.broker)
        engine.next_plan = self.take_plan
        return engine

    def take_plan(self):
        return self.queue.popleft() if self.queue else None

    def disturb(self):
        while self.queue or any(engine.plan for engine in self.instances):
            for engine in self.instances:
                self.drive(engine)
            self.let_run(0.05)
        self.notes["deaths"] = dict(sorted(self.deaths.items(), key=lambda one: int(one[0][1:])))
        say(f"died at {self.notes['deaths']}")
        for point in self.options.points or POINTS:
            self.expect(f"deaths at {point}", self.options.repeat, self.deaths[point])

    def drive(self, engine):
        plan = engine.plan
        if plan is None:
            return
        if not engine.running():
            self.on_end(engine, plan)
            return
        age_s = time.monotonic() - engine.started_at
        if age_s > WORK_BEFORE_S and not plan.triggered:
            plan.triggered = True
            self.trigger(engine, plan.point)
        if age_s > REACH_TIMEOUT_S:
            engine.expected.add(-signal.SIGKILL)
            engine.process.kill()
            engine.process.wait()
            self.on_end(engine, plan)

    def trigger(self, engine, point):
        if point in ("k15", "k18"):
            engine.signal(signal.SIGTERM)
        elif point == "k16":
            ids = [f"laurel-{number}" for number in range(self.partitions)]
            self.helpers.append(subprocess.Popen(self.broker.tool("fence", *ids),
                                                 stdout=subprocess.DEVNULL,
                                                 stderr=subprocess.DEVNULL))

    def on_end(self, engine, plan):
        code = engine.process.returncode
        engine.plan = None
        down_s = self.chance.uniform(0, 1)
        if self.chance.random() < 0.1:
            down_s += 7  # Longer than its session: the other takes over.
        if code == KILLED:
            self.deaths[plan.point] += 1
            engine.kills += 1
            say(f"{engine.name} died at {plan.settings['BADGE_FAILPOINT']}; "
                f"{len(self.queue)} to come")
        elif plan.tries < TRIES_MAX:
            say(f"{engine.name} did not come to {plan.point} (ended with {code}); again later")
            self.queue.append(plan)
        else:
            self.fault(f"{plan.point} was not reached in {TRIES_MAX} lives; the last ended "
                       f"with {code}")
        engine.expected.add(code if code == 0 else KILLED)
        engine.ended.append(code)
        engine.process = None
        engine.up_at = time.monotonic() + down_s

    def stop_them(self):
        for helper in self.helpers:
            helper.wait()
        super().stop_them()


class DoubleKill(EveryPoint):
    name = "F03"
    what = "killed while it restores from nothing, and again while it takes over"

    def __init__(self, options, folder):
        options.points = ["k13", "k14"]
        super().__init__(options, folder)
        pairs = max(2, options.repeat)
        options.repeat = pairs
        self.queue = collections.deque(Plan(point, self.chance) for _ in range(pairs)
                                       for point in ("k13", "k13", "k14", "k14"))

    def disturb(self):
        self.options.repeat *= 2
        super().disturb()


class RandomMoments(Scenario):
    name = "F02"
    what = "kill -9 at random moments, settings drawn anew at each start"

    def duration_s(self, options):
        return 10 + 2.0 * options.repeat

    def disturb(self):
        chance = self.random
        for number in range(self.options.repeat):
            self.let_run(chance.choice((chance.uniform(0.05, 0.5), chance.uniform(0.5, 3.5))))
            victim = self.next_victim()
            victim.plain.update(drawn_settings(chance))
            victim.kill(chance.uniform(0, 1) if number % 7 else 8.0)
        self.notes["kills"] = self.options.repeat


def drawn_settings(chance):
    least = chance.choice((1, 10, 50))
    return {"BADGE_COMMIT_MIN_INTERVAL": f"{least}ms",
            "BADGE_COMMIT_MAX_INTERVAL": f"{least * chance.randint(1, 10)}ms",
            "BADGE_COMMIT_MAX_RECORDS": str(chance.choice((50, 1000, 50_000))),
            "BADGE_USERS_AWAKE_MAX": str(chance.choice((1, 50, 20_000))),
            "BADGE_FLUSH_INTERVAL": chance.choice(("1s", "5s", "60s")),
            "BADGE_MEMORY_BUDGET": chance.choice(("16MiB", "128MiB"))}


ALL = (EveryPoint, RandomMoments, DoubleKill)
