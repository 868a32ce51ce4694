#!/usr/bin/env python3
"""The reference evaluator against cases worked by hand, a few for each construct."""

import decimal
import json
import unittest

import evaluate
import examples_test
import history
import rules as rule_documents

EUR = {"f": "sum", "of": {"var": "event.amount"}, "currency": "EUR"}
COUNT = {"agg": {"f": "count"}}
VALUE = {"var": "event.value"}


def at_least(number, least):
    return {"ge": [number, least]}


def rule(when, on=("checkin",), rule_id="r", **members):
    document = {"id": rule_id, "on": list(on), "when": when, **members}
    return document if "emit" in members else {"badge": rule_id.upper(), **document}


def event(event_id, at, kind="checkin", zone=None, retracts=None, eur=None, **attributes):
    """An event of January 2026: `at` is "05" or "05T08:00"."""
    if len(at) < 11:
        at = "2026-01-" + (at if "T" in at else at + "T12:00")
    document = {"event_id": event_id, "user_id": "ada", "type": kind, "occurred_at": at + ":00Z",
                "attributes": attributes}
    if zone:
        document["zone"] = zone
    if retracts:
        document["retracts"] = retracts
    if eur:
        document["amount"] = {"value": eur, "currency": "EUR"}
    return document


def decide(rules, events, until=None, redemptions=()):
    """`RULE[KEY]N kind time cause` of each decision; times of January 2026 without the year."""
    rules = [rule_documents.Rule(json.loads(json.dumps(each), parse_float=decimal.Decimal))
             for each in (rules if isinstance(rules, list) else [rules])]
    events = [history.Event(json.loads(json.dumps(each), parse_float=decimal.Decimal), place)
              for place, each in enumerate(events)]
    if until:
        until = history.parse_time(until if len(until) > 11 else f"2026-01-{until}T12:00:00Z")
    lines = evaluate.evaluate(rules, events, until=until, redemptions=redemptions)
    told = [examples_test.told(line) for line in lines]
    return [line.removeprefix("ada ").replace(" 2026-01-", " ").replace(":00Z", "")
            .replace(" by ", " ") for line in told]


class Conditions(unittest.TestCase):
    def test_at_least_counts_conditions(self):
        kinds = [at_least({"agg": {"f": "count", "on": [kind]}}, 1) for kind in "abc"]
        book = rule({"at_least": [2, kinds]}, on="abc")
        self.assertEqual(decide(book, [event("1", "05", "a"), event("2", "06", "a"),
                                       event("3", "07", "c")]), ["r [] 1: granted 07T12:00 3"])

    def test_a_number_without_a_value_meets_no_comparison_and_its_negation_holds(self):
        least = {"agg": {"f": "min", "of": VALUE}}
        self.assertEqual(decide(rule({"le": [least, 100]}), [event("1", "05")]), [])
        self.assertEqual(decide(rule({"not": {"le": [least, 100]}}), [event("1", "05")]),
                         ["r [] 1: granted 05T12:00 1"])

    def test_a_profile_value_is_a_number_of_now(self):
        book = rule({"ge": [COUNT, {"attr": "user.goal"}]}, policy={"revoke": "maintained"})
        self.assertEqual(
            decide(book, [event("1", "05"), event("2", "06"),
                          event("p", "07", "profile", goal=2), event("q", "08", "profile", goal=3),
                          event("x", "09", "undo", retracts="q")]),
            ["r [] 1: granted 07T12:00 p", "r [] 1: revoked 08T12:00 q",
             "r [] 2: granted 09T12:00 x"])


