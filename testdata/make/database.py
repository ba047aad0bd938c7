"""Writes an SQLite database with the key in/ner.pem, for archive.sh.

  database.py FILE KIND

Pages have 1024 bytes, and the row with the key is so long that 103 bytes of it stand
on the leaf (section 1.6 of the file format), and 1020 on each overflow page: the key
is cut in two. Kinds: `text`, `utf-16`; `deleted`: another long row was deleted, then that with the
key, so that its beginning is left on the leaf; `dropped`: the table was, and its
pages still have all; `wiped`: the leaf was used again, too.
"""

import sqlite3
import sys

path, kind = sys.argv[1:]
key = open("in/ner.pem").read()
database = sqlite3.connect(path, isolation_level=None)
ask = database.execute
ask("pragma page_size = 1024")
# Debian's SQLite wipes what it deletes; that of Python's own packages, browsers
# and phones does not.
ask("pragma secure_delete = off")
if kind == "utf-16":
    ask("pragma encoding = 'UTF-16le'")
ask("create table keys (id integer primary key, name text, [the key])")
# Before the text, a record has 5 bytes of header and the name.
width = 2 if kind == "utf-16" else 1
start = 5 + width * len("signer")
# Where the leaf is gone, the key is cut between the second overflow page and the third.
before = " " * (103 + 2 * 1020 - start - 61) + "\n" if kind == "wiped" else ""
after = (103 + 4 * 1020 - start) // width - len(before) - len(key)
for name, text in [("first", "x" * 2000), ("signer", before + key + "y" * after), ("last", "z")]:
    ask("insert into keys (name, [the key]) values (?, ?)", (name, text))
if kind == "deleted":
    ask("delete from keys where name = 'first'")
    ask("delete from keys where name = 'signer'")
if kind in ("dropped", "wiped"):
    ask("create table other (x)")
    ask("drop table keys")
database.close()
if kind == "wiped":
    with open(path, "r+b") as file:
        file.seek(1024)
        file.write(bytes(1024))
