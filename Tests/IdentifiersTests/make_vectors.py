"""Prints the constants of GoldenTests.swift: id hashes by Python's hashlib and unicodedata (Unicode 14 in Python 3.11)."""

import hashlib
import struct
import unicodedata

SEED = bytes(range(32))
WHITE_SPACE = {*range(0x09, 0x0E), 0x20, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000}


def id_hash(*cells):
    domain = b"colonnade/align/id/v1"
    message = struct.pack(">H", len(domain)) + domain + SEED + struct.pack(">I", len(cells))
    for tag, content in cells:
        message += struct.pack(">BI", tag, len(content)) + content
    return hashlib.sha256(message).digest()


def text(value):
    return 1, value.encode()


def integer(value):
    return 2, struct.pack(">q", value)


def folded(value):
    nfc = lambda value: unicodedata.normalize("NFC", value)
    return nfc(nfc(value).casefold())


def scalars():
    """Every character that Unicode 14 has assigned, but white space."""
    for value in range(0x110000):
        if not 0xD800 <= value <= 0xDFFF and value not in WHITE_SPACE and unicodedata.category(chr(value)) != "Cn":
            yield chr(value)


def strings():
    """Random sequences of what interacts: Latin, Greek, Hangul, marks of several classes, Devanagari."""
    pools = [(0x41, 0x5B), (0x61, 0x7B), (0xC0, 0x250), (0x300, 0x370), (0x388, 0x3D0), (0x1100, 0x1113), (0x1161, 0x1176),
             (0x11A8, 0x11C3), (0x915, 0x93D), (0x1E00, 0x2000), (0x300, 0x370), (0x300, 0x370)]
    state = 1

    def below(bound):
        nonlocal state
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (state >> 33) % bound

    for _ in range(20000):
        value = ""
        for _ in range(1 + below(6)):
            low, high = pools[below(len(pools))]
            value += chr(low + below(high - low))
        value = "".join(c for c in value if unicodedata.category(c) != "Cn")
        if value.strip("".join(map(chr, WHITE_SPACE))) == value != "":
            yield value


def digest(values):
    total = hashlib.sha256()
    for value in values:
        total.update(id_hash(text(folded(value))))
    return total.hexdigest()


print("one text     ", id_hash(text("C0000042")).hex())
print("composed     ", id_hash(text("Müller")).hex())
print("integer      ", id_hash(integer(-7)).hex())
print("date         ", id_hash((3, struct.pack(">q", 11016))).hex())
print("three columns", id_hash(text("a"), integer(2**63 - 1), (3, struct.pack(">q", -719528))).hex())
print("scalars      ", digest(scalars()))
print("strings      ", digest(strings()))

ids = sorted(id_hash(text("id-%d" % row)) for row in range(1000))
print("order        ", hashlib.sha256(b"".join(ids)).hexdigest())
sample = sorted(sorted(ids, key=lambda id: (id[8:16], id))[:100])
print("sample       ", hashlib.sha256(b"".join(sample)).hexdigest())
