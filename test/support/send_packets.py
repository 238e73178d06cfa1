"""Sends IP packets from an interface and counts the SYN-ACKs that come back.

Standard input: {"interface", "mac", "packets": [hex], "perSecond": 0 for at once, "seconds"}.
Standard output: {"sent", "synAcks": {port of the sender: count}}.
"""
import json
import socket
import struct
import sys
import time

ETH_P_ALL = 3
SYN_ACK = 0x12
EXTENSIONS = (0, 43, 60)


def main():
    job = json.load(sys.stdin)
    packets = [bytes.fromhex(text) for text in job["packets"]]
    link = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL))
    link.bind((job["interface"], ETH_P_ALL))
    link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
    link.setblocking(False)
    mac = bytes.fromhex(job["mac"].replace(":", ""))
    found = {}
    sent = 0
    start = time.monotonic()
    end = start + job["seconds"]
    while time.monotonic() < end:
        due = len(packets) if job["perSecond"] == 0 else int((time.monotonic() - start) * job["perSecond"])
        while sent < due:
            packet = packets[sent % len(packets)]
            ethertype = 0x86DD if packet[0] >> 4 == 6 else 0x0800
            try:
                link.sendto(packet, (job["interface"], ethertype, 0, 0, mac))
            except BlockingIOError:
                break
            sent += 1
        collect(link, found)
        time.sleep(0.0005)
    collect(link, found)
    json.dump({"sent": sent, "synAcks": found}, sys.stdout)


def collect(link, found):
    while True:
        try:
            packet, (_, _, kind, _, _) = link.recvfrom(65536)
        except BlockingIOError:
            return
        if kind == 4 or packet[0] >> 4 not in (4, 6):  # our own, or ARP
            continue
        header = tcp_header(packet)
        if header and header[13] & SYN_ACK == SYN_ACK:
            (port,) = struct.unpack_from("!H", header, 2)
            found[port] = found.get(port, 0) + 1


def tcp_header(packet):
    if packet[0] >> 4 == 4:
        at, protocol = (packet[0] & 15) * 4, packet[9]
    else:
        at, protocol = 40, packet[6]
        while protocol in EXTENSIONS:
            protocol, at = packet[at], at + (packet[at + 1] + 1) * 8
    return packet[at:] if protocol == 6 and len(packet) >= at + 20 else None


main()
