"""The network between an engine and the broker: cut, or losing answers."""

import os
import time

import proxy
from world import Scenario, say

CUT_S = 14  # Twice the session, so that the other engine has taken over.
LOSSES = 24


class BehindProxies(Scenario):
    """The first engine reaches each broker through a proxy, by a listener that advertises it."""

    brokers = 1

    def prepare(self):
        self.proxies = [proxy.Proxy(target) for target in proxy.free_ports(self.brokers)]
        super().prepare()

    def instance(self, name):
        engine = super().instance(name)
        if name.endswith("-0"):
            place = engine.command.index("--brokers") + 1
            engine.command[place] = ",".join(f"127.0.0.1:{each.port}" for each in self.proxies)
        return engine

    def close(self):
        super().close()
        for each in getattr(self, "proxies", ()):
            each.close()


class Proxied(BehindProxies):
    """With one broker."""

    def make_broker(self):
        self.proxy = self.proxies[0]
        os.environ["LAUREL_BROKER_PROXIED"] = self.proxy.ports
        return super().make_broker()


class CutOff(Proxied):
    name = "F08"
    what = f"an engine is cut off from the broker alone for {CUT_S} s, twice; what it sent comes late"
    lasts_s = 55

    def disturb(self):
        cut, other = self.instances
        for _ in range(2):
            self.wait_until("both have tasks", lambda: self.tasks(cut) and self.tasks(other), 60)
            self.let_run(self.random.uniform(1, 3))
            self.proxy.cut()
            began = time.monotonic()
            self.wait_until("taken over by the other", lambda: self.has_all(other), CUT_S)
            self.notes["takeover_s"] = round(time.monotonic() - began, 1)
            self.let_run(max(0.0, began + CUT_S - time.monotonic()))
            self.proxy.heal()
            say("the connection is back")
        self.wait_until("running again", self.all_run, 60)

    def has_all(self, engine):
        phases = [task["phase"] for task in self.tasks(engine).values()]
        return phases == ["running"] * self.partitions


class LosesAnswers(Proxied):
    """Answers to requests of the given kinds are lost, one after another, and the connection too."""

    lasts_s = 50
    kinds = {}

    def disturb(self):
        self.let_run(5)
        for number in range(LOSSES):
            self.proxy.lose(list(self.kinds.values())[number % len(self.kinds)])
            self.let_run(self.random.uniform(0.5, 1.5))
        self.wait_until("running again", self.all_run, 60)
        self.notes["lost"] = {name: self.proxy.lost.get(key, 0)
                              for name, key in self.kinds.items()}
        for name, count in self.notes["lost"].items():
            if count == 0:
                self.fault(f"no answer to {name} was lost")


class LosesCommits(LosesAnswers):
    name = "F11"
    what = f"{LOSSES} answers to the commit of a transaction are lost, each with its connection"
    kinds = {"EndTxn": proxy.END_TXN}


class LosesWrites(LosesAnswers):
    name = "F12"
    what = "answers to what a transaction writes are lost, each with its connection"
    kinds = {"TxnOffsetCommit": proxy.TXN_OFFSET_COMMIT, "AddPartitionsToTxn": proxy.ADD_PARTITIONS,
             "Produce": proxy.PRODUCE}


ALL = (CutOff, LosesCommits, LosesWrites)
