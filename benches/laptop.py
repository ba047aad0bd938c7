#!/usr/bin/env python3
"""Makes a tree like the homes of a developer's laptop, to measure the endpoint agent.

    benches/laptop.py DIRECTORY [FILES]      (300,000 files)

Three homes: projects with node_modules, git repositories (loose objects and packs, keys in their
histories), package caches (text and compressed), registries, browser and editor caches, logs, archives,
documents, pictures. Keys of testdata/ are planted in one folder of some hundred, and where people keep
them; DIRECTORY/planted.txt names the places. The same arguments make the same files.
"""
import gzip
import os
import random
import subprocess
import sys
import zipfile

from make_history import Author

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
USERS = ("ada", "bob", "eve")
KEYS = ("openssh/good-ed25519", "openssh/good-rsa-2048", "openssh/good-ecdsa-256", "openssh/good-ecdsa-384",
        "openssh/good-rsa-3072-aes256-cbc", "jwk/good-ec-p256.jwk", "jwk/good-rsa-2048.jwk", "jwk/good-js-object.js",
        "jks/good-rsa-2048.jks", "pkcs8/good-ed25519.pem", "pkcs1/good-rsa-4096.pem")
# Where people keep keys, in a home.
KEPT = (".ssh/id_ed25519", "Downloads/key (1).pem", "Desktop/old/backup.pem", ".config/tool/signing.json", "work/notes/key.txt")


class Laptop:
    def __init__(self, folder, files):
        self.folder, self.files = folder, files
        self.dice = random.Random(8)
        self.made = 0
        self.planted = []
        author = Author(8)
        # Blocks of source text that files are put together from.
        self.blocks = ["\n".join(author.line() for _ in range(40)).encode() + b"\n" for _ in range(3_000)]
        self.noise = self.dice.randbytes(8 << 20)

    def size(self):
        """Most files are small: the median is 1.1 kB, one in a hundred has more than 22 kB."""
        return int(min(4_000_000, self.dice.lognormvariate(7.0, 1.3)))

    def text(self, size):
        out = bytearray()
        while len(out) < size:
            out += self.dice.choice(self.blocks)
        return bytes(out[:size])

    def binary(self, size):
        at = self.dice.randrange(len(self.noise) - min(size, len(self.noise) - 1))
        return self.noise[at:at + size]

    def write(self, path, body):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        self.made += not os.path.exists(path)
        with open(path, "wb") as out:
            out.write(body)

    def plant(self, path):
        """Puts a key at a place."""
        key = KEYS[len(self.planted) % len(KEYS)]
        with open(os.path.join(HERE, "testdata", key), "rb") as source:
            self.write(path, source.read())
        self.planted.append(path)

    def folder_of(self, parent, names, count, body):
        """Fills a folder with files."""
        for number in range(count):
            self.write(os.path.join(parent, names.format(number)), body(self.size()))

    def package(self, home, number):
        """A folder of node_modules or of another package manager."""
        root = self.dice.choice(("work/project{}/node_modules/lib{}", "work/project{}/node_modules/@scope{}/lib", ".cargo/registry/src/index{}/crate-{}",
                                 "work/project{}/.venv/lib/python3/site-packages/p{}", "go/pkg/mod/host{}/module{}"))
        parent = os.path.join(home, root.format(number % 61, number))
        for part in self.dice.sample(("", "lib", "dist", "src", "test", "docs", "types"), self.dice.randint(1, 4)):
            name = self.dice.choice(("f{}.js", "f{}.d.ts", "f{}.py", "f{}.rs", "f{}.md", "f{}.json"))
            self.folder_of(os.path.join(parent, part), name, self.dice.randint(3, 14), self.text)

    def cache(self, home, number):
        """Caches of browsers, editors and package managers: small files with names of hashes."""
        root = self.dice.choice((".cache/browser/Cache_Data", ".npm/_cacache/content-v2/sha512", ".cache/pip/http-v2", ".config/editor/User/History"))
        parent = os.path.join(home, root, f"{number % 256:02x}", f"{number:04x}")
        for name in range(self.dice.randint(2, 10)):
            kind = self.dice.random()
            size = self.size()
            body = self.binary(size) if kind < 0.4 else gzip.compress(self.text(size), 6, mtime=0) if kind < 0.7 else self.text(size)
            self.write(os.path.join(parent, f"{name:032x}"), body)

    def documents(self, home, number):
        """Logs, pictures, documents, an archive now and then."""
        parent = os.path.join(home, self.dice.choice(("Documents", "Pictures", ".local/share/app/logs", "Downloads")), f"d{number}")
        self.folder_of(parent, "picture{}.jpg", self.dice.randint(0, 4), self.binary)
        self.folder_of(parent, "note{}.txt", self.dice.randint(1, 8), self.text)
        if number % 20 == 0:
            path = os.path.join(parent, "archive.zip")
            with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
                for name in range(20):
                    out.writestr(zipfile.ZipInfo(f"src/f{name}.py", (2026, 1, 1, 0, 0, 0)), self.text(self.size()))
            self.made += 1

    def repository(self, home, number):
        """A clone: a history in a pack or in loose objects, a work tree, a key that was taken out again."""
        parent = os.path.join(home, f"src/repository{number}")
        os.makedirs(parent)
        quiet = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b.example", "GIT_COMMITTER_NAME": "a",
                 "GIT_COMMITTER_EMAIL": "a@b.example", "GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z", "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z"}
        git = lambda *args: subprocess.run(["git", "-C", parent, *args], check=True, env=quiet, stdout=subprocess.DEVNULL)
        git("init", "-q")
        for commit in range(6):
            for name in range(30):
                if commit == 0 or self.dice.random() < 0.3:
                    self.write(os.path.join(parent, f"m{name % 7}", f"f{name}.c"), self.text(self.size()))
            if number % 4 == 0 and commit == 2:
                with open(os.path.join(HERE, "testdata", "openssh", "good-ecdsa-521"), "rb") as source:
                    self.write(os.path.join(parent, "deploy.key"), source.read())
            if number % 4 == 0 and commit == 3:
                os.remove(os.path.join(parent, "deploy.key"))
                self.made -= 1
            git("add", "-A")
            git("commit", "-q", "-m", f"change {commit}")
        if number % 2 == 0:
            git("gc", "-q")
        self.made += sum(len(names) for _, _, names in os.walk(os.path.join(parent, ".git")))

    def make(self):
        homes = [os.path.join(self.folder, "homes", user) for user in USERS]
        for home in homes:
            for path in KEPT:
                self.plant(os.path.join(home, path))
        repositories = max(3, self.files // 5_000)
        number = 0
        while self.made < self.files:
            home = homes[number % len(homes)]
            if number < repositories:
                self.repository(home, number)
            kind = self.dice.random()
            (self.package if kind < 0.62 else self.cache if kind < 0.9 else self.documents)(home, number)
            if number % 300 == 299:
                self.plant(os.path.join(home, f"work/project{number % 61}/config/k{number}/key"))
            number += 1
        with open(os.path.join(self.folder, "planted.txt"), "w") as out:
            out.writelines(path + "\n" for path in self.planted)


def make(folder, files):
    """Makes the tree unless it is there; returns the folder of the homes."""
    homes = os.path.join(folder, "homes")
    mark = os.path.join(folder, f"made-{files}")
    if not os.path.exists(mark):
        if os.path.exists(homes):
            sys.exit(f"{homes} is there, and was not made for {files} files")
        Laptop(folder, files).make()
        open(mark, "w").close()
    return homes


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    make(os.path.abspath(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) == 3 else 300_000)
