#!/usr/bin/env python3
"""Makes inputs for the fuzzers out of real jobs: Tests/Fuzzing/make_seeds.py PROGRAMS OUT

PROGRAMS is the folder of the built programs (`swift build -c release --show-bin-path`). Two parties with sixty rows each run four
small jobs; what their transcripts keep, and the files that people write, end up in OUT, a folder for each parser. Afterwards
`Tests/fuzz --merge OUT` takes into the corpora what adds to them. Python 3.9 or later, standard library only.
"""
import hashlib
import pathlib
import random
import struct
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
PORT = 34410
# Of an input, in bytes; as in Tests/fuzz.
LIMIT = 32768

JOB = """name: seed
parties:
  airline: {role: label}
  weather: {role: feature}
align: {key: id}
label: late
model: {kind: logistic}
train: {epochs: 1, batch: 32}
keys: {bits: 2048}
exposure: {limit: 100}
"""

# With a tower over each party's histories.
HISTORIES = JOB.replace("{kind: logistic}", "{kind: mlp}") + """towers:
  airline: {kind: history, histories: [aircraft, route], outputs: 16, budget: 256 MB, events: 128, width: 64, layers: 2, heads: 4}
  weather: {kind: history, epochs: 3, rate: 0.001, training: frozen, budget: 32MiB}
"""

PARTY = """name: %s
listen: {host: 127.0.0.1, port: %d}
certificate: certificate.pem
key: key.pem
transcript-key: transcript-key.pem
data: {file: ../../data/%s.csv, key: id}
policy: {protections: [blind, none], min-key-bits: 2048, exposure-limit: 100, approve: automatic}
transcript: %s
"""

# What no transcript holds: messages of the coordinator, and private views.
CONTROL = [
    '{"describe":{}}',
    '{"reach":{"_0":["weather","airport"]}}',
    '{"propose":{"_0":"{}"}}',
    '{"start":{"_0":{"attempt":1,"connects":["weather"],"hash":"00ff"}}}',
    '{"cancel":{"_0":{"party":"airline","reason":"cancelled","step":"train","detail":"by hand"}}}',
    '{"reached":{"_0":{"weather":"no answer"}}}',
    '{"decision":{"_0":{"accepted":{"attempt":2}}}}',
    '{"decision":{"_0":{"refused":{"_0":["a key of 2048 bits","no label"]}}}}',
    '{"progress":{"_0":{"bytes":1000,"done":3,"loss":0.25,"of":7,"stage":"train"}}}',
    '{"progress":{"_0":{"bytes":0,"done":40,"of":900,"stage":"pre-train"}}}',
    '{"measure":{"_0":"edcd7ad77123"}}',
    '{"demand":{"_0":{"columns":159,"diskBytes":2200000,"fields":1,"ids":30000,"numbers":1.0,"ones":6.5,"party":"airline",'
    '"peakMemoryBytes":342000000,"power":22014.5,"sortSeconds":0.5,"tableRows":110,"towerColumns":0}}}',
    '{"demand":{"_0":{"columns":19,"diskBytes":2200000,"fields":0,"histories":[{"alpha":0.42,"arenaBytes":242000000,'
    '"budgetBytes":268435456,"diskBytes":1900000000,"entities":4043,"events":120000,"expectedStall":0.03,"hostBytes":0,'
    '"longest":512,"name":"aircraft","secondsAStep":0.12,"steps":3000}],"ids":30000,"numbers":18.0,"ones":1.0,"party":"airline",'
    '"peakMemoryBytes":642000000,"power":22014.5,"sortSeconds":0.5,"tableRows":0,"towerColumns":0}}}',
    '{"reserve":{"_0":{"attempt":3,"hash":"edcd7ad77123"}}}',
    '{"number":{"_0":12}}',
    '{"settle":{"_0":9007199254740992}}',
    '{"waiting":{"_0":{"before":2,"behind":{"id":"edcd7ad77123-0","isRunning":true,"name":"flights","since":1700000000}}}}',
    '{"waiting":{"_0":{"before":0}}}',
    '{"ready":{}}',
]
VIEWS = [
    '{"record":"view","format":1,"party":"weather","role":"feature","job":"00ff","attempt":0}',
    '{"record":"exported","peer":"airline","label":"salt","bytes":"00ff"}',
    '{"record":"key","modulus":"0f","primes":["03","05"]}',
    '{"record":"features","numbers":["wind","rain"],"lookups":["station"],"target":"late"}',
    '{"record":"row","row":0,"id":"r1","numbers":[1048576,-3],"lookups":[2],"target":1.5}',
    '{"record":"round","protocolName":"matmul","phase":"train","round":0,"rows":[0,2],"shares":{"weather":[-1,5]},'
    '"opened":[7],"derivative":[8]}',
    '{"record":"frame","frame":0,"nanoseconds":12345}',
]


