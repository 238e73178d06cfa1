"""Sends whole frames from an interface, as it is told on standard input, one job a line.

A job: {"frames": [hex], "gapUs": between two of them, "times": how often each goes out in a row}, or
with "dueUs": when each is due after the first.
With "--tun" the interface is made first, one without frames: packets come in by it as from a tunnel.
The answer to each, on standard output: {"sent", "atUs": [when each left, microseconds since the epoch]}.
"""
import fcntl
import json
import os
import socket
import struct
import sys
import time

# Gaps below this are waited for by looking at the clock, as sleeping takes longer.
SPIN_SECONDS = 0.0002
ENOBUFS = 105
TUNSETIFF = 0x400454CA
IFF_TUN = 0x0001
IFF_NO_PI = 0x1000


def main():
    send = to_tunnel(sys.argv[1]) if "--tun" in sys.argv else to_link(sys.argv[1])
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
                send(frame)
                due += gap
        print(json.dumps({"sent": len(left), "atUs": left}), flush=True)


def to_link(name):
    link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    link.bind((name, 0))

    def send(frame):
        while True:
            try:
                link.send(frame)
                return
            except OSError as error:
                if error.errno != ENOBUFS:
                    raise
                time.sleep(0.0001)

    return send


def to_tunnel(name):
    tunnel = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(tunnel, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN | IFF_NO_PI))
    return lambda packet: os.write(tunnel, packet)


def wait_until(due):
    while True:
        left = due - time.monotonic()
        if left <= 0:
            return
        if left > SPIN_SECONDS:
            time.sleep(left - SPIN_SECONDS)


main()
