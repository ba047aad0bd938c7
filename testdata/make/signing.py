#!/usr/bin/env python3
"""A key pair of minisign whose secret key has a password. minisign asks for it
on a terminal, twice, so it is given one. Usage: signing.py FOLDER"""
import os, pty, sys, time

folder = sys.argv[1]
os.makedirs(folder, exist_ok=True)
pid, terminal = pty.fork()
if pid == 0:
    os.chdir(folder)
    os.execvp("minisign", "minisign -G -f -p sealed.pub -s sealed.key".split())
for _ in range(2):
    time.sleep(2)
    os.write(terminal, b"a word of the test\n")
try:
    while os.read(terminal, 1024):
        pass
except OSError:
    pass
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
