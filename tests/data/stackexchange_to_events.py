#!/usr/bin/env python3
"""Turns a Stack Exchange data dump into Laurel events (NDJSON on stdout, in order of time).

    stackexchange_to_events.py DUMP_DIR > events.ndjson

DUMP_DIR holds the XML files of one site. Posts.xml and Votes.xml carry most of it; Comments.xml and
PostHistory.xml are used where present; no other file is read. What a missing file takes with it is
said on stderr, as is every row that no event could be made of.

One row becomes at most two events, and says of itself only what the dump says of that row and of
the post it is about. No badge is computed here. README.md beside this file has the table of events.

Memory: one small tuple per post; the events are sorted in runs on disk.
"""

import argparse
import collections
import datetime
import json
import os
import sys
from xml.etree import ElementTree

import event_sorter

COMMUNITY_USER = "-1"  # The site's own background process. It earns nothing.

POST_KINDS = {"1": "question", "2": "answer", "3": "wiki", "4": "tag_excerpt", "5": "tag_wiki",
              "6": "nomination", "7": "wiki_placeholder", "8": "privilege_wiki"}
VOTE_VALUES = {"2": 1, "3": -1}
VOTE_ACCEPT, VOTE_FAVORITE, VOTE_BOUNTY_START, VOTE_BOUNTY_END = "1", "5", "8", "9"
EDIT_KINDS = {"1": "initial_title", "2": "initial_body", "3": "initial_tags",
              "4": "title", "5": "body", "6": "tags",
              "7": "rollback_title", "8": "rollback_body", "9": "rollback_tags"}

# What is known of a post: everything an event about it may repeat.
Post = collections.namedtuple("Post", "kind owner parent created tags wiki_from first")


def to_ms(text):
    """Milliseconds since the epoch of a dump's date, which is UTC without saying so."""
    return event_sorter.to_ms(datetime.datetime.fromisoformat(text.rstrip("Z")))


def split_tags(text):
    """Both spellings that dumps have used: "<a><b>" and "|a|b|"."""
    if not text:
        return ()
    return tuple(sys.intern(tag) for tag in text.replace("><", "|").strip("<>|").split("|") if tag)


def rows(path):
    """The attributes of each row of a dump file, in file order, which is the order of ids."""
    root = None
    for step, element in ElementTree.iterparse(path, events=("start", "end")):
        if root is None:
            root = element
        elif step == "end" and element.tag == "row":
            yield element.attrib
            root.clear()


