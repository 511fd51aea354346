#!/usr/bin/env python3
"""Prints the frames and rows of one recorded alignment: what VectorTests.swift holds.

Computed from RFC 7748, RFC 9380, protocols/Alignment/README.md and the definition of recorded random streams, in plain integers;
shares no code with the package. Python 3.9 or later, standard library only.
"""
import hashlib
import struct

P = 2**255 - 19
J = 486662
DST = b"COLONNADE-V01-curve25519_XMD:SHA-512_ELL2_NU_"


def sha256(data):
    return hashlib.sha256(data).digest()


def text(value):
    return struct.pack(">H", len(value)) + value.encode()


# RFC 9380: expand_message_xmd with SHA-512 (one block of output is enough for 48 bytes), hash_to_field, Elligator 2.


def hash_to_curve(message):
    dst = DST + bytes([len(DST)])
    first = hashlib.sha512(bytes(128) + message + struct.pack(">H", 48) + b"\0" + dst).digest()
    u = int.from_bytes(hashlib.sha512(first + b"\1" + dst).digest()[:48], "big") % P
    x = -J * pow(1 + 2 * u * u, -1, P) % P
    on_curve = pow(x**3 + J * x**2 + x, (P - 1) // 2, P) != P - 1
    return x if on_curve else (-J - x) % P


# RFC 7748, section 5.


def clamp(data):
    data = bytearray(data)
    data[0] &= 248
    data[31] = data[31] & 127 | 64
    return int.from_bytes(data, "little")


def multiply(k, u):
    x2, z2, x3, z3 = 1, 0, u, 1
    for t in reversed(range(255)):
        if k >> t & 1:
            x2, z2, x3, z3 = x3, z3, x2, z2
        a, b, c, d = x2 + z2, x2 - z2, x3 + z3, x3 - z3
        e = a * a - b * b
        x3, z3 = (d * a + c * b) ** 2 % P, u * (d * a - c * b) ** 2 % P
        x2, z2 = a * a * b * b % P, e * (a * a + 121665 * e) % P
        if k >> t & 1:
            x2, z2, x3, z3 = x3, z3, x2, z2
    return x2 * pow(z2, -1, P) % P


class Stream:
    """A recorded random stream: SHA-256 of seed, name and a counter."""

    def __init__(self, seed, name):
        self.prefix = seed + struct.pack(">I", len(name)) + name.encode()
        self.blocks = 0
        self.buffer = b""

    def take(self, count):
        while len(self.buffer) < count:
            self.buffer += sha256(self.prefix + struct.pack(">Q", self.blocks))
            self.blocks += 1
        taken, self.buffer = self.buffer[:count], self.buffer[count:]
        return taken


# The protocol.


def canonical(cell):
    return struct.pack(">II", 1, len(cell)) + cell.encode()


def id_hash(identifier):
    return sha256(text("colonnade/align/id/v1") + canonical(identifier))


def secret_order(stream, count):
    order = list(range(count))
    for index in range(count - 1, 0, -1):
        word = 2**64
        while word >= 2**64 - 2**64 % (index + 1):
            word = int.from_bytes(stream.take(8), "big")
        other = word % (index + 1)
        order[index], order[other] = order[other], order[index]
    return order


class Side:
    def __init__(self, seed, ids):
        self.scalar = clamp(Stream(seed, "alignment/scalar").take(32))
        order = secret_order(Stream(seed, "alignment/order"), len(ids))
        self.points = [multiply(self.scalar, hash_to_curve(id_hash(ids[row]))) for row in order]

    def tags(self, points):
        prefix = text("colonnade/align/ecdh-tag/v1") + JOB
        return [sha256(prefix + encode(multiply(self.scalar, point)))[:12] for point in points]


def encode(x):
    return x.to_bytes(32, "little")


JOB = sha256(b"job")
LEADER_IDS = ["AA 1", "AA 2", "AA 3", "AA 4"]
MEMBER_IDS = ["AA 4", "AA 9", "AA 2", "AA 7", "AA 5"]

leader, member = Side(b"vector/party-0", LEADER_IDS), Side(b"vector/party-1", MEMBER_IDS)
of_leader, of_member = member.tags(leader.points), leader.tags(member.points)
common = sum(1 << place for place, tag in enumerate(of_member) if tag in of_leader)
ids = sorted(
    set(LEADER_IDS) & set(MEMBER_IDS), key=lambda i: sha256(text("colonnade/align/order/v1") + JOB + id_hash(i))
)
print("leader-points", b"".join(map(encode, leader.points)).hex())
print("member-points", b"".join(map(encode, member.points)).hex())
print("leader-tags  ", b"".join(of_leader).hex())
print("common       ", bytes([common]).hex())
print("rows         ", [LEADER_IDS.index(i) for i in ids], [MEMBER_IDS.index(i) for i in ids])
