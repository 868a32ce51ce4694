"""Brokers that go away, groups that change, engines that are suspended or have a twin."""

import os
import signal
import subprocess
import time

import checks
from world import Engine, Scenario, command, proof, say

FENCED, DIRECTORY_HELD, SETTINGS = 71, 73, 78
AWAY_S = 45
STUCK_S = 20
SUSPENDED_S = 13  # Twice the session, so that the other engine has taken over.
STORM_JOINS = 6
RESIDENT_GROWTH_MAX = 64 << 20  # Bytes, while no broker answers.
REFUSE_TIMEOUT_S = 40


def resident_bytes(process):
    with open(f"/proc/{process.pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


class OneBroker(Scenario):
    """Helpers for scenarios that do something to the broker."""

    def broker_pid(self):
        with open(os.path.join(self.broker.data, "pid"), encoding="ascii") as file:
            return int(file.read())

    def kill_broker(self):
        command([proof.BROKER, "kill", self.broker.data])

    def start_broker(self):
        command([proof.BROKER, "start", self.broker.data], LAUREL_BROKER_OWNER=str(os.getpid()))


class BrokerRestart(OneBroker):
    name = "F05"
    what = "the broker is killed with -9 and starts again, three times"
    lasts_s = 60

    def disturb(self):
        for _ in range(3):
            self.let_run(self.random.uniform(3, 8))
            self.kill_broker()
            self.let_run(self.random.uniform(0, 3))
            self.start_broker()
        self.wait_until("running again", self.all_run, 60)


class BrokerAway(OneBroker):
    name = "F06"
    what = f"no broker answers for {AWAY_S} s; memory stays bounded and nobody restarts anything"
    lasts_s = 70

    def disturb(self):
        self.let_run(10)
        before = {engine: resident_bytes(engine.process) for engine in self.instances}
        self.kill_broker()
        self.let_run(AWAY_S)
        for engine in self.instances:
            grown = resident_bytes(engine.process) - before[engine]
            if grown > RESIDENT_GROWTH_MAX:
                self.fault(f"{engine.name} grew by {grown >> 20} MiB")
        self.start_broker()
        self.wait_until("running again", self.all_run, 90)
        for engine in self.instances:
            self.expect(f"exits of {engine.name}", [], engine.ended)


class BrokerStuck(OneBroker):
    name = "F10"
    what = f"the broker hangs for {STUCK_S} s (SIGSTOP): connections stay open, nothing answers"
    lasts_s = 60

    def disturb(self):
        for _ in range(2):
            self.let_run(8)
            os.kill(self.broker_pid(), signal.SIGSTOP)
            try:
                self.let_run(STUCK_S)
            finally:
                os.kill(self.broker_pid(), signal.SIGCONT)
        self.wait_until("running again", self.all_run, 90)


class RebalanceStorm(Scenario):
    name = "F13"
    what = f"a third member joins and leaves {STORM_JOINS} times, in the middle of transactions"
    lasts_s = 60

    def disturb(self):
        self.guests = []
        for number in range(STORM_JOINS):
            guest = Engine(self.options.laurel, f"guest-{number}", self.folder, self.broker)
            self.guests.append(guest)
            guest.start()
            self.let_run(self.random.uniform(3, 6))
            if self.random.random() < 0.5:
                guest.kill(0)
            else:
                self.expect(f"exit code of {guest.name}", 0, guest.stop())
            self.let_run(self.random.uniform(0, 3))
        self.let_run(8)  # The last guest's session ends.

    def state_directories(self):
        return super().state_directories() + [guest.state for guest in self.guests]


class Zombie(Scenario):
    name = "F14"
    what = f"an engine is suspended for {SUSPENDED_S} s, another takes over, and it wakes up again"
    lasts_s = 60

    def disturb(self):
        for number in range(2):
            self.let_run(6)
            zombie = self.instances[number % len(self.instances)]
            zombie.pause()
            self.let_run(SUSPENDED_S)
            zombie.go_on()
        self.wait_until("running again", self.all_run, 60)


class Twin(Scenario):
    name = "F15"
    what = "two processes with one identity: one of them ends with 71, and never both write"
    lasts_s = 40

    def disturb(self):
        self.let_run(5)
        first = self.instances[0]
        first.is_wanted = False
        first.expected = {FENCED}
        twin = Engine(self.options.laurel, first.name, os.path.join(self.folder, "twin"),
                      self.broker)
        os.makedirs(os.path.join(self.folder, "twin"), exist_ok=True)
        twin.start()
        self.twin = twin
        self.wait_until("one of the two ended",
                        lambda: not first.running() or not twin.running(), REFUSE_TIMEOUT_S)
        loser = twin if not twin.running() else first
        code = loser.process.returncode if loser.process is not None else first.ended[-1]
        self.expect("exit code of the one that was fenced", FENCED, code)
        say(f"the {'newer' if loser is twin else 'older'} one ended with {code}")
        if twin.running():
            twin.stop()
        first.is_wanted = True
        self.let_run(3)

    def state_directories(self):
        return super().state_directories() + [self.twin.state]


class SharedDirectory(Scenario):
    name = "F16"
    what = "a second process in the same directory: it ends with 73, the first one goes on"
    lasts_s = 20

    def disturb(self):
        self.let_run(5)
        first = self.instances[0]
        second = subprocess.run([*first.command[:-1], "another-name"], capture_output=True,
                                text=True, check=False, timeout=REFUSE_TIMEOUT_S,
                                env={**os.environ, "BADGE_ENV": "dev"})
        self.expect("exit code of the second process", DIRECTORY_HELD, second.returncode)
        if "in use" not in second.stderr and "holds" not in second.stderr:
            self.fault(f"the second process does not say why: {second.stderr[-300:]}")
        self.expect("exits of the first", [], first.ended)


class TransactionTimeout(Scenario):
    name = "F18"
    what = "the broker aborts transactions of an engine that is suspended beyond their timeout"
    lasts_s = 50
    broker_settings = "transaction.abort.timed.out.transaction.cleanup.interval.ms=200"
    settings = {"BADGE_KAFKA_TRANSACTION_TIMEOUT": "1s"}

    def disturb(self):
        for number in range(10):
            self.let_run(self.random.uniform(1, 2))
            engine = self.instances[number % len(self.instances)]
            engine.pause()
            self.let_run(2.5)
            engine.go_on()
        self.wait_until("running again", self.all_run, 60)


class Disorder(Scenario):
    name = "F44"
    what = "duplicates, late and disordered events, retractions, poison, and no other fault (F45, F31)"
    lasts_s = 40

    def disturb(self):
        self.let_run(20)


class UnequalPartitions(Scenario):
    name = "F49"
    what = "inputs with 3 and 6 partitions: the start is refused and says why"
    lasts_s = 1

    def run(self):
        address = self.broker.address
        odd = {"BADGE_TOPICS_TRANSACTION": "odd.transactions"}
        command([self.options.laurel, "topics", "create", "--brokers", address, "--partitions",
                 "6"], BADGE_ENV="dev", **odd)
        begun = subprocess.run([self.options.laurel, "serve", "--brokers", address, "--state",
                                os.path.join(self.folder, "odd"), "--for", "20s"],
                               capture_output=True, text=True, check=False,
                               timeout=REFUSE_TIMEOUT_S,
                               env={**os.environ, "BADGE_ENV": "dev", **odd})
        if begun.returncode == 0:
            self.fault("the start was not refused")
        if "partitions" not in begun.stderr:
            self.fault(f"it does not say why: {begun.stderr[-300:]}")
        self.notes["exit_code"] = begun.returncode

    def verify(self):
        pass


class MoreInstances(Scenario):
    name = "F50"
    what = "five instances for three partitions: two are idle, ready, and take over"
    lasts_s = 50
    instance_count = 5
    partitions = 3

    def disturb(self):
        self.wait_until("three tasks run", self.all_run, 60)
        idle = [engine for engine in self.instances if not self.tasks(engine)]
        self.expect("idle instances", 2, len(idle))
        for engine in idle:
            self.expect(f"{engine.name}, idle, is ready", True, self.status(engine)["ready"])
        busy = next(engine for engine in self.instances if engine not in idle)
        self.kill_for_good(busy)
        began = time.monotonic()
        self.wait_until("three tasks run again", self.all_run, 60)
        self.notes["failover_s"] = round(time.monotonic() - began, 1)
        busy.is_wanted = True
        self.let_run(2)


ALL = (BrokerRestart, BrokerAway, BrokerStuck, RebalanceStorm, Zombie, Twin, SharedDirectory,
       TransactionTimeout, Disorder, UnequalPartitions, MoreInstances)
