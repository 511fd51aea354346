#!/usr/bin/env python3
"""The known answers of RecordedTests.swift: both roles of one VOLE, written again from the READMEs and RFCs in plain Python.

Nothing here is shared with the library, and the receiver is computed in another way: it knows the sender's leaves, and adds D y to one
leaf of each tree. Takes about a minute. Prints SHA-256 of every message and result.
"""
import hashlib
from struct import pack, unpack

P = 2**255 - 19
J = 486662
MOD = 1 << 128 | 0x87
COUNT, BLOCKS, SESSION = 4096, 464, b"recorded session"
sha = lambda data: hashlib.sha256(data).digest()
little = lambda data: int.from_bytes(data, "little")


class Stream:
    """RecordedRandomSource(seed).stream(name)."""

    def __init__(self, seed, name):
        self.prefix, self.block, self.rest = seed + pack(">I", len(name)) + name, 0, b""

    def __call__(self, count):
        while len(self.rest) < count:
            self.rest += sha(self.prefix + pack(">Q", self.block))
            self.block += 1
        out, self.rest = self.rest[:count], self.rest[count:]
        return out


# Curve25519, RFC 7748; hash to the curve, RFC 9380.
def ladder(scalar, x):
    k = bytearray(scalar)
    k[0] &= 248
    k[31] = k[31] & 127 | 64
    k = little(k)
    x2, z2, x3, z3 = 1, 0, x, 1
    for i in range(254, -1, -1):
        if k >> i & 1:
            x2, x3, z2, z3 = x3, x2, z3, z2
        a, b, c, d = x2 + z2, x2 - z2, x3 + z3, x3 - z3
        da, cb, aa, bb = d * a % P, c * b % P, a * a % P, b * b % P
        x3, z3 = (da + cb) ** 2 % P, x * (da - cb) ** 2 % P
        x2, z2 = aa * bb % P, (aa - bb) * (aa + 121665 * (aa - bb)) % P
        if k >> i & 1:
            x2, x3, z2, z3 = x3, x2, z3, z2
    return x2 * pow(z2, -1, P) % P