class Aggregates(unittest.TestCase):
    def decided(self, f, least, values, **more):
        book = rule(at_least({"agg": {"f": f, "of": VALUE, **more}}, least))
        return decide(book, [event(str(n), f"{n:02}", value=value)
                             for n, value in enumerate(values, 1)])

    def test_min_max_first_last_see_the_extreme_and_the_ends(self):
        self.assertEqual(self.decided("max", 5, [3, 5]), ["r [] 1: granted 02T12:00 2"])
        self.assertEqual(self.decided("last", 5, [6, 4])[0], "r [] 1: granted 01T12:00 1")
        self.assertEqual(self.decided("first", 5, [4, 9, 9]), [])
        self.assertEqual(self.decided("min", 5, ["x", 5]), ["r [] 1: granted 02T12:00 2"])

    def test_an_average_is_rounded_half_to_even_at_the_ninth_place(self):
        self.assertEqual(self.decided("avg", "1.666666667", [1, 2, 2]),
                         ["r [] 1: granted 03T12:00 3"])
        self.assertEqual(self.decided("avg", "1.666666668", [1, 2, 2]), [])

    def test_last_of_one_time_is_the_greatest_id(self):
        book = rule(at_least({"agg": {"f": "last", "of": VALUE}}, 5))
        self.assertEqual(decide(book, [event("b", "05", value=5), event("a", "05", value=1)]),
                         ["r [] 1: granted 05T12:00 b"])

    def test_numbers_see_what_is_left_of_an_amount(self):
        events = [event("1", "05", eur="20.00"), event("2", "06", eur="10.00"),
                  event("x", "07", "refunded", retracts="1", eur="15.00")]
        for f, least in (("max", "10.01"), ("avg", "7.51"), ("first", "5.01"), ("sum", "15.01")):
            book = rule(at_least({"agg": {**EUR, "f": f}}, least), policy={"revoke": "maintained"})
            self.assertEqual(decide(book, events), ["r [] 1: granted 05T12:00 1",
                                                    "r [] 1: revoked 07T12:00 x"], f)

    def test_refund_says_what_retractions_do(self):
        events = [event("1", "05", eur="20.00"),
                  event("x", "06", "refunded", retracts="1", eur="15.00"),
                  event("y", "07", "refunded", retracts="1", eur="5.00")]
        lost_at = {"proportional": "06T12:00 x", "full_only": "07T12:00 y", "ignore": None}
        for refund, lost in lost_at.items():
            book = rule(at_least({"agg": EUR}, 20),
                        policy={"revoke": "maintained", "refund": refund})
            expected = ["r [] 1: granted 05T12:00 1"] + [f"r [] 1: revoked {lost}"] * bool(lost)
            self.assertEqual(decide(book, events), expected, refund)


class Windows(unittest.TestCase):
    def test_from_and_to_hold_an_interval_closed_at_the_left(self):
        window = {"from": "2026-01-06T12:00:00Z", "to": "2026-01-08T12:00:00Z"}
        book = rule(at_least({"agg": {"f": "count", "win": window}}, 2))
        self.assertEqual(decide(book, [event(str(n), f"{n:02}") for n in range(5, 9)]),
                         ["r [] 1: granted 07T12:00 7"])

    def test_since_counts_after_the_last_event_of_a_type(self):
        window = {"since": {"event": "reset", "for": "P3D"}}
        book = rule(at_least({"agg": {"f": "count", "on": ["checkin"], "win": window}}, 2),
                    on=("checkin", "reset"), policy={"revoke": "maintained"})
        days = [event(str(n), f"{n:02}") for n in (5, 6, 8, 9)]
        resets = [event("r1", "07", "reset"), event("r2", "10", "reset")]
        self.assertEqual(decide(book, days + resets), ["r [] 1: granted 09T12:00 9",
                                                       "r [] 1: revoked 10T12:00 r2"])
        # Taken back, the reset before it counts again; the 11th is beyond its three days.
        self.assertEqual(decide(book, days + resets + [event("x", "11", "undo", retracts="r2")]),
                         ["r [] 1: granted 09T12:00 9", "r [] 1: revoked 10T12:00 r2",
                          "r [] 2: granted 11T12:00 x"])

    def test_since_a_badge_and_since_a_profile_value(self):
        first = rule(at_least(COUNT, 2), rule_id="a")
        second = rule(at_least({"agg": {"f": "count", "win": {"since": {"badge": "A"}}}}, 1),
                      rule_id="b")
        days = [event(str(n), f"{n:02}") for n in range(5, 8)]
        self.assertEqual(decide([second, first], days),
                         ["a [] 1: granted 06T12:00 6", "b [] 1: granted 07T12:00 7"])
        window = {"since": {"attr": "user.joined", "for": "P1D"}}
        joined = rule(at_least({"agg": {"f": "count", "win": window}}, 1))
        profile = event("p", "05", "profile", joined="2026-01-05T12:00:00Z")
        self.assertEqual(decide(joined, days + [profile]), ["r [] 1: granted 06T12:00 6"])