class Reader:
    """The encoding of Sources/Transcript/README.md."""

    def __init__(self, data):
        self.data, self.place = data, 0

    def take(self, count):
        self.place += count
        return self.data[self.place - count : self.place]

    def integer(self, size):
        return int.from_bytes(self.take(size), "big")

    def text(self):
        return self.take(self.integer(2))

    def blob(self):
        return self.take(self.integer(4))


def blob(data):
    return struct.pack(">I", len(data)) + data


def frame_of(body):
    """The frame of a frame's record, and its step; nothing where its payload was not kept."""
    reader = Reader(body)
    reader.take(2)
    reader.text()
    start = reader.place
    reader.text(), reader.text(), reader.take(8)
    step = reader.text()
    kind = reader.integer(1)
    for _ in range(2):
        if reader.integer(1):
            reader.text()
    reader.take(8 * reader.integer(4))
    reader.take(10 + (8 if kind & 0x80 else 0))
    header = body[start : reader.place]
    reader.take(8), reader.blob()
    if not reader.integer(1):
        return None
    payload = reader.blob()
    return step, header + blob(payload), payload


def brief(bodies):
    """The first and the last session of a transcript's records, handshake and seal, with no more specifications than these: a tenth of
    the time for each input. Signatures and the job no longer fit, which is reported and stops nothing."""
    reader, result, is_kept = Reader(bodies), b"", True
    names = (b"handshake", b"seal")
    while reader.place < len(bodies):
        body = reader.blob()
        if body[0] == 1:
            header = Reader(body[3:])
            header.text(), header.text(), header.take(8), header.blob(), header.blob(), header.take(8)
            header.blob(), header.blob()
            for _ in range(header.integer(4)):
                header.text(), header.blob()
            start = 3 + header.place
            texts = [header.blob() for _ in range(header.integer(4))]
            kept = [text for text in texts if any(b"\nprotocol: " + name in text for name in names)]
            body = body[:start] + struct.pack(">I", len(kept)) + b"".join(map(blob, kept)) + body[3 + header.place :]
        elif body[0] == 2:
            is_kept = Reader(body[5:]).text() in names
        if body[0] != 2 and body[0] != 3 or is_kept:
            result += blob(body)
    return result