class Converter:
    """Reads the files of one dump, one after the other, and collects their events."""

    def __init__(self, folder):
        self.folder = folder
        self.posts = {}
        self.votes_of_day = collections.Counter()
        self.out = event_sorter.EventSorter()
        self.made = collections.Counter()
        self.skipped = collections.Counter()

    def run(self):
        # Posts first: every other file is about them.
        self.each("Posts.xml", self.learn_post)
        self.mark_first_answers()
        for post_id in self.posts:
            self.post_event(post_id)
        self.each("Votes.xml", self.vote)
        self.each("Comments.xml", self.comment)
        self.each("PostHistory.xml", self.edit)

    def each(self, name, take):
        path = self.find(name)
        if path is None:
            print(f"stackexchange_to_events: no {name}, so no events of it", file=sys.stderr)
            return
        for row in rows(path):
            take(row)

    def find(self, name):
        """Dumps of different years differ in the case of file names."""
        for entry in sorted(os.listdir(self.folder)):
            if entry.lower() == name.lower():
                return os.path.join(self.folder, entry)
        return None

    # -- posts --------------------------------------------------------------------

    def learn_post(self, row):
        wiki_from = row.get("CommunityOwnedDate")
        self.posts[row["Id"]] = Post(
            kind=POST_KINDS.get(row.get("PostTypeId"), "other"),
            owner=row.get("OwnerUserId"), parent=row.get("ParentId"),
            created=to_ms(row["CreationDate"]), tags=split_tags(row.get("Tags")),
            wiki_from=to_ms(wiki_from) if wiki_from else None, first=False)

    def mark_first_answers(self):
        """An answer is first if no other answer to its question was there when it came."""
        earliest = {}
        for post_id, post in self.posts.items():
            if post.kind == "answer":
                rank = (post.created, int(post_id))
                earliest[post.parent] = min(earliest.get(post.parent, rank), rank)
        for _, post_id in earliest.values():
            self.posts[str(post_id)] = self.posts[str(post_id)]._replace(first=True)

    def post_event(self, post_id):
        post = self.posts[post_id]
        if post.kind in ("question", "answer"):
            self.emit(f"post-{post_id}", post.owner, post.kind, post.created, post_id)

    # -- votes --------------------------------------------------------------------

    def vote(self, row):
        vote_type, post_id = row["VoteTypeId"], row["PostId"]
        at = self.vote_time(row["CreationDate"], post_id)
        post = self.posts.get(post_id)
        event_id = "vote-" + row["Id"]
        if post is None:
            self.skipped["votes on posts that the dump does not have"] += 1
        elif vote_type in VOTE_VALUES:
            self.emit(event_id, post.owner, "vote", at, post_id, value=VOTE_VALUES[vote_type])
        elif vote_type == VOTE_ACCEPT:
            # One act, two people: who asked has accepted, who answered was accepted.
            asker = self.posts[post.parent].owner if post.parent in self.posts else None
            self.emit(event_id + "-accept", asker, "accept", at, post_id)
            self.emit(event_id + "-accepted", post.owner, "accepted", at, post_id)
        elif vote_type == VOTE_FAVORITE:
            self.emit(event_id, post.owner, "favorite", at, post_id, by=row.get("UserId"))
        elif vote_type == VOTE_BOUNTY_START:
            self.emit(event_id, row.get("UserId"), "bounty_offered", at, post_id,
                      reputation=int(row.get("BountyAmount") or 0),
                      own_post=row.get("UserId") == post.owner)
        elif vote_type == VOTE_BOUNTY_END:
            self.emit(event_id, post.owner, "bounty_won", at, post_id,
                      reputation=int(row.get("BountyAmount") or 0))
        else:
            self.skipped["votes of kinds that no event stands for"] += 1

    def vote_time(self, date, post_id):
        """When a vote was cast, as nearly as the dump tells.

        The date is cut to the day, so the later of it and the post's creation is the earliest the
        vote can be. Ids keep the order: the k-th vote of a day gets k milliseconds on top, so that
        votes on one post follow each other as they were cast and none shares a step.
        """
        day = to_ms(date)
        self.votes_of_day[day] += 1
        post = self.posts.get(post_id)
        earliest = max(day, post.created) if post else day
        return earliest + self.votes_of_day[day]

    # -- comments and edits -------------------------------------------------------

    def comment(self, row):
        self.emit("comment-" + row["Id"], row.get("UserId"), "comment",
                  to_ms(row["CreationDate"]), row["PostId"])

    def edit(self, row):
        kind = EDIT_KINDS.get(row["PostHistoryTypeId"])
        if kind is None:
            self.skipped["history entries that are not edits"] += 1
            return
        post = self.posts.get(row["PostId"])
        self.emit("edit-" + row["Id"], row.get("UserId"), "edit", to_ms(row["CreationDate"]),
                  row["PostId"], edit=kind, revision=row.get("RevisionGUID"),
                  own_post=post is not None and post.owner == row.get("UserId"))

    # -- events -------------------------------------------------------------------

    def emit(self, event_id, user, event_type, at, post_id, **facts):
        if not user or user == COMMUNITY_USER:
            self.skipped[f"{event_type} events of nobody (deleted or the site itself)"] += 1
            return
        attributes = {"post": self.post_facts(post_id, at)}
        attributes.update((name, value) for name, value in facts.items() if value is not None)
        line = json.dumps({"event_id": event_id, "user_id": user, "type": event_type,
                           "occurred_at": event_sorter.to_rfc3339(at), "attributes": attributes},
                          ensure_ascii=False, separators=(",", ":"))
        self.out.add(at, event_id, line)
        self.made[event_type] += 1

    def post_facts(self, post_id, at):
        post = self.posts.get(post_id)
        if post is None:
            return {"id": post_id}
        facts = {"id": post_id, "kind": post.kind, "tags": list(post.tags),
                 "day": event_sorter.to_rfc3339(post.created)[:10],
                 "wiki": post.wiki_from is not None and post.wiki_from <= at}
        question = self.posts.get(post.parent) if post.kind == "answer" else None
        if post.kind == "answer":
            facts["question"] = post.parent
            facts["first"] = post.first
        if question is not None:
            facts["tags"] = list(question.tags)
            facts["own_question"] = post.owner is not None and post.owner == question.owner
            # How late the answer came, in whole seconds.
            facts["after_seconds"] = max(0, post.created - question.created) // 1000
        return facts


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dump", help="folder with the XML files of one site")
    folder = parser.parse_args().dump
    if not os.path.isdir(folder):
        print(f"stackexchange_to_events: {folder} is not a folder", file=sys.stderr)
        return 66
    converter = Converter(folder)
    converter.run()
    for line in converter.out.lines():
        sys.stdout.write(line + "\n")
    report = ", ".join(f"{count} {name}" for name, count in sorted(converter.made.items()))
    print(f"stackexchange_to_events: {report or 'no events'}", file=sys.stderr)
    for what, count in sorted(converter.skipped.items()):
        print(f"stackexchange_to_events: skipped {count} {what}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    # A console's own encoding must not decide what bytes an event has.
    sys.stdout.reconfigure(encoding="utf-8", newline="\n")
    try:
        sys.exit(main())
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
