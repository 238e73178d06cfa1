"""Puts frames on a link, as often as it is asked to: link_sender.py link NAME, or link_sender.py tun NAME.

`link` sends from an interface that is there; `tun` makes one whose packets come from here.
Each line of standard input: {"frames": [hex], "repeat", "perSecond": 0 for at once}. Answer: {"sent"}.
"""
import fcntl
import json
import os
import socket
import struct
import sys
import time

TUNSETIFF = 0x400454CA
IFF_TUN_WITHOUT_HEADER = 0x1001


def main():
    kind, name = sys.argv[1:]
    put = open_tun(name) if kind == "tun" else open_link(name)
    answer({"ready": True})
    for line in sys.stdin:
        job = json.loads(line)
        answer({"sent": send(put, job)})


def open_link(name):
    link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    link.bind((name, 0))
    return link.send


def open_tun(name):
    tun = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN_WITHOUT_HEADER))
    return lambda packet: os.write(tun, packet)


def send(put, job):
    frames = [bytes.fromhex(text) for text in job["frames"]] * job["repeat"]
    start = time.monotonic()
    for sent, frame in enumerate(frames):
        while job["perSecond"] and (time.monotonic() - start) * job["perSecond"] < sent:
            time.sleep(0.0002)
        put(frame)
    return len(frames)


def answer(value):
    print(json.dumps(value), flush=True)


main()
