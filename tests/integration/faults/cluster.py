"""Three brokers that are one KRaft cluster, and what happens when one of them is gone."""

import base64
import os
import subprocess
import time
import uuid

import network
from proxy import free_ports
from world import Scenario, proof, say

NODES = 3
START_TIMEOUT_S = 120
LOOK_AGAIN_S = 0.2
REPLICATED = """node.id={node}
controller.quorum.voters={voters}
offsets.topic.replication.factor=3
transaction.state.log.replication.factor=3
transaction.state.log.min.isr=2
default.replication.factor=3
min.insync.replicas=2
broker.session.timeout.ms=3000
"""


class Cluster(proof.Broker):
    """As one broker, with an address of three. With `proxies`, each node has one before a second
    listener."""

    def __init__(self, folder, proxies=()):
        self.folders = [os.path.join(folder, f"broker-{node}") for node in range(1, NODES + 1)]
        self.classpath = proof.command([proof.BROKER, "classpath"]).strip()
        self.clients = free_ports(NODES)
        self.controllers = free_ports(NODES)
        self.proxies = list(proxies)
        self.id = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        for place, ports in zip(self.folders, zip(self.clients, self.controllers)):
            os.makedirs(place)
            with open(os.path.join(place, "ports"), "w", encoding="ascii") as file:
                file.write("{} {}\n".format(*ports))
        self.address = ",".join(f"127.0.0.1:{port}" for port in self.clients)
        self.start(*range(NODES))

    def environment(self, number):
        voters = ",".join(f"{node}@127.0.0.1:{port}"
                          for node, port in enumerate(self.controllers, 1))
        proxied = self.proxies[number].ports if self.proxies else ""
        return {**os.environ, "LAUREL_BROKER_OWNER": str(os.getpid()),
                "LAUREL_BROKER_CLUSTER": self.id, "LAUREL_BROKER_PROXIED": proxied,
                "LAUREL_BROKER_CONFIG": REPLICATED.format(node=number + 1, voters=voters)}

    def start(self, *numbers):
        """At once: none of them serves before most are there."""
        begun = [subprocess.Popen([proof.BROKER, "start", self.folders[number]],
                                  stdout=subprocess.DEVNULL, env=self.environment(number))
                 for number in numbers]
        if any(each.wait(START_TIMEOUT_S) for each in begun):
            raise proof.Unable(f"a broker did not start; see {self.folders[0]}")

    def kill(self, number):
        proof.command([proof.BROKER, "kill", self.folders[number]])

    def stop(self):
        for folder in self.folders:
            subprocess.run([proof.BROKER, "kill", folder], check=False)


class OfThree(Scenario):
    replicas = 3

    def make_broker(self):
        return Cluster(self.folder)

    def await_topics(self):
        """The broker that made the topics knows them; the others hear of them a moment later."""
        end = time.monotonic() + START_TIMEOUT_S
        for address in self.broker.address.split(","):
            while subprocess.run([self.options.laurel, "topics", "verify", "--brokers", address],
                                 capture_output=True, check=False,
                                 env={**os.environ, "BADGE_ENV": "dev"}).returncode != 0:
                if time.monotonic() > end:
                    raise proof.Unable(f"the topics are not known at {address}")
                time.sleep(LOOK_AGAIN_S)


class CoordinatorMoves(OfThree):
    name = "F07"
    what = "three brokers; each is killed with -9 and comes back, so that every coordinator moves"
    lasts_s = 60

    def disturb(self):
        self.wait_until("running", self.all_run, 60)
        for number in range(NODES):
            self.let_run(self.random.uniform(2, 4))
            self.broker.kill(number)
            say(f"broker {number + 1} is dead")
            self.let_run(self.random.uniform(5, 8))
            self.broker.start(number)
            self.wait_until("running again", self.all_run, 60)


class CutFromOneBroker(network.BehindProxies, OfThree):
    name = "F09"
    what = (f"three brokers; an engine is cut off from each in turn for {network.CUT_S} s, and not from the "
            "others")
    lasts_s = 80
    brokers = NODES

    def make_broker(self):
        return Cluster(self.folder, self.proxies)

    def disturb(self):
        self.wait_until("running", self.all_run, 60)
        for number, each in enumerate(self.proxies, 1):
            self.let_run(self.random.uniform(1, 3))
            each.cut()
            say(f"cut off from broker {number}")
            self.let_run(network.CUT_S)
            each.heal()
            self.wait_until("running again", self.all_run, 60)


ALL = (CoordinatorMoves, CutFromOneBroker)
