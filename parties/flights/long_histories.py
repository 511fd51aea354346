#!/usr/bin/env python3
"""Compares predictions that attend to a share of long histories with predictions that compute whole windows anew.

    long_histories.py PROGRAMS WORK [--rows N] [--budgets 0.2 ...] [--protection none|blind] [--rounds N]
                         [--set key=value ...] [--set-training key=value ...]

PROGRAMS holds colonnade and colonnade-party, as built; WORK receives keys, data, stores and reports, some GB. The job is
parties/flights/job-long-histories.yaml: one model is trained on the flights before the last quarter of the year. Then N rows of that
quarter are predicted by the same model, each time from the same state of all parties, whose files hold these rows alone:

* dense: windows are computed anew;
* full: out of a store that was built of all events at once, each attending to all that are in sight (`history build`, a budget of 1);
* a share, a quarter late: the airport has built a store of the events before the quarter; all later ones come with the prediction,
  one by one within the budget. Areas under the curve are those of this prediction;
* a share, a day late, up to date: out of a store that has all events but those of the last day, or all.

Then one row is predicted whose origin's window is as long as windows are, dense and out of a store that is up to date, by parties that start
for it and by parties that serve, and `history query` says what one more event takes. Pin the whole to one core (`taskset -c 0`) to have its ratio.

Prints tables in Markdown: the area under the curve beside that of dense windows and of full attention on the same rows, with the
standard error of the difference (DeLong et al., Biometrics 44, 1988), the log loss and the mean difference of predictions, and seconds
from end to end, of the airport's processors and by stage: medians of rounds in which all take turns. Under `blind` only times. What
lies in WORK already is not computed again: remove it to measure anew. What --set says of the tower holds for training and predictions
alike, since a model is used with the towers that it was trained with.
Needs Python 3.10 or later, its standard library only, and the zstd command.
"""

import argparse
import contextlib
import csv
import hashlib
import io
import json
import math
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from bisect import bisect_left
from pathlib import Path

EXAMPLE = Path(__file__).resolve().parent
PARTIES = ["airline", "weather", "airport"]
SOURCES = {name: EXAMPLE / f"{'airport_histories' if name == 'airport' else name}.csv.zst" for name in PARTIES}
JOB = EXAMPLE / "job-long-histories.yaml"
DAY = 24 * 3600
WINDOW = 16_384  # events, as the job has it


def table(path):
    plain = subprocess.run(["zstd", "-dc", str(path)], check=True, capture_output=True).stdout.decode()
    return list(csv.DictReader(io.StringIO(plain)))


def write(path, rows):
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