def run_jobs(programs, folder):
    """Runs the jobs; returns the transcripts' paths."""
    random.seed(1)
    (folder / "data").mkdir()
    (folder / "job.yaml").write_text(JOB)
    late, hours = [random.randint(0, 1) for _ in range(60)], [random.randint(0, 23) for _ in range(60)]
    lines = {
        "airline": ["id,late,hour"] + [f"r{i},{late[i]},{hours[i]}" for i in range(60)],
        "weather": ["id,wind,rain"] + [f"r{i},{random.random():.3f},{random.random():.3f}" for i in range(60)],
    }

    def call(*arguments):
        subprocess.run([str(a) for a in arguments], check=True, cwd=folder, stdout=subprocess.DEVNULL)

    parties = folder / "parties"
    for place, (name, table) in enumerate(lines.items()):
        (folder / "data" / f"{name}.csv").write_text("\n".join(table) + "\n")
        (parties / name).mkdir(parents=True)
        (parties / name / "party.yaml").write_text(PARTY % (name, PORT + place, name, "full"))
        call(programs / "colonnade-party", "init", parties / name, "--name", name)
    call(programs / "colonnade", "init", parties / "coordinator")
    for place, name in enumerate(lines):
        for other in lines:
            if other != name:
                certificate = parties / name / "certificate.pem"
                call(programs / "colonnade-party", "trust", parties / other, certificate,
                     "--address", f"127.0.0.1:{PORT + place}")
        coordinator = parties / "coordinator" / "certificate.pem"
        call(programs / "colonnade-party", "trust", parties / name, coordinator, "--coordinator")
        call(programs / "colonnade", "trust", parties / "coordinator", parties / name / "certificate.pem",
             "--address", f"127.0.0.1:{PORT + place}")

    local = [programs / "colonnade", "local", "job.yaml", "--parties", parties, "--set", "align.protocol=ecdh"]
    call(*local)
    for place, name in enumerate(lines):
        (parties / name / "party.yaml").write_text(PARTY % (name, PORT + place, name, "headers"))
    call(*local, "--set", "train.batch=64")
    call(*local, "--set", "protection=none")
    call(*local, "--set", "prepare={weather: {wind: [{fill: median}, {clip: [p1, p99]}, {bins: 4}]}}", "--set",
         "evaluate.split={by: random, validation: 0.2, test: 0.2}", "--set", "train.schedule={kind: cosine}")
    return sorted(parties.glob("*/state/transcripts/*.transcript"))


def main():
    programs, out = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2])

    def seed(parser, data):
        data = data.encode() if isinstance(data, str) else data
        (out / parser).mkdir(parents=True, exist_ok=True)
        (out / parser / hashlib.sha1(data).hexdigest()).write_bytes(data)

    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        records = []
        for path in run_jobs(programs, folder):
            data = path.read_bytes()
            seed("transcript", data[:LIMIT])
            reader, bodies = Reader(data), b""
            while reader.place < len(data):
                record = Reader(reader.blob())
                record.take(32)
                body = record.data[32:]
                bodies += blob(body)
                if body[0] == 1:
                    header = Reader(body[3:])
                    header.text(), header.text(), header.take(8), header.blob()
                    seed("proposal", header.blob())
                elif body[0] == 2:
                    seed("plan", body[5:])
                elif body[0] == 3 and frame_of(body):
                    step, frame, payload = frame_of(body)
                    seed("frame", frame)
                    if step == b"H1":
                        seed("hello", payload)
            seed("records", bodies[:LIMIT])
            records.append(bodies)
        # Both parties' of the job with the shortest, as far as there is room.
        first, second = sorted(records, key=len)[:2]
        seed("records", (first + second)[:LIMIT])
        seed("records", brief(first))
        seed("records", brief(first) + brief(second))
        for path in (folder / "parties").glob("*/partners.yaml"):
            seed("partners", path.read_bytes())
    for path in ROOT.glob("protocols/*/protocol.yaml"):
        seed("specification", path.read_bytes())
    for path in [*ROOT.glob("parties/flights/job.yaml"), *ROOT.glob("Benchmarks/*/Jobs/*.yaml")]:
        seed("job", path.read_bytes())
    seed("job", JOB)
    seed("job", HISTORIES)
    for path in ROOT.glob("parties/flights/*.yaml"):
        text = path.read_text().replace("@PORT@", "7100").replace("@DATA@", "data")
        if "listen:" in text:
            seed("party", text)
    seed("party", PARTY % ("airline", PORT, "airline", "full"))
    for message in CONTROL:
        seed("control", message)
    for line in VIEWS:
        seed("view", line)
    seed("view", "\n".join(VIEWS) + "\n")


if __name__ == "__main__":
    main()
