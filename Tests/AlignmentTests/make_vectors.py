#!/usr/bin/env python3
"""Prints the frames and rows of one recorded alignment: what VectorTests.swift holds.

Computed from RFC 5869, RFC 7748, RFC 8439, RFC 9380, protocols/Alignment/README.md and the definitions of random streams, in plain
integers; shares no code with the package. Python 3.9 or later, standard library only.
"""
import hashlib
import hmac
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


class KeyedStream:
    """ChaCha20 (RFC 8439) under HKDF-Expand(key, domain and hash of the name), nonce 0."""

    def __init__(self, key, name):
        info = b"colonnade/random/v1" + sha256(name.encode())
        self.key = hmac.new(key, info + b"\1", hashlib.sha256).digest()
        self.blocks = 0
        self.buffer = b""

    def take(self, count):
        while len(self.buffer) < count:
            self.buffer += self.block(self.blocks)
            self.blocks += 1
        taken, self.buffer = self.buffer[:count], self.buffer[count:]
        return taken

    def block(self, counter):
        start = list(struct.unpack("<4I", b"expand 32-byte k") + struct.unpack("<8I", self.key) + (counter, 0, 0, 0))
        x = start[:]

        def quarter(a, b, c, d):
            for i, j, k, bits in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
                x[i] = (x[i] + x[j]) & 0xFFFFFFFF
                x[k] ^= x[i]
                x[k] = (x[k] << bits | x[k] >> (32 - bits)) & 0xFFFFFFFF

        for _ in range(10):
            for i in range(4):
                quarter(i, 4 + i, 8 + i, 12 + i)
            for i in range(4):
                quarter(i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4)
        return struct.pack("<16I", *((a + b) & 0xFFFFFFFF for a, b in zip(x, start)))


# The protocol.


def id_hash(identifier):
    cell = identifier.encode()
    return sha256(text("colonnade/align/id/v1") + JOB + struct.pack(">IBI", 1, 1, len(cell)) + cell)


def permutation(stream, count):
    """Fisher and Yates; of 1,024 words drawn at a time, the last comes first."""
    order, words = list(range(count)), []
    for index in range(count - 1, 0, -1):
        bound = index + 1
        while True:
            if not words:
                words = list(struct.unpack("<1024Q", stream.take(8192)))
            other, low = divmod(words.pop() * bound, 2**64)
            if low >= 2**64 % bound:
                break
        order[index], order[other] = order[other], order[index]
    return order


def encode(x):
    return x.to_bytes(32, "little")


JOB = sha256(b"job")
LEADER_IDS = ["AA 1", "AA 2", "AA 3", "AA 4"]
MEMBER_IDS = ["AA 4", "AA 9", "AA 2", "AA 7", "AA 5"]
LEADER, MEMBER = b"vector/party-0", b"vector/party-1"

session = Stream(LEADER, "alignment/session").take(16)
own, theirs = (sorted(ids, key=id_hash) for ids in (LEADER_IDS, MEMBER_IDS))
a, b = (clamp(Stream(seed, "alignment/0/scalar").take(32)) for seed in (LEADER, MEMBER))
order = permutation(Stream(LEADER, "alignment/0/order"), len(own))
blinded = [multiply(a, hash_to_curve(id_hash(own[place]))) for place in order]
evaluated = [multiply(b, point) for point in blinded]

domain = sha256(text("colonnade/align/tag/v2") + JOB + session + struct.pack(">Q", 0) + text("party-1")) + bytes(32)


def tag(identifier):
    value = encode(multiply(b, hash_to_curve(id_hash(identifier))))
    return sha256(domain + value + id_hash(identifier))[:8]


order_of_tags = permutation(KeyedStream(sha256(b"secret of party-1"), "order/0"), len(theirs))
tags = [tag(theirs[place]) for place in order_of_tags]
selected = sum(1 << position for position, place in enumerate(order_of_tags) if theirs[place] in own)
common = [identifier for identifier in own if identifier in theirs]
print("blinded  ", b"".join(map(encode, blinded)).hex())
print("evaluated", b"".join(map(encode, evaluated)).hex())
print("tags     ", b"".join(tags).hex())
print("selected ", bytes([selected]).hex())
print("rows     ", [LEADER_IDS.index(i) for i in common], [MEMBER_IDS.index(i) for i in common])