class Data:
    """Rows of the last quarter, and the airport's events until several moments."""

    def __init__(self, work, count):
        self.work = work
        rows = sorted(table(SOURCES["airport"]), key=lambda row: row["flight_id"])
        # As evaluate.split has it: the last quarter by the key, which begins with the date; without its first day, which may have been cut.
        last = rows[-(len(rows) // 4):]
        last = [row for row in last if row["flight_id"][:10] > last[0]["flight_id"][:10]]
        last.sort(key=lambda row: hashlib.sha256(f"test {row['flight_id']}".encode()).digest())
        self.rows = last[:count]
        self.files = self.write_rows(self.rows)
        cut = min(int(row["known_at"]) for row in last)
        end = max(int(row["known_at"]) for row in last)
        self.all = table(EXAMPLE / "departures.csv.zst")
        self.events = {}
        for name, moment in [("quarter-late", cut), ("day-late", end - DAY), ("whole", math.inf)]:
            self.events[name] = work / f"events-{name}.csv"
            if not self.events[name].exists():
                write(self.events[name], [row for row in self.all if int(row["time"]) < moment])

    def write_rows(self, rows):
        """Files of these rows alone, by party."""
        files = {name: self.work / f"{name}-{len(rows)}.csv" for name in PARTIES}
        wanted = {row["flight_id"] for row in rows}
        for name, path in files.items():
            if not path.exists():
                write(path, [row for row in table(SOURCES[name]) if row["flight_id"] in wanted])
        return files

    def labels(self):
        known = {row["flight_id"]: int(row["late"]) for row in table(SOURCES["airline"])}
        return {row["flight_id"]: known[row["flight_id"]] for row in self.rows}

    def longest(self, events):
        """The row whose origin's window is the longest of at most so many events, and how many there are in it."""
        times = {}
        for row in self.all:
            times.setdefault(row["origin"], []).append(int(row["time"]))
        for moments in times.values():
            moments.sort()

        def window(row):
            known = bisect_left(times[row["origin"]], int(row["known_at"]))
            return known if known <= events else known - ((known - 1 - events) // (events // 2) + 1) * (events // 2)

        row = max(self.rows, key=window)
        return row, window(row)


class Federation:
    """Three party folders and a coordinator's below WORK, and one trained model whose state serves every prediction."""

    def __init__(self, programs, work, protection, settings, training=()):
        self.programs, self.work = Path(programs).resolve(), work
        self.folder = work / f"federation-{protection}"
        self.trained = work / f"trained-{protection}"
        self.settings = [f"protection={protection}", *settings]
        self.training = list(training)
        if not self.folder.exists():
            self.make()

    def party(self, *arguments, **options):
        return self.call("colonnade-party", *arguments, **options)

    def call(self, program, *arguments, log=None):
        done = subprocess.run(
            [self.programs / program, *map(str, arguments)], capture_output=True, text=True, check=False)
        if log:
            log.write_text(done.stdout + done.stderr)
        if done.returncode != 0:
            sys.exit(f"{program} {' '.join(map(str, arguments))} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done.stdout

    def make(self):
        port = 20_000 + os.getpid() % 20_000
        making = self.folder.with_suffix(".making")
        shutil.rmtree(making, ignore_errors=True)
        addresses = {name: f"127.0.0.1:{port + place}" for place, name in enumerate(PARTIES)}
        for name in PARTIES:
            (making / name).mkdir(parents=True)
            text = (EXAMPLE / f"{'airport-long-histories' if name == 'airport' else name}.yaml").read_text()
            text = text.replace("@PORT@", addresses[name].split(":")[1]).replace("@DATA@", str(EXAMPLE))
            (making / name / "party.yaml").write_text(text)
            self.party("init", making / name, "--name", name)
        self.call("colonnade", "init", making / "coordinator")
        for name in PARTIES:
            for partner in PARTIES:
                if partner != name:
                    self.party("trust", making / name, making / partner / "certificate.pem", "--address", addresses[partner])
            self.party("trust", making / name, making / "coordinator" / "certificate.pem", "--coordinator")
            self.call(
                "colonnade", "trust", making / "coordinator", making / name / "certificate.pem", "--address", addresses[name])
            shutil.copy(making / name / "party.yaml", making / name / "party.whole")
        making.rename(self.folder)

    def give(self, rows, events):
        """Has party files name these files of rows, by party, and of events."""
        for name in PARTIES:
            text = (self.folder / name / "party.whole").read_text()
            text = text.replace(str(EXAMPLE / "departures.csv.zst"), str(events.resolve()))
            if rows:
                text = text.replace(str(SOURCES[name]), str(rows[name].resolve()))
            (self.folder / name / "party.yaml").write_text(text)

    def restore(self, store=None):
        """Sets all parties back to where they were after the training; at the airport perhaps with stores beside the model."""
        for name in PARTIES:
            shutil.rmtree(self.folder / name / "state", ignore_errors=True)
            shutil.copytree(self.trained / name, self.folder / name / "state")
        if store:
            shutil.copytree(store, self.folder / "airport" / "state" / "histories")

    def train(self, events):
        """`colonnade run`, not `local`, which would train the tower once more for a baseline of all data in one place."""
        report = self.work / f"{self.trained.name}.json"
        if not self.trained.exists():
            self.give(None, events)
            with self.serving():
                self.call(
                    "colonnade", "run", JOB, *self.overrides(self.training), "--coordinator", self.folder / "coordinator",
                    "--report", report, "--quiet")
            making = self.trained.with_suffix(".making")
            shutil.rmtree(making, ignore_errors=True)
            for name in PARTIES:
                shutil.copytree(self.folder / name / "state", making / name)
            making.rename(self.trained)
        return json.loads(report.read_text())

    @contextlib.contextmanager
    def serving(self):
        """All parties' processes, as organisations keep them."""
        processes = [subprocess.Popen(
            [self.programs / "colonnade-party", "serve", self.folder / name / "party.yaml"],
            stdout=subprocess.DEVNULL, stderr=open(self.work / f"serve-{name}.log", "w")) for name in PARTIES]
        try:
            time.sleep(5)
            yield
        finally:
            for process in processes:
                process.send_signal(signal.SIGTERM)
            for process in processes:
                process.wait()

    def overrides(self, more=()):
        return [word for setting in [*self.settings, *more] for word in ("--set", setting)]

    def predict(self, model, budget=None, served=False):
        """One prediction, by parties that serve or start for it: its seconds, those of processors and stages, what the airport's store had
        to do, and scores by id."""
        result = self.work / "report.json"
        begin = time.monotonic()
        self.call(
            "colonnade", "predict", JOB, *self.overrides([f"towers.airport.history-budget={budget}"] if budget else []),
            "--model", model, *(("--coordinator", self.folder / "coordinator") if served else ("--parties", self.folder)),
            "--report", result, "--quiet")
        seconds = time.monotonic() - begin
        report = json.loads(result.read_text())
        file = max((self.folder / "airline" / "state" / "scores").glob("*.csv"), key=lambda path: path.stat().st_mtime_ns)
        with open(file, encoding="utf-8", newline="") as rows:
            scores = {row["flight_id"]: float(row["prediction"]) for row in csv.DictReader(rows)}
        return {
            "seconds": seconds, "stages": report["seconds"], "airport": report["processorSeconds"]["airport"],
            "rows": report["aligned"], "notes": report["notes"], "scores": scores}

    def history(self, command, model, budget, *options):
        """`colonnade-party history`, and its seconds."""
        begin = time.monotonic()
        text = self.party(
            "history", command, self.folder / "airport" / "party.yaml", model, "--history-budget", budget, "--json", *options)
        return {"seconds": time.monotonic() - begin, "output": json.loads(text)}

    @property
    def stores(self):
        return self.folder / "airport" / "state" / "histories"


def places(numbers):
    """Midranks of numbers, from 1."""
    order = sorted(range(len(numbers)), key=lambda place: numbers[place])
    ranks, first = [0.0] * len(numbers), 0
    while first < len(order):
        last = first
        while last + 1 < len(order) and numbers[order[last + 1]] == numbers[order[first]]:
            last += 1
        for place in order[first:last + 1]:
            ranks[place] = (first + last) / 2 + 1
        first = last + 1
    return ranks


def components(scores, labels):
    """The area under the curve, and DeLong's components of the rows with label 1 and of those with label 0."""
    parts = [[score for score, label in zip(scores, labels) if label == wanted] for wanted in (1, 0)]
    (m, n), together, alone = map(len, parts), places(parts[0] + parts[1]), [places(part) for part in parts]
    ones = [(rank - own) / n for rank, own in zip(together[:m], alone[0])]
    zeros = [1 - (rank - own) / m for rank, own in zip(together[m:], alone[1])]
    return sum(ones) / m, ones, zeros


def variance(numbers):
    mean = sum(numbers) / len(numbers)
    return sum((number - mean) ** 2 for number in numbers) / (len(numbers) - 1)


def compared(scores, dense, labels):
    """The area under the curve, the difference to dense windows' on the same rows, and the standard error of both."""
    ids = sorted(labels)
    truth = [labels[row] for row in ids]
    area, ones, zeros = components([scores[row] for row in ids], truth)
    other, other_ones, other_zeros = components([dense[row] for row in ids], truth)
    error = (variance(ones) / len(ones) + variance(zeros) / len(zeros)) ** 0.5
    paired = (variance([a - b for a, b in zip(ones, other_ones)]) / len(ones)
              + variance([a - b for a, b in zip(zeros, other_zeros)]) / len(zeros)) ** 0.5
    return area, error, area - other, paired


class Comparison:
    """Runs what is compared, and keeps what it found in WORK."""

    def __init__(self, federation, data, model):
        self.federation, self.data, self.model = federation, data, model
        self.results = federation.work / f"results-{federation.folder.name}-{len(data.rows)}"
        self.results.mkdir(exist_ok=True)

    def kept(self, name, compute):
        """What was found before under this name, or is found now."""
        path = self.results / f"{name}.json"
        if not path.exists():
            print(f"{name} ...", file=sys.stderr, flush=True)
            found = compute()
            path.write_text(json.dumps(found))
        return json.loads(path.read_text())

    def predict(self, budget=None, store=None, rows=None):
        self.federation.restore(store)
        self.federation.give(rows or self.data.files, self.data.events["whole"])
        return self.federation.predict(self.model, budget)

    def dense(self, turn=0):
        return self.kept(f"dense-{turn}", lambda: self.predict())

    def built(self, budget, events):
        """A folder of stores with so many events, made when it is first asked for."""
        kept = self.results / f"stores-{budget}-{events}"
        if not kept.exists():
            (self.results / f"build-{budget}-{events}.json").unlink(missing_ok=True)
            self.federation.restore()
            self.federation.give(None, self.data.events[events])
            self.kept(f"build-{budget}-{events}", lambda: self.federation.history("build", self.model, budget))
            shutil.move(self.federation.stores, kept)
        return kept

    def full(self, turn=0):
        return self.late("1", "whole", turn)

    def late(self, budget, events, turn=0):
        return self.kept(f"{budget}-{events}-{turn}", lambda: self.predict(budget, self.built(budget, events)))

    def one(self, row, budget, turn):
        """One row, by dense windows and out of a store that is up to date."""
        files = self.data.write_rows([row])
        return (self.kept(f"one-dense-{turn}", lambda: self.predict(rows=files)),
                self.kept(f"one-{budget}-{turn}", lambda: self.predict(budget, self.built(budget, "whole"), files)))

    def served(self, row, budget, turn):
        """The same by parties that serve, once they have read their files: four predictions are all that a row's exposure allows."""
        files = self.data.write_rows([row])

        def ask():
            self.federation.restore(self.built(budget, "whole"))
            self.federation.give(files, self.data.events["whole"])
            with self.federation.serving():
                return [self.federation.predict(self.model, share, served=True) for share in (None, budget, None, budget)][2:]

        return self.kept(f"served-{budget}-{turn}", ask)

    def query(self, row, budget):
        def ask():
            self.federation.restore(self.built(budget, "whole"))
            self.federation.give(None, self.data.events["whole"])
            return [self.federation.history("query", self.model, budget, "--history", name, "--entity", row[name])["output"]
                    for name in ("route", "origin")]

        return self.kept(f"query-{budget}", ask)


def show(head, lines):
    print("\n| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    for line in lines:
        print("| " + " | ".join(line) + " |")
    print(flush=True)


def areas(comparison, budgets, labels):
    dense, full = comparison.dense()["scores"], comparison.full()["scores"]
    lines = []
    late = {f"a share of {budget}": comparison.late(budget, "quarter-late") for budget in budgets}
    for name, scores in {"dense windows": dense, "full": full, **{name: one["scores"] for name, one in late.items()}}.items():
        area, error, to_dense, dense_error = compared(scores, dense, labels)
        _, _, to_full, full_error = compared(scores, full, labels)
        loss = -sum(math.log(scores[row] if label else 1 - scores[row]) for row, label in labels.items()) / len(labels)
        mean = sum(scores[row] for row in labels) / len(labels)
        apart = sum(abs(scores[row] - full[row]) for row in labels) / len(labels)
        lines.append([
            name, f"{area:.4f} ({error:.4f})", f"{to_dense:+.4f} ({dense_error:.4f})", f"{to_full:+.4f} ({full_error:.4f})",
            f"{loss:.4f}", f"{mean:.4f}", f"{apart:.4f}", appending(late[name]) if name in late else ""])
    show(["attention", "AUC (standard error)", "less dense windows'", "less full attention's", "log loss", "mean prediction",
          "mean distance to full attention's", "new events, µs each"], lines)


def appending(prediction):
    """Microseconds of each event that came to an airport's store with a prediction, with the check of those before; by history."""
    found = [re.search(r"'(\w+)'.*?(\d+) new ones.*; ([0-9.]+) s$", note) for note in prediction["notes"]]
    return ", ".join(f"{one[1]} {1e6 * float(one[3]) / int(one[2]):.0f}" for one in found if one and int(one[2]))


def median(numbers):
    ordered = sorted(numbers)
    return (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2


def times(comparison, budget, rounds, measures_all):
    kinds = {"dense windows": comparison.dense,
             f"a share of {budget}, a day late": lambda turn: comparison.late(budget, "day-late", turn),
             f"a share of {budget}, up to date": lambda turn: comparison.late(budget, "whole", turn)}
    if measures_all:
        kinds["full, up to date"] = comparison.full
    found = {name: [] for name in kinds}
    for turn in range(rounds):
        for name, run in kinds.items():
            found[name].append(run(turn))
    if measures_all:
        found[f"a share of {budget}, a quarter late (once)"] = [comparison.late(budget, "quarter-late")]
    timed(found)
    for name, turns in found.items():
        for note in turns[0]["notes"]:
            print(f"* {name}: {note}")
    for path in sorted(comparison.results.glob("build-*.json")):
        print(f"* {path.stem}: {json.loads(path.read_text())['seconds']:.1f} s")


def timed(found):
    """A table of predictions that took turns; the first kind is what the others are compared with."""
    first = next(iter(found.values()))
    lines = []
    for name, turns in found.items():
        numbers = [
            [one["seconds"] for one in turns], *([one["stages"][stage] for one in turns] for stage in (
                "align", "prepare", "total")), [one["airport"] for one in turns]]
        ratios = [other["seconds"] / one["seconds"] for other, one in zip(first, turns)]
        lines.append([name, *(f"{median(column):.2f}" for column in numbers), f"{median(ratios):.2f}"])
    show(["prediction", "seconds with all programs' start", "align", "prepare", "job in all", "airport's processors", "dense / this"],
         lines)


def one(comparison, budget, rounds):
    row, events = comparison.data.longest(WINDOW)
    turns = [comparison.one(row, budget, turn) for turn in range(rounds)]
    print(f"\nOne row, with {events} events in its origin's window:")
    timed({"dense windows": [turn[0] for turn in turns], f"a share of {budget}, up to date": [turn[1] for turn in turns]})
    turns = [comparison.served(row, budget, turn) for turn in range(rounds)]
    print("\nThe same row, by parties that serve and have predicted it before:")
    timed({"dense windows": [turn[0] for turn in turns], f"a share of {budget}, up to date": [turn[1] for turn in turns]})
    print(f"One more event: {json.dumps(comparison.query(row, budget))}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("programs", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--budgets", nargs="+", default=["0.2"], help="the first one is timed")
    parser.add_argument("--protection", choices=["none", "blind"], default="none")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--set", action="append", default=[], help="as colonnade's, of the training and of predictions")
    parser.add_argument("--set-training", action="append", default=[], help="of the training alone")
    options = parser.parse_args()
    work = options.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    data = Data(work, options.rows)
    federation = Federation(options.programs, work, options.protection, options.set, options.set_training)
    report = federation.train(EXAMPLE / "departures.csv.zst")
    print(f"Trained: {report['modelID']}, {report['seconds']['total']:.0f} s; {report['metrics']}; {report['notes']}")
    labels = data.labels()
    print(f"{len(labels)} rows, of which {sum(labels.values())} have label 1; {options.protection}", flush=True)
    comparison = Comparison(federation, data, report["modelID"])
    if options.protection == "none":
        areas(comparison, options.budgets, labels)
    times(comparison, options.budgets[0], options.rounds, options.protection == "none")
    if options.protection == "none":
        one(comparison, options.budgets[0], options.rounds)


if __name__ == "__main__":
    main()