class Streaks(unittest.TestCase):
    def test_weeks_and_months_in_a_row(self):
        weeks = [event(str(n), f"2026-0{n}-{day}T12:00") for n, day in
                 ((1, "04"), (1, "05"), (1, "18"), (1, "19"))]
        for number, each in enumerate(weeks):
            each["event_id"] = str(number)
        book = rule(at_least({"streak": {"unit": "week"}}, 3))  # Sunday, Monday, twice.
        self.assertEqual(decide(book, weeks), ["r [] 1: granted 18T12:00 2"])
        months = [event(str(n), f"2025-{n:02}-15T12:00") for n in (11, 12)]
        book = rule(at_least({"streak": {"unit": "month"}}, 3))
        self.assertEqual(decide(book, months + [event("1", "31")]), ["r [] 1: granted 31T12:00 1"])

    def test_a_day_needs_its_minimum(self):
        minimum = {"agg": {"f": "sum", "of": VALUE}, "ge": 20}
        book = rule(at_least({"streak": {"unit": "day", "min": minimum}}, 2))
        self.assertEqual(decide(book, [event("1", "05", value=20), event("2", "06", value=15),
                                       event("3", "06T13:00", value=5)]),
                         ["r [] 1: granted 06T13:00 3"])

    def test_a_streak_ends_when_a_whole_day_has_passed_and_freezes_put_it_off(self):
        book = rule(at_least({"streak": {"unit": "day"}}, 2), policy={"revoke": "maintained"})
        days = [event("1", "05", zone="Asia/Shanghai"), event("2", "06", zone="Asia/Shanghai")]
        self.assertEqual(decide(book, days, until="31"), ["r [] 1: granted 06T12:00 2",
                                                          "r [] 1: revoked 07T16:00 window_end"])
        frozen = rule(at_least({"streak": {"unit": "day",
                                           "freezes": {"max": 2, "event": "freeze"}}}, 2),
                      on=("checkin", "freeze"), policy={"revoke": "maintained"})
        freezes = [event(f"f{n}", "05", "freeze", zone="Asia/Shanghai") for n in range(3)]
        self.assertEqual(decide(frozen, days + freezes, until="31"),
                         ["r [] 1: granted 06T12:00 2", "r [] 1: revoked 09T16:00 window_end"])

    def test_a_freeze_bought_on_a_missed_day_saves_it_and_is_no_activity(self):
        frozen = rule(at_least({"streak": {"unit": "day",
                                           "freezes": {"max": 1, "event": "freeze"}}}, 3),
                      on=("checkin", "freeze"))
        days = [event("1", "05"), event("f", "06", "freeze"), event("2", "07")]
        self.assertEqual(decide(frozen, days), [])
        self.assertEqual(decide(frozen, days + [event("3", "08")]), ["r [] 1: granted 08T12:00 3"])

    def test_the_longest_streak_stays_until_it_is_taken_back(self):
        book = rule(at_least({"streak": {"unit": "day", "mode": "longest"}}, 2),
                    policy={"revoke": "maintained"})
        days = [event("1", "05"), event("2", "06"), event("3", "20")]
        self.assertEqual(decide(book, days + [event("x", "25", "undo", retracts="1")], until="31"),
                         ["r [] 1: granted 06T12:00 2", "r [] 1: revoked 25T12:00 x"])


