#!/usr/bin/env python3
"""Makes a git repository with a long history of realistic edits, to measure the history sweep.

    benches/make_history.py DIRECTORY [--blobs 150000] [--keys 0] [--mention 0.0] [--seed 1]

Source-like files grow, shrink and are refactored over many commits: lines changed, blocks moved and
deleted, identifiers renamed, files copied and split, now and then a merge. The history is written
with `git fast-import` and repacked by git (`repack -adf`, depth 50, window 10), so its chains are
git's own. Without --keys the same arguments make the same blobs.

--keys N      plants N keys (made by openssl on the spot, for nothing else) and removes each some
              versions later, at various depths of the chains; their paths go to DIRECTORY/keys.txt.
--mention P   a share P of the files talks about private keys (the bare words, as documentation and
              parsers do), so that their blobs have a trigger and no key.
"""

import argparse
import pathlib
import random
import subprocess

WORDS = (
    "account buffer cache client commit config cursor data entry error event field file filter flag "
    "frame group handle header index input item job key label layer length limit line link list lock "
    "map mask merge message name node number object offset option order output packet page parent "
    "parse path pattern point pool port queue range read record reference region remote report "
    "request result root row scan schema session signal size source stack state stream string table "
    "target task thread time token total trace tree type update user value vector version view window"
).split()
TYPES = ["int", "char *", "size_t", "struct {} *", "unsigned long", "bool", "void *"]
MENTION = "/* reads files that start with -----BEGIN PRIVATE KEY----- and the like */"


class Author:
    """Writes and edits text the way people edit source code."""

    def __init__(self, seed):
        self.dice = random.Random(seed)

    def name(self):
        return "_".join(self.dice.choices(WORDS, k=self.dice.choice((1, 2, 2, 3))))

    def line(self):
        kind = self.dice.random()
        indent = "\t" * self.dice.choice((1, 1, 2, 2, 3))
        if kind < 0.25:
            return f"{indent}{self.dice.choice(TYPES).format(self.name())} {self.name()} = {self.name()}({self.name()});"
        if kind < 0.45:
            return f"{indent}if ({self.name()}->{self.name()} {self.dice.choice(('<', '!=', '=='))} {self.dice.randint(0, 4096)})"
        if kind < 0.65:
            return f"{indent}\treturn {self.name()}({self.name()}, &{self.name()}, {self.dice.randint(0, 255)});"
        if kind < 0.80:
            return f"{indent}/* {' '.join(self.dice.choices(WORDS, k=self.dice.randint(4, 11)))} */"
        if kind < 0.90:
            return f'{indent}{self.name()}("{" ".join(self.dice.choices(WORDS, k=4))}: %s\\n", {self.name()});'
        return ""

    def function(self):
        body = [self.line() for _ in range(self.dice.randint(6, 40))]
        return [f"static int {self.name()}(struct {self.name()} *{self.name()})", "{", *body, "}", ""]

    def file(self):
        lines = [f'#include "{self.name()}.h"' for _ in range(self.dice.randint(2, 9))] + [""]
        for _ in range(max(2, int(self.dice.lognormvariate(2.9, 0.9)))):
            lines += self.function()
        return lines[:12000]

    def edit(self, lines):
        """One commit's change to one file."""
        for _ in range(self.dice.choice((1, 1, 1, 2, 3, 6))):
            at = self.dice.randrange(len(lines) + 1)
            kind = self.dice.random()
            if kind < 0.40:
                lines[at : at + self.dice.randint(0, 3)] = [self.line() for _ in range(self.dice.randint(1, 5))]
            elif kind < 0.60:
                lines[at:at] = self.function()
            elif kind < 0.75:
                del lines[at : at + self.dice.randint(1, 25)]
            elif kind < 0.85:
                block = lines[at : at + self.dice.randint(5, 60)]
                del lines[at : at + len(block)]
                to = self.dice.randrange(len(lines) + 1)
                lines[to:to] = block
            else:
                old, new = self.dice.choice(WORDS), self.name()
                for number in range(at, min(len(lines), at + 200)):
                    lines[number] = lines[number].replace(old, new)
        if len(lines) > 9000:
            del lines[self.dice.randrange(4000) :][:4000]
        if len(lines) < 20:
            lines += self.function()


