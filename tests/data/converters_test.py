#!/usr/bin/env python3
"""Tests of the converters over small made-up files: other spellings, missing files, bad lines."""

import json
import os
import subprocess
import sys
import tempfile
import unittest

import event_sorter

HERE = os.path.dirname(os.path.abspath(__file__))

POSTS = """<?xml version="1.0" encoding="utf-8"?>
<posts>
  <row Id="1" PostTypeId="1" CreationDate="2020-01-01T10:00:00.500" OwnerUserId="7" Tags="%s" />
  <row Id="2" PostTypeId="2" ParentId="1" CreationDate="2020-03-05T10:00:00.000" OwnerUserId="7"
       CommunityOwnedDate="2020-03-07T00:00:00.000" />
  <row Id="3" PostTypeId="2" ParentId="1" CreationDate="2020-01-02T10:00:00.000" OwnerUserId="8" />
  <row Id="4" PostTypeId="2" ParentId="1" CreationDate="2020-01-02T11:00:00.000" OwnerUserId="-1" />
</posts>"""

VOTES = """<?xml version="1.0" encoding="utf-8"?>
<votes>
  <row Id="1" PostId="1" VoteTypeId="2" CreationDate="2020-01-01T00:00:00.000" />
  <row Id="2" PostId="1" VoteTypeId="3" CreationDate="2020-01-01T00:00:00.000" />
  <row Id="3" PostId="3" VoteTypeId="1" CreationDate="2020-01-03T00:00:00.000" />
  <row Id="4" PostId="2" VoteTypeId="2" CreationDate="2020-03-08T00:00:00.000" />
  <row Id="5" PostId="99" VoteTypeId="2" CreationDate="2020-03-08T00:00:00.000" />
  <row Id="6" PostId="1" VoteTypeId="8" UserId="9" CreationDate="2020-03-09T00:00:00.000"
       BountyAmount="50" />
</votes>"""


def convert(script, *arguments):
    done = subprocess.run([sys.executable, os.path.join(HERE, script), *arguments],
                          capture_output=True, check=False)
    events = [json.loads(line) for line in done.stdout.decode("utf-8").splitlines()]
    return done.returncode, events, done.stderr.decode("utf-8")


class InFolder(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = holder.name

    def write(self, name, content):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode("utf-8"))
        return path


class StackExchange(InFolder):
    def events(self, tags="&lt;a&gt;&lt;b c&gt;", votes=VOTES):
        self.write("Posts.xml", POSTS % tags)
        if votes:
            self.write("Votes.xml", votes)
        code, events, self.said = convert("stackexchange_to_events.py", self.folder)
        self.assertEqual(code, 0, self.said)
        return {event["event_id"]: event for event in events}

    def test_votes_keep_the_order_of_their_ids_and_are_not_older_than_their_post(self):
        events = self.events()

        self.assertEqual(events["vote-1"]["occurred_at"], "2020-01-01T10:00:00.501Z")
        self.assertEqual(events["vote-2"]["occurred_at"], "2020-01-01T10:00:00.502Z")
        self.assertEqual([events["vote-1"]["attributes"]["value"],
                          events["vote-2"]["attributes"]["value"]], [1, -1])

    def test_an_accept_is_told_to_both(self):
        events = self.events()

        self.assertEqual((events["vote-3-accept"]["user_id"], events["vote-3-accept"]["type"]),
                         ("7", "accept"))
        self.assertEqual((events["vote-3-accepted"]["user_id"], events["vote-3-accepted"]["type"]),
                         ("8", "accepted"))

    def test_an_answer_says_what_the_dump_says_of_it(self):
        events = self.events()

        late = events["post-2"]["attributes"]["post"]
        self.assertEqual(late, {"id": "2", "kind": "answer", "day": "2020-03-05",
                                "tags": ["a", "b c"], "wiki": False,
                                "question": "1", "first": False, "own_question": True,
                                "after_seconds": 64 * 86400 - 1})
        self.assertTrue(events["post-3"]["attributes"]["post"]["first"])
        self.assertTrue(events["vote-4"]["attributes"]["post"]["wiki"])

    def test_both_spellings_of_tags_are_read(self):
        self.assertEqual(self.events("|a|b c|")["post-1"], self.events()["post-1"])

    def test_missing_files_are_said_and_the_rest_is_converted(self):
        events = self.events(votes=None)

        self.assertEqual(set(events), {"post-1", "post-2", "post-3"})
        for name in ("Votes.xml", "Comments.xml", "PostHistory.xml"):
            self.assertIn("no " + name, self.said)

    def test_what_becomes_no_event_is_counted(self):
        self.events()

        self.assertIn("skipped 1 votes on posts that the dump does not have", self.said)
        self.assertIn("skipped 1 answer events of nobody", self.said)

    def test_events_come_in_order_of_time(self):
        self.events()
        _, events, _ = convert("stackexchange_to_events.py", self.folder)

        times = [event["occurred_at"] for event in events]
        self.assertEqual(times, sorted(times))

    def test_a_folder_that_is_none_is_an_error(self):
        self.assertEqual(convert("stackexchange_to_events.py", self.folder + "/none")[0], 66)


HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"


class OnlineRetail(InFolder):
    def events(self, content, *options):
        path = self.write("lines.csv", content)
        code, events, self.said = convert("online_retail_to_events.py", *options, path)
        self.assertEqual(code, 0, self.said)
        return events

    def test_dates_and_customers_of_both_spellings_are_the_same_events(self):
        plain = self.events(HEADER + "1,A,x,2,2010-12-01 08:26:00,2.55,17850.0,UK\n")
        other = self.events(HEADER + '1,A,"x, y",2,12/1/2010 8:26,2.55,17850,UK\n')

        self.assertEqual(plain, other)
        event, = plain
        self.assertEqual((event["user_id"], event["occurred_at"], event["amount"]["value"]),
                         ("17850", "2010-12-01T08:26:00.000Z", "5.10"))

    def test_slashes_may_be_day_first_if_so_said(self):
        event, = self.events(HEADER + "1,A,x,2,1/12/2010 8:26,2.55,17850,UK\n", "--day-first")
        self.assertEqual(event["occurred_at"], "2010-12-01T08:26:00.000Z")

    def test_the_second_edition_with_a_mark_and_semicolons_is_read(self):
        event, = self.events("\ufeffInvoice;StockCode;Description;Quantity;InvoiceDate;Price;"
                             "Customer ID;Country\r\n1;A;x;2;2010-12-01 08:26;2,55;17850;UK\r\n")
        self.assertEqual(event["amount"], {"value": "5.10", "currency": "GBP"})

    def test_latin_1_is_read(self):
        line = b"1,A,\xa35 bag,1,2010-12-01 08:26:00,5,1,R\xe9union\n"
        event, = self.events(HEADER.encode() + line)
        self.assertEqual(event["attributes"]["country"], "R\u00e9union")

    def test_the_sign_decides_and_amounts_are_never_negative(self):
        events = self.events(HEADER + "1,A,x,2,2010-12-01 08:26:00,1.00,1,UK\n"
                             "C2,A,x,-2,2010-12-01 08:27:00,1.00,1,UK\n"
                             "3,B,adjustment,1,2010-12-01 08:28:00,-7.5,1,UK\n"
                             "4,A,gift,1,2010-12-01 08:29:00,0,1,UK\n"
                             "5,A,lost,-3,2010-12-01 08:30:00,0,1,UK\n"
                             "C6,A,x,-2,2010-12-01 08:31:00,0.001,1,UK\n")
        self.assertEqual([(event["type"], event["amount"]["value"]) for event in events],
                         [("purchase", "2.00"), ("refund", "2.00"), ("refund", "7.50"),
                          ("purchase", "0.00"), ("refund", "0.00"), ("refund", "0.00")])

    def test_lines_without_a_customer_are_counted_and_keep_their_number(self):
        event, = self.events(HEADER + "1,A,x,2,2010-12-01 08:26:00,1,,UK\n"
                             "1,A,x,2,2010-12-01 08:26:00,1,5,UK\n")
        self.assertEqual(event["event_id"], "1-00002")
        self.assertIn("skipped 1 lines without a customer", self.said)

    def test_a_bad_line_is_named(self):
        path = self.write("bad.csv", HEADER + "1,A,x,two,2010-12-01 08:26:00,1,5,UK\n")
        code, _, said = convert("online_retail_to_events.py", path)
        self.assertEqual(code, 65)
        self.assertIn("bad.csv:2:", said)

    def test_a_foreign_file_is_refused(self):
        path = self.write("bad.csv", "a,b\n1,2\n")
        code, _, said = convert("online_retail_to_events.py", path)
        self.assertEqual(code, 65)
        self.assertIn("no column for invoice", said)


class Sorting(unittest.TestCase):
    def test_runs_on_disk_and_memory_are_merged_by_time_then_id(self):
        sorter = event_sorter.EventSorter(run_events=3)
        for number in (5, 1, 4, 1, 3, 9, 2, 6):
            sorter.add(number, f"id-{number}", f"{number} \u00e9")

        lines = list(sorter.lines())

        self.assertEqual(lines, [f"{number} \u00e9" for number in (1, 1, 2, 3, 4, 5, 6, 9)])
        self.assertEqual(len(sorter.runs), 2)


if __name__ == "__main__":
    unittest.main()