class Sequences(unittest.TestCase):
    def decided(self, seq, events, until="31"):
        return decide(rule({"seq": seq}, on=("a", "b", "c"), policy={"revoke": "maintained"}),
                      events, until)

    def test_steps_rise_strictly_and_lie_within(self):
        seq = {"steps": [{"on": "a"}, {"on": "b"}], "within": "P1D"}
        self.assertEqual(self.decided(seq, [event("1", "05", "a"), event("2", "05", "b")]), [])
        self.assertEqual(self.decided(seq, [event("1", "05", "a"),
                                            event("2", "06T12:01", "b")]), [])
        self.assertEqual(self.decided(seq, [event("1", "05", "a"), event("2", "06", "b"),
                                            event("x", "09", "undo", retracts="1")]),
                         ["r [] 1: granted 06T12:00 2", "r [] 1: revoked 09T12:00 x"])

    def test_same_asks_for_one_value_that_is_there(self):
        seq = {"steps": [{"on": "a"}, {"on": "b"}], "within": "P9D", "same": ["item"]}
        self.assertEqual(self.decided(seq, [event("1", "05", "a"), event("2", "06", "b"),
                                            event("3", "07", "a", item=1),
                                            event("4", "08", "b", item="1"),
                                            event("5", "09", "b", item=[1, 2])]),
                         ["r [] 1: granted 09T12:00 5"])

    def test_not_between_not_after_and_for_a_while(self):
        steps = [{"on": "a", "as": "one"}, {"on": "b", "as": "two"}]
        between = {"steps": steps, "within": "P9D", "not": [{"on": "c"}]}
        self.assertEqual(self.decided(between, [event("1", "05", "a"), event("2", "05T13:00", "c"),
                                                event("3", "06", "b")]), [])
        self.assertEqual(self.decided(between, [event("1", "05", "a"), event("2", "05", "c"),
                                                event("3", "06", "b")]),
                         ["r [] 1: granted 06T12:00 3"])
        later = {"steps": steps, "within": "P9D",
                 "not": [{"on": "c", "after": "one", "for": "P3D"}]}
        events = [event("1", "05", "a"), event("2", "06", "b")]
        self.assertEqual(self.decided(later, events), ["r [] 1: granted 08T12:00 window_end"])
        self.assertEqual(self.decided(later, events + [event("3", "08", "c")]), [])
        self.assertEqual(self.decided(later, events + [event("3", "08T12:01", "c")]),
                         ["r [] 1: granted 08T12:00 window_end"])

    def test_strict_allows_nothing_else_of_the_same_between(self):
        seq = {"steps": [{"on": "a"}, {"on": "b"}], "within": "P9D", "same": ["item"],
               "strict": True}
        events = [event("1", "05", "a", item=1), event("2", "06", "c", item=2),
                  event("3", "07", "b", item=1)]
        self.assertEqual(self.decided(seq, events), ["r [] 1: granted 07T12:00 3"])
        self.assertEqual(self.decided(seq, events + [event("4", "06", "a", item=1)]),
                         ["r [] 1: granted 07T12:00 3"])  # From the second one on, it is strict.
        self.assertEqual(self.decided(seq, events + [event("4", "06", "c", item=1)]), [])


class Holdings(unittest.TestCase):
    BASE = rule(at_least(COUNT, 2), rule_id="a", policy={"revoke": "maintained"})

    def test_held_follows_ever_stays_and_for_waits(self):
        events = [event("1", "05"), event("2", "06"), event("x", "10", "undo", retracts="1")]
        base = ["a [] 1: granted 06T12:00 2", "a [] 1: revoked 10T12:00 x"]
        for has, expected in (
                ({"badge": "A"}, ["b [] 1: granted 06T12:00 2", "b [] 1: revoked 10T12:00 x"]),
                ({"badge": "A", "state": "ever"}, ["b [] 1: granted 06T12:00 2"]),
                ({"badge": "A", "for": "P3D"}, ["b [] 1: granted 09T12:00 window_end",
                                                "b [] 1: revoked 10T12:00 x"]),
                ({"badge": "A", "for": "P4D"}, [])):
            book = [{"id": "b", "badge": "B", "when": {"has": has},
                     "policy": {"revoke": "maintained"}}, self.BASE]
            self.assertEqual(sorted(decide(book, events, until="31")), sorted(base + expected), has)

    def test_a_badge_of_the_same_key(self):
        bronze = rule(at_least(COUNT, 1), rule_id="a", badge="${0}/bronze", key=["tag"])
        silver = rule({"and": [at_least(COUNT, 2), {"has": {"badge": "${0}/bronze"}}]},
                      rule_id="b", key=["tag"])
        self.assertEqual(decide([silver, bronze], [event("1", "05", tag="x"),
                                                   event("2", "06", tag="y"),
                                                   event("3", "07", tag="x")]),
                         ["a [x] 1: granted 05T12:00 1", "a [y] 1: granted 06T12:00 2",
                          "b [x] 1: granted 07T12:00 3"])

    def test_rules_that_look_at_each_other_are_refused(self):
        with self.assertRaises(ValueError):
            decide([rule({"has": {"badge": "B"}}, rule_id="a"),
                    rule({"has": {"badge": "A"}}, rule_id="b")], [event("1", "05")])


