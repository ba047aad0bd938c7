#!/usr/bin/env python3
"""Scans a tree of archives and other binary files without keys, made of what is here.

usage: archives.py [--megabytes N] [--into DIR] PATH…      (cargo build --release first)

Regular files below the PATHs (sources, documentation, libraries; without private keys)
are packed into each kind of container until its share of N megabytes (200 if not
said) is reached; images, minified scripts, lock files and PDF files are copied as they
are. Each kind is scanned for itself, on one thread, then all of it on two. Required: no
finding, memory below 200 MB (VmHWM less the pages of files). Kinds whose tool is not
installed (zstd, lz4, 7z) are left out, and named.
"""
import argparse
import bz2
import gzip
import io
import json
import lzma
import os
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
import zlib

import paired

# What is copied as it stands.
PLAIN = {
    "images": (".png", ".jpg", ".jpeg", ".gif", ".webp", ".ico", ".svg"),
    "minified": (".min.js", ".min.css", ".min.js.map", ".wasm"),
    "locks": (".lock", "package-lock.json", "pnpm-lock.yaml", "go.sum", "yarn.lock"),
    "pdf-found": (".pdf",),
}
# What would be a finding is no food for this.
MARKS = (b"PRIVATE KEY", b"BEGIN PGP", b"\"kty\"")
LIMIT = 4 << 20
MEMORY_KB = 200_000


def files(paths):
    """Regular files of up to 4 MiB without a mark of a key, in the same order each time."""
    for path in paths:
        for folder, folders, names in os.walk(path):
            folders.sort()
            for name in sorted(names):
                full = os.path.join(folder, name)
                try:
                    if os.path.islink(full) or not 0 < os.path.getsize(full) <= LIMIT:
                        continue
                    with open(full, "rb") as file:
                        data = file.read()
                except OSError:
                    continue
                if not any(mark in data for mark in MARKS):
                    yield full, data


def tar_of(batch):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, data in batch:
            info = tarfile.TarInfo(name.lstrip("/"))
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


def zip_of(batch, method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in batch:
            archive.writestr(name.lstrip("/"), data)
    return out.getvalue()


def through(*command):
    """A packer that is a program from standard input to standard output."""
    if not shutil.which(command[0]):
        return None
    return lambda batch: subprocess.run(command, input=tar_of(batch), stdout=subprocess.PIPE, check=True).stdout


def seven_of(batch):
    with tempfile.TemporaryDirectory() as folder:
        tar, packed = os.path.join(folder, "a.tar"), os.path.join(folder, "a.7z")
        with open(tar, "wb") as file:
            file.write(tar_of(batch))
        subprocess.run(["7z", "a", "-bd", "-mx=3", packed, tar], stdout=subprocess.DEVNULL, check=True)
        with open(packed, "rb") as file:
            return file.read()


def database_of(batch):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "a.db")
        database = sqlite3.connect(path)
        database.execute("create table files (id integer primary key, name text, data blob)")
        database.executemany("insert into files (name, data) values (?, ?)", batch)
        # A tenth is deleted, so that there are free pages.
        database.execute("delete from files where id % 10 = 0")
        database.commit()
        database.close()
        with open(path, "rb") as file:
            return file.read()


def pdf_of(batch):
    out = io.BytesIO(b"%PDF-1.5\n")
    out.seek(0, 2)
    for number, (_, data) in enumerate(batch, 1):
        packed = zlib.compress(data)
        out.write(b"%d 0 obj\n<< /Type /EmbeddedFile /Length %d /Filter /FlateDecode >>\nstream\n" % (number, len(packed)))
        out.write(packed + b"\nendstream\nendobj\n")
    out.write(b"trailer\n<< >>\n%%EOF\n")
    return out.getvalue()


KINDS = {
    "tar": (".tar", tar_of),
    "gzip": (".tar.gz", lambda batch: gzip.compress(tar_of(batch), 6, mtime=0)),
    "bzip2": (".tar.bz2", lambda batch: bz2.compress(tar_of(batch))),
    "xz": (".tar.xz", lambda batch: lzma.compress(tar_of(batch), preset=1)),
    "zstd": (".tar.zst", through("zstd", "-qc")),
    "lz4": (".tar.lz4", through("lz4", "-qc")),
    "zip": (".zip", zip_of),
    "zip-in-zip": (".war", lambda batch: zip_of([("lib/a.jar", zip_of(batch))], zipfile.ZIP_STORED)),
    "7z": (".7z", seven_of if shutil.which("7z") else None),
    "sqlite": (".db", database_of),
    "pdf": (".pdf", pdf_of),
}


