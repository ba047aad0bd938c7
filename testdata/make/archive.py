"""Writes archives that no tool at hand writes.

  archive.py odc FILE…     a cpio archive, POSIX.1-1990 (`odc`), on standard output
"""

import os
import sys


def odc(paths):
    def member(name, data, mode=0o100644):
        name = name.encode() + b"\0"
        fields = (1, 1, mode, 0, 0, 1, 0)
        header = b"070707" + b"".join(b"%06o" % f for f in fields) + b"%011o" % 0
        return header + b"%06o" % len(name) + b"%011o" % len(data) + name + data

    files = [member(p, open(p, "rb").read()) for p in paths]
    return b"".join(files) + member("TRAILER!!!", b"", 0)


if __name__ == "__main__":
    sys.stdout.buffer.write(odc(sys.argv[2:]))