class Expressions(unittest.TestCase):
    def test_the_profile_is_that_of_the_events_own_time(self):
        book = rule(at_least({"agg": {"f": "count",
                                      "where": {"==": [{"var": "user.plan"}, "pro"]}}}, 2))
        events = [event("p", "05", "profile", plan="pro"), event("1", "05"), event("2", "06"),
                  event("x", "06", "undo", retracts="p"), event("3", "07")]
        self.assertEqual(decide(book, events), [])  # Taken back at the time of event 2.
        events[3] = event("x", "06T12:01", "undo", retracts="p")
        self.assertEqual(decide(book, events), ["r [] 1: granted 06T12:00 2"])

    def test_days_are_those_of_the_profiles_zone(self):
        book = rule(at_least({"agg": {"f": "distinct", "of": {"var": "local.date"}}}, 2))
        events = [event("p", "05", "profile", zone="Asia/Shanghai"), event("1", "05T15:00"),
                  event("2", "05T16:00")]
        self.assertEqual(decide(book, events), ["r [] 1: granted 05T16:00 2"])
        self.assertEqual(decide(book, events[1:]), [])


class Policies(unittest.TestCase):
    def test_grace_puts_a_revoke_off_and_a_recovery_cancels_it(self):
        book = rule(at_least({"agg": {"f": "count", "win": {"last": "P2D"}}}, 1),
                    policy={"revoke": "maintained", "grace": "P3D"})
        self.assertEqual(decide(book, [event("1", "05"), event("2", "10")], until="31"),
                         ["r [] 1: granted 05T12:00 1", "r [] 1: revoked 15T12:00 window_end"])
        self.assertEqual(decide(book, [event("1", "05"), event("2", "10T12:01")], until="11"),
                         ["r [] 1: granted 05T12:00 1", "r [] 1: revoked 10T12:00 window_end",
                          "r [] 2: granted 10T12:01 2"])

    def test_every_nth_and_several_at_once(self):
        book = rule(at_least({"agg": {"f": "sum", "of": VALUE}}, 10),
                    policy={"every": 5, "revoke": "maintained"})
        self.assertEqual(decide(book, [event("1", "05", value=9), event("2", "06", value=8),
                                       event("3", "07", value=-5), event("4", "08", value=3)]),
                         ["r [] 1: granted 06T12:00 2", "r [] 2: granted 06T12:00 2",
                          "r [] 2: revoked 07T12:00 3", "r [] 3: granted 08T12:00 4"])

    def test_what_was_redeemed_is_owed_when_it_is_no_longer_earned(self):
        book = rule(at_least({"agg": {"f": "sum", "of": VALUE}}, 10),
                    policy={"every": 10, "revoke": "until_redeemed"})
        redeem = [{"user_id": "ada", "rule_id": "r", "key": [], "n": n, "command_id": f"c{n}",
                   "at": f"2026-01-0{n + 5}T12:00:00Z"} for n in (1, 2)]
        events = [event("1", "05", value=31), event("2", "08", value=-12)]
        granted = [f"r [] {n}: granted 05T12:00 1" for n in (1, 2, 3)]
        self.assertEqual(
            decide(book, events, redemptions=redeem),
            [granted[0], "r [] 1: redeemed 06T12:00 c1", granted[1], "r [] 2: redeemed 07T12:00 c2",
             "r [] 2: debt 08T12:00 2", granted[2], "r [] 3: revoked 08T12:00 2"])
        # 29 pay the debt, and only 30 earn the next.
        self.assertEqual(
            decide(book, events + [event("3", "09", value=10)], redemptions=redeem)[4:],
            [granted[2], "r [] 3: revoked 08T12:00 2"])
        paid = decide(book, events + [event("3", "09", value=10), event("4", "10", value=1)],
                      redemptions=redeem)
        self.assertEqual(paid[4:], [granted[2], "r [] 3: revoked 08T12:00 2",
                                    "r [] 4: granted 10T12:00 4"])

    def test_cooldown_puts_the_next_off(self):
        book = rule(at_least(COUNT, 1), policy={"every": 1, "cooldown": "P2D"})
        self.assertEqual(decide(book, [event("1", "05"), event("2", "05"), event("3", "06")],
                                until="31"),
                         ["r [] 1: granted 05T12:00 2", "r [] 2: granted 07T12:00 window_end",
                          "r [] 3: granted 09T12:00 window_end"])

    def test_an_expired_grant_comes_again_only_after_a_fall(self):
        book = rule(at_least({"agg": {"f": "count", "win": {"last": "P5D"}}}, 1),
                    policy={"revoke": "maintained"}, valid={"expires": {"after": "P2D"}})
        self.assertEqual(decide(book, [event("1", "05"), event("2", "08"), event("3", "20")],
                                until="20"),
                         ["r [] 1: granted 05T12:00 1", "r [] 1: expired 07T12:00 window_end",
                          "r [] 2: granted 20T12:00 3"])

    def test_expiry_at_the_end_of_a_local_month(self):
        book = rule(at_least(COUNT, 1), valid={"expires": {"cal_end": "month", "plus": "P1D"}})
        self.assertEqual(decide(book, [event("1", "05", zone="Asia/Shanghai")],
                                until="2026-03-01T00:00:00Z"),
                         ["r [] 1: granted 05T12:00 1",
                          "r [] 1: expired 2026-02-01T16:00 window_end"])

    def test_nothing_is_granted_outside_of_validity(self):
        book = rule(at_least(COUNT, 1), key=["item"],
                    valid={"from": "2026-01-06T00:00:00Z", "to": "2026-01-08T00:00:00Z"})
        self.assertEqual(decide(book, [event("1", "05", item="a"), event("2", "07", item="b"),
                                       event("3", "08", item="c")]),
                         ["r [a] 1: granted 06T00:00 window_end", "r [b] 1: granted 07T12:00 2"])

    def test_the_higher_of_a_group_displaces_the_lower_and_gives_way_again(self):
        def tier(rule_id, rank, least):
            return rule(at_least({"agg": {"f": "sum", "of": VALUE}}, least), rule_id=rule_id,
                        policy={"revoke": "maintained", "group": {"name": "tier", "rank": rank}})
        events = [event("1", "05", value=5), event("2", "06", value=5), event("3", "07", value=-6),
                  event("4", "08", value=-9), event("5", "09", value=30)]
        self.assertEqual(decide([tier("low", 1, 3), tier("high", 2, 10)], events),
                         ["low [] 1: granted 05T12:00 1", "low [] 1: revoked 06T12:00 2",
                          "high [] 1: granted 06T12:00 2", "high [] 1: revoked 07T12:00 3",
                          "low [] 2: granted 07T12:00 3", "low [] 2: revoked 08T12:00 4",
                          "high [] 2: granted 09T12:00 5"])


class Emission(unittest.TestCase):
    def test_a_derived_event_counts_from_its_grant_and_is_taken_back_with_it(self):
        source = rule(at_least({"agg": {"f": "sum", "of": VALUE}}, 1), rule_id="a", key=["post"],
                      policy={"revoke": "maintained"},
                      emit={"type": "good", "fields": {"post": "${0}"}})
        target = rule(at_least({"agg": {"f": "distinct", "of": {"var": "event.post"}}}, 2),
                      on=("good",), policy={"revoke": "maintained"})
        events = [event("1", "05", post="x", value=1), event("2", "06", post="y", value=1),
                  event("3", "07", post="x", value=-1)]
        found = decide([target, source], events)
        self.assertEqual([line[:29] for line in found],
                         ["r [] 1: granted 06T12:00 emit", "r [] 1: revoked 07T12:00 emit"])
        self.assertTrue(found[1].endswith(":end"))


if __name__ == "__main__":
    unittest.main()