def make(into, paths, budget):
    """Writes the tree; returns the packed bytes of each kind."""
    found = {kind: 0 for kind in PLAIN}
    left_out = [kind for kind, (_, pack) in KINDS.items() if pack is None]
    kinds = [kind for kind in KINDS if kind not in left_out]
    sizes = dict.fromkeys(kinds, 0)
    share = budget // (len(kinds) + len(PLAIN))
    batch, filled, turn = [], 0, 0
    for path, data in files(paths):
        plain = next((kind for kind, ends in PLAIN.items() if path.endswith(ends)), None)
        if plain and found[plain] < share:
            folder = os.path.join(into, plain)
            os.makedirs(folder, exist_ok=True)
            with open(os.path.join(folder, f"{found[plain]}-{os.path.basename(path)}"), "wb") as file:
                file.write(data)
            found[plain] += len(data)
        batch.append((path, data))
        filled += len(data)
        if filled < 4 << 20:
            continue
        open_kinds = [kind for kind in kinds if sizes[kind] < share]
        if not open_kinds:
            break
        # Each batch goes to all kinds, so that they are compared on the same bytes.
        for kind in open_kinds:
            end, pack = KINDS[kind]
            packed = pack(batch)
            os.makedirs(os.path.join(into, kind), exist_ok=True)
            with open(os.path.join(into, kind, f"{turn}{end}"), "wb") as file:
                file.write(packed)
            sizes[kind] += len(packed)
        batch, filled, turn = [], 0, turn + 1
    if left_out:
        print(f"left out, no tool: {', '.join(left_out)}")
    return {**sizes, **found}


def scan(folder, threads):
    """Scans; returns the report, the seconds, and the most memory held, in KB."""
    command = [paired.binary(), "scan", folder, f"-j{threads}", "--history", "skip", "--no-repo-config", "--format", "json",
               "--fail-on", "never", "--no-progress"]
    with tempfile.TemporaryFile() as out:
        start = time.monotonic()
        child = subprocess.Popen(command, stdout=out)
        peak = 0
        while child.poll() is None:
            try:
                with open(f"/proc/{child.pid}/status") as status:
                    fields = dict(line.split(":", 1) for line in status)
                peak = max(peak, int(fields["VmHWM"].split()[0]) - int(fields["RssFile"].split()[0]))
            except (OSError, KeyError, ValueError):
                pass
            time.sleep(0.005)
        seconds = time.monotonic() - start
        out.seek(0)
        return json.load(out), seconds, peak


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--megabytes", type=int, default=200)
    parser.add_argument("--into")
    parser.add_argument("paths", nargs="+")
    args = parser.parse_args()
    into = args.into or tempfile.mkdtemp(prefix="straykey-archives.")
    os.makedirs(into, exist_ok=True)
    wrong = []
    try:
        sizes = make(into, args.paths, args.megabytes * 1_000_000)
        print(f"{'kind':12} {'packed MB':>10} {'read MB':>10} {'s':>8} {'MB/s':>8} {'KB':>8}")
        for kind, size in [*sizes.items(), ("all", sum(sizes.values()))]:
            folder = into if kind == "all" else os.path.join(into, kind)
            if not os.path.isdir(folder):
                print(f"{kind:12} nothing found")
                continue
            report, seconds, peak = scan(folder, 2 if kind == "all" else 1)
            stats = report["stats"]
            read = stats["bytes"] + stats["member_bytes"]
            print(f"{kind:12} {size / 1e6:10.1f} {read / 1e6:10.1f} {seconds:8.2f} {read / 1e6 / seconds:8.0f} {peak:8}")
            if report["findings"]:
                wrong.append(f"{kind}: {len(report['findings'])} findings, the first in {report['findings'][0]['places'][0]['path']}")
            if peak > MEMORY_KB:
                wrong.append(f"{kind}: {peak} KB")
        if sum(sizes.values()) < args.megabytes * 900_000:
            print(f"note: the paths gave {sum(sizes.values()) / 1e6:.0f} MB only")
    finally:
        if not args.into:
            shutil.rmtree(into)
    if wrong:
        sys.exit("not as required: " + "; ".join(wrong))
    print("no finding; memory within 200 MB")


main()
