"""Runs two commands in turn and compares them pair by pair.

A loaded machine changes its speed from minute to minute, so only ratios of
neighbouring runs are comparable: A B A B …, then the median of A/B. Memory is
the peak resident set less file-backed pages (VmHWM - RssFile of
/proc/PID/status), sampled while the process runs.
"""
import os
import statistics
import subprocess
import time


def run(command, sample=True):
    """Returns wall seconds and anonymous peak memory in KiB."""
    null = subprocess.DEVNULL
    start = time.perf_counter()
    process = subprocess.Popen(command, stdin=null, stdout=null, stderr=null)
    peak, hwm, file_backed = 0, 0, 0
    status = f"/proc/{process.pid}/status"
    while process.poll() is None:
        if sample:
            try:
                fields = dict(line.split(":", 1) for line in open(status))
                kib = lambda name: int(fields[name].split()[0])
                if kib("VmHWM") - kib("RssFile") > peak:
                    hwm, file_backed = kib("VmHWM"), kib("RssFile")
                    peak = hwm - file_backed
            except (OSError, KeyError, ValueError):
                pass
            time.sleep(0.005)
        else:
            process.wait()
    return time.perf_counter() - start, (peak, hwm, file_backed), process.returncode


def compare(name_a, a, name_b, b, pairs=7):
    """Prints the medians of both commands and of their ratio; returns the ratio."""
    for command in (a, b):
        run(command, sample=False)
    walls_a, walls_b = [], []
    for _ in range(pairs):
        walls_a.append(run(a, sample=False)[0])
        walls_b.append(run(b, sample=False)[0])
    ratios = [x / y for x, y in zip(walls_a, walls_b)]
    _, (peak, hwm, file_backed), code = run(a)
    middle = statistics.median
    print(f"  {name_a:<12} {middle(walls_a):8.3f} s   exit {code}   memory {peak / 1024:.1f} MiB (VmHWM {hwm / 1024:.1f} less RssFile {file_backed / 1024:.1f})")
    print(f"  {name_b:<12} {middle(walls_b):8.3f} s")
    print(f"  ratio        {middle(ratios):8.3f}     (min {min(ratios):.3f}, max {max(ratios):.3f}, {pairs} pairs)")
    return middle(ratios)


def binary():
    """Returns the program under test: $STRAYKEY, else the release build."""
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    return os.environ.get("STRAYKEY", os.path.join(here, "target", "release", "straykey"))