def key():
    """A fresh private key, PEM."""
    command = ["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()


def write(options, out, planted):
    """Writes the fast-import stream."""
    author = Author(options.seed)
    dice = author.dice
    files = {}
    blobs = mark = 0
    tips = []
    keys = sorted(dice.sample(range(options.blobs), min(options.keys, options.blobs)))
    pending = {}

    def put(text):
        data = text.encode()
        out.write(b"data %d\n%s\n" % (len(data), data))

    while blobs < options.blobs:
        mark += 1
        changed = {}
        removed = set()
        for _ in range(min(dice.choice((1, 1, 2, 2, 3, 5)), options.blobs - blobs)):
            kind = dice.random()
            if len(files) < 40 or (kind < 0.03 and len(files) < 4000):
                path = f"{author.name()}/{author.name()}_{mark}.c"
                files[path] = author.file()
                if dice.random() < options.mention:
                    files[path].insert(0, MENTION)
            else:
                # Few files change often, most seldom.
                ranked = list(files)
                path = ranked[int(len(ranked) * dice.random() ** 2)]
                if kind < 0.04:
                    copy = f"{author.name()}/{author.name()}_{mark}.c"
                    files[copy] = list(files[path])
                    path = copy
                author.edit(files[path])
            if keys and blobs >= keys[0]:
                keys.pop(0)
                at = dice.randrange(len(files[path]))
                pem = key()
                files[path][at:at] = pem
                pending[path] = (mark + dice.randint(1, 40), pem)
                planted.append(path)
            changed[path] = True
            blobs += 1
        for path, (until, pem) in list(pending.items()):
            if until <= mark and path in files:
                files[path] = [line for line in files[path] if line not in pem]
                changed[path] = True
                del pending[path]
                blobs += 1
        if dice.random() < 0.02 and len(files) > 60:
            path = dice.choice(list(files))
            if path not in changed:
                del files[path]
                pending.pop(path, None)
                removed.add(path)
        out.write(b"commit refs/heads/main\nmark :%d\n" % mark)
        when = 1_200_000_000 + mark * 3600
        out.write(b"committer A U Thor <author@example.com> %d +0000\n" % when)
        put(f"{author.name()}: {' '.join(dice.choices(WORDS, k=6))}\n\n{author.line()}\n")
        if mark > 1:
            out.write(b"from :%d\n" % (mark - 1))
        if mark % 25 == 0 and tips:
            out.write(b"merge :%d\n" % tips.pop(0))
        if mark % 25 == 3:
            tips.append(mark - 2)
        for path in removed:
            out.write(f"D {path}\n".encode())
        for path in changed:
            out.write(f"M 100644 inline {path}\n".encode())
            put("\n".join(files[path]) + "\n")
        out.write(b"\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("--blobs", type=int, default=150_000)
    parser.add_argument("--keys", type=int, default=0)
    parser.add_argument("--mention", type=float, default=0.0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    git = ["git", "-C", str(options.directory)]
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(options.directory)], check=True)
    planted = []
    importer = subprocess.Popen([*git, "fast-import", "--quiet"], stdin=subprocess.PIPE)
    with importer.stdin as out:
        write(options, out, planted)
    if importer.wait():
        raise SystemExit("git fast-import failed")
    subprocess.run([*git, "repack", "-adfq", "--depth=50", "--window=10"], check=True)
    subprocess.run([*git, "count-objects", "-v"], check=True)
    if planted:
        (options.directory / "keys.txt").write_text("".join(f"{path}\n" for path in planted))


if __name__ == "__main__":
    main()