def hash_to_curve(message, domain):
    dst = domain + bytes([len(domain)])
    first = hashlib.sha512(bytes(128) + message + b"\0\x30\0" + dst).digest()
    u = int.from_bytes(hashlib.sha512(first + b"\1" + dst).digest()[:48], "big") % P
    x = -J * pow(1 + 2 * u * u, -1, P) % P
    square = pow(x**3 + J * x * x + x, (P - 1) // 2, P) == 1
    return x if square else -x - J


encode = lambda x: (x % P).to_bytes(32, "little")


# AES-128, FIPS 197, with tables: keys and inputs are nobody's secret here.
def times(a, b):
    out = 0
    while b:
        out ^= a * (b & 1)
        a, b = a << 1 ^ (a >> 7) * 0x11B, b >> 1
    return out


INVERSE = [0] + [next(b for b in range(256) if times(a, b) == 1) for a in range(1, 256)]
SBOX = []
for v in INVERSE:
    v ^= v << 1 ^ v << 2 ^ v << 3 ^ v << 4
    SBOX.append((v ^ v >> 8) & 255 ^ 0x63)
TWICE = [times(a, 2) for a in range(256)]


def schedule(key):
    w, constant = [key[i : i + 4] for i in range(0, 16, 4)], 1
    for i in range(4, 44):
        last = w[-1]
        if i % 4 == 0:
            last = bytes(SBOX[b] for b in last[1:] + last[:1])
            last = bytes([last[0] ^ constant]) + last[1:]
            constant = times(constant, 2)
        w.append(bytes(a ^ b for a, b in zip(w[i - 4], last)))
    return [b"".join(w[i : i + 4]) for i in range(0, 44, 4)]


SHIFT = [(4 * (c + r) + r) % 16 for c in range(4) for r in range(4)]


def encrypt(keys, block):
    s = [a ^ b for a, b in zip(block, keys[0])]
    for key in keys[1:]:
        s = [SBOX[s[i]] for i in SHIFT]
        if key is not keys[10]:
            mixed = []
            for c in range(0, 16, 4):
                a = s[c : c + 4]
                every = a[0] ^ a[1] ^ a[2] ^ a[3]
                mixed += [a[r] ^ every ^ TWICE[a[r] ^ a[(r + 1) % 4]] for r in range(4)]
            s = mixed
        s = [a ^ b for a, b in zip(s, key)]
    return bytes(s)


assert encrypt(schedule(bytes(range(16))), bytes(17 * i for i in range(16))).hex() == "69c4e0d86a7b0430d8cdb78070b4c55a"
LEFT, RIGHT, CODE = (schedule(sha(label)[:16]) for label in (
    b"colonnade/align/tree-left/v1", b"colonnade/align/tree-right/v1", b"colonnade/align/code/v1"))


def chacha20(key, count):
    """RFC 8439, nonce 0, counter from 0."""
    rotate = lambda a, n: (a << n | a >> 32 - n) & 0xFFFFFFFF
    start, out = list(unpack("<4I", b"expand 32-byte k") + unpack("<8I", key)), b""
    for counter in range((count + 63) // 64):
        first = start + [counter, 0, 0, 0]
        s = first[:]
        for i in range(80):
            k = i % 8
            a, b, c, d = (k, k + 4, k + 8, k + 12) if k < 4 else (
                k - 4, 4 + (k + 1) % 4, 8 + (k + 2) % 4, 12 + (k + 3) % 4)
            s[a] = s[a] + s[b] & 0xFFFFFFFF
            s[d] = rotate(s[d] ^ s[a], 16)
            s[c] = s[c] + s[d] & 0xFFFFFFFF
            s[b] = rotate(s[b] ^ s[c], 12)
            s[a] = s[a] + s[b] & 0xFFFFFFFF
            s[d] = rotate(s[d] ^ s[a], 8)
            s[c] = s[c] + s[d] & 0xFFFFFFFF
            s[b] = rotate(s[b] ^ s[c], 7)
        out += pack("<16I", *(x + y & 0xFFFFFFFF for x, y in zip(s, first)))
    return out[:count]


def multiply(a, b):
    out = 0
    for i in range(128):
        out ^= a * (b >> i & 1)
        a = a << 1 ^ (a >> 127) * MOD
    return out


# Transfers.
def choose(choices, stream):
    scalars, pairs = [], []
    for choice in choices:
        k, factor, message = stream(32), stream(32), stream(32)
        own = encode(ladder(k, 9))
        other = encode(ladder(factor, hash_to_curve(message, b"COLONNADE-V01-OT-curve25519_XMD:SHA-512_ELL2_NU_") % P))
        scalars.append(k)
        pairs.append(other + own if choice else own + other)
    return scalars, pairs


def transfer_key(purpose, point, index, place, pair, product):
    return sha(b"colonnade/align/ot/v1" + pack("<I", len(SESSION)) + SESSION + bytes([purpose]) + point
               + pack("<I", index) + bytes([place]) + pair + encode(product))


def both_keys(purpose, scalar, pairs):
    point = encode(ladder(scalar, 9))
    return [[transfer_key(purpose, point, i, j, pair, ladder(scalar, little(pair[32 * j : 32 * j + 32]))) for j in (0, 1)]
            for i, pair in enumerate(pairs)]


# Both roles' secrets, in the order in which they are drawn.
length = 2 * COUNT
bounds = [i * length // BLOCKS for i in range(BLOCKS + 1)]
sizes = [bounds[i + 1] - bounds[i] for i in range(BLOCKS)]
levels = (max(sizes) - 1).bit_length()
receiver = Stream(b"the receiver's seed", b"vole")
places = [little(receiver(8)) * size >> 64 for size in sizes]
noise = [little(receiver(8)) for _ in range(BLOCKS)]
offering = receiver(32)
choices = [1 ^ (place >> levels - 1 - level & 1) for place in places for level in range(levels)]
scalars, pairs = choose(choices, receiver)
receiver_choices = encode(ladder(offering, 9)) + b"".join(pairs)

sender = Stream(b"the sender's seed", b"vole")
delta = little(sender(16))
roots = [sender(16) for _ in range(BLOCKS)]
sender_scalar = sender(32)
delta_scalars, delta_pairs = choose([delta >> i & 1 for i in range(128)], sender)
sender_choices = encode(ladder(sender_scalar, 9)) + b"".join(delta_pairs)

# Transfers work: the chooser's key is the sender's of its choice.
tree_keys = both_keys(1, sender_scalar, pairs)
for i in range(0, len(pairs), 97):
    key = transfer_key(1, sender_choices[:32], i, choices[i], pairs[i], ladder(scalars[i], little(sender_choices[:32])))
    assert key == tree_keys[i][choices[i]] != tree_keys[i][1 - choices[i]]
delta_keys = both_keys(2, offering, delta_pairs)

# Shares of D y.
products, sender_shares, receiver_shares = b"", [0] * BLOCKS, [0] * BLOCKS
for i in range(128):
    masks = [[little(stream[16 * j : 16 * j + 16]) for j in range(BLOCKS)]
             for stream in (chacha20(key, 16 * BLOCKS) for key in delta_keys[i])]
    bit = delta >> i & 1
    for j in range(BLOCKS):
        u = masks[0][j] ^ masks[1][j] ^ multiply(1 << i, noise[j])
        products += u.to_bytes(16, "little")
        receiver_shares[j] ^= masks[0][j]
        sender_shares[j] ^= masks[bit][j] ^ u * bit
assert all(receiver_shares[j] == sender_shares[j] ^ multiply(delta, noise[j]) for j in range(BLOCKS))

# Trees.
xor = lambda a, b: bytes(x ^ y for x, y in zip(a, b))
sums, leaves = b"", []
for tree, root in enumerate(roots):
    nodes = [root]
    for depth in range(1, levels + 1):
        nodes = [xor(encrypt(key, s), s) for s in nodes for key in (LEFT, RIGHT)][: -(-sizes[tree] >> levels - depth)]
        for side in (0, 1):
            total = bytes(16)
            for node in nodes[side::2]:
                total = xor(total, node)
            sums += xor(total, tree_keys[tree * levels + depth - 1][side])
    total = sender_shares[tree].to_bytes(16, "little")
    for node in nodes:
        total = xor(total, node)
    sums += total
    leaves += [little(node) for node in nodes]

vector, sparse = leaves[:], [0] * length
for tree in range(BLOCKS):
    sparse[bounds[tree] + places[tree]] = noise[tree]
    vector[bounds[tree] + places[tree]] ^= multiply(delta, noise[tree])

# The code.
stream_words = lambda stream, blocks: [
    w for i in range(blocks) for w in unpack("<4I", encrypt(CODE, pack("<QQ", i, stream)))]
taps = [stream_words(stream, COUNT // 4) for stream in (1, 2)]
draws = stream_words(0, 6 * COUNT)


def compress(v):
    out, x = v[:COUNT], v[COUNT:]
    for r in taps:
        for i in range(COUNT):
            for j in range(1, 26):
                if j == 25 or r[i] >> j - 1 & 1:
                    x[(i + j) % COUNT] ^= x[i]
    for i in range(COUNT):
        row = draws[24 * i : 24 * i + 21]
        at = [w * COUNT >> 32 for w in row[:10]]
        for s in range(11):
            start, end = s * COUNT // 11, (s + 1) * COUNT // 11
            at.append(start + (row[10 + s] * (end - start) >> 32))
        for k in at:
            out[i] ^= x[k]
    return out


a, b, c = compress(sparse), compress(leaves), compress(vector)
assert all(c[i] == b[i] ^ multiply(delta, a[i]) and a[i] >> 64 == 0 for i in range(COUNT))
join = lambda values, size: b"".join(x.to_bytes(size, "little") for x in values)
for name, data in (("receiverChoices", receiver_choices), ("senderChoices", sender_choices), ("products", products),
                   ("sums", sums), ("a", join(a, 8)), ("b", join(b, 16)), ("c", join(c, 16)),
                   ("delta", join([delta], 16))):
    print(f"{name:16} {sha(data).hex()}")
