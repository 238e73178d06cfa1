"""Sends whole frames from an interface, as it is told on standard input, one job a line.

A job: {"frames": [hex], "gapUs": between two of them, "times": how often each goes out in a row}, or
with "dueUs": when each is due after the first.
The answer to each, on standard output: {"sent", "atUs": [when each left, microseconds since the epoch]}.
"""
import json
import socket
import sys
import time

# Gaps below this are waited for by looking at the clock, as sleeping takes longer.
SPIN_SECONDS = 0.0002


def main():
    link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    link.bind((sys.argv[1], 0))
    for line in sys.stdin:
        job = json.loads(line)
        gap = job.get("gapUs", 0) / 1e6
        left = []
        start = due = time.monotonic()
        for at, text in enumerate(job["frames"]):
            frame = bytes.fromhex(text)
            if "dueUs" in job:
                due = start + job["dueUs"][at] / 1e6
            for _ in range(job.get("times", 1)):
                wait_until(due)
                left.append(int(time.time() * 1e6))
                send(link, frame)
                due += gap
        print(json.dumps({"sent": len(left), "atUs": left}), flush=True)


def send(link, frame):
    while True:
        try:
            link.send(frame)
            return
        except OSError as error:
            if error.errno != 105:  # ENOBUFS: the queue is full for a moment
                raise


def wait_until(due):
    while True:
        left = due - time.monotonic()
        if left <= 0:
            return
        if left > SPIN_SECONDS:
            time.sleep(left - SPIN_SECONDS)


main()
