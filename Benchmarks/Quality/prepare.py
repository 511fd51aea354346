#!/usr/bin/env python3
"""Makes the parties' files of one data set of `colonnade-bench quality`.

    prepare.py NAME DATA OUTPUT

DATA holds one folder of raw files for each data set (its licence and origin: Benchmarks/README.md); OUTPUT receives
one PARTY.csv for each organisation. A second run gives the same bytes. Needs Python 3.10 or later and its standard
library only; for the flights the zstd command too.

Rows are named by `id`, or, where a data set brings its own test file, by `set` (train or test) and `row`. A category
whose names are numbers gets names that are words, so that no party file needs to force its type.
"""

import csv
import io
import math
import subprocess
import sys
import zipfile
from pathlib import Path

EXAMPLE = Path(__file__).resolve().parents[2] / "parties" / "flights"


def read(path, delimiter=","):
    with open(path, encoding="utf-8", newline="") as file:
        yield from csv.reader(file, delimiter=delimiter)


def write(path, header, rows):
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def names(first, last):
    return [f"c{column}" for column in range(first, last + 1)]


# Sparse sets: LIBSVM files of ones


def libsvm(path, columns):
    """Labels, 0 or 1, and dense rows of zeros and ones."""
    with open(path, encoding="utf-8") as file:
        for line in file:
            label, *cells = line.split()
            row = [0] * columns
            for cell in cells:
                index, value = cell.split(":")
                assert value == "1", path
                row[int(index) - 1] = 1
            yield int(label.removeprefix("+") == "1"), row


def split_sparse(files, columns, own, parties, output):
    """Writes files of all columns as a label party with the first `own` and another party with the rest."""
    label, other = [], []
    for name, path in files:
        for index, (y, row) in enumerate(libsvm(path, columns)):
            label.append([name, index, y, *row[:own]])
            other.append([name, index, *row[own:]])
    write(output / f"{parties[0]}.csv", ["set", "row", "y", *names(1, own)], label)
    write(output / f"{parties[1]}.csv", ["set", "row", *names(own + 1, columns)], other)


def a9a(data, output):
    """The public two-party split: 61 columns beside the labels and 62; its test file has them side by side."""
    own, rest = 61, 62
    train = zip(libsvm(data / "a9a_vertical_p0", own), libsvm(data / "a9a_vertical_p1", rest))
    label, other = [], []
    for index, ((y, row), (copy, others)) in enumerate(train):
        assert y == copy, "both parts carry the labels"
        label.append(["train", index, y, *row])
        other.append(["train", index, *others])
    for index, (y, row) in enumerate(libsvm(data / "a9a_vertical_test", own + rest)):
        label.append(["test", index, y, *row[:own]])
        other.append(["test", index, *row[own:]])
    write(output / "employer.csv", ["set", "row", "y", *names(1, own)], label)
    write(output / "census.csv", ["set", "row", *names(own + 1, own + rest)], other)


def mushroom(data, output):
    """The cap, with the labels; odour, gills, stalk, ring, spores and place at the other party."""
    files = [("train", data / "agaricus.txt.train"), ("test", data / "agaricus.txt.test")]
    split_sparse(files, 126, 20, ("picker", "laboratory"), output)


# Dense sets


def higgs(data, output):
    """14 columns beside the labels, 14 at the other party."""
    label, other = [], []
    for name in ("train", "test"):
        for index, (y, *row) in enumerate(read(data / f"higgs_binary.{name}", "\t")):
            assert len(row) == 28
            label.append([name, index, y, *row[:14]])
            other.append([name, index, *row[14:]])
    write(output / "tracker.csv", ["set", "row", "y", *names(1, 14)], label)
    write(output / "calorimeter.csv", ["set", "row", *names(15, 28)], other)


def copied(data, output, files):
    """Sets that come as a file with `id` and `y` and another with `id`."""
    for party, file in files.items():
        header, *rows = read(data / file)
        write(output / f"{party}.csv", header, rows)


def credit(data, output):
    files = {"bank": "default_credit_hetero_guest.csv", "bureau": "default_credit_hetero_host.csv"}
    copied(data, output, files)


def breast(data, output):
    copied(data, output, {"clinic": "breast_hetero_guest.csv", "laboratory": "breast_hetero_host.csv"})


def vehicle(data, output):
    copied(data, output, {"front": "vehicle_scale_hetero_guest.csv", "side": "vehicle_scale_hetero_host.csv"})


def logit(data, output):
    """Two files of the same rows without ids: the line is the id. The label is the last column of the first."""
    header, *rows = read(data / "spu_perfect_logit_a.csv")
    write(output / "left.csv", ["id", "y", *header[:-1]],
          ([index, int(float(row[-1])), *row[:-1]] for index, row in enumerate(rows)))
    header, *rows = read(data / "spu_perfect_logit_b.csv")
    write(output / "right.csv", ["id", *header], ([index, *row] for index, row in enumerate(rows)))


def housing(data, output):
    """Six columns of a block's census beside its median house value (in units of 100,000); where it lies, elsewhere.

    A line through longitude and latitude says little of a place, so the survey adds the quarter of a degree it is in.
    """
    header, *rows = read(data / "housing.csv")
    census, survey = [], []
    for index, cells in enumerate(rows):
        row = dict(zip(header, cells))
        households, people = float(row["households"]), float(row["population"])
        bedrooms = row["total_bedrooms"]
        # Logarithms: one block has 1,243 people for each household, and no model should hang on it.
        census.append([
            index, float(row["median_house_value"]) / 100_000, row["median_income"], row["housing_median_age"],
            math.log(float(row["total_rooms"]) / households),
            math.log(float(bedrooms) / households) if bedrooms else "", math.log(people),
            math.log(people / households)])
        south, west = (math.floor(4 * float(row[name])) / 4 for name in ("latitude", "longitude"))
        cell = f"{south}N {-west}W"
        survey.append([index, row["longitude"], row["latitude"], cell])
    write(output / "census.csv",
          ["id", "value", "income", "age", "rooms", "bedrooms", "population", "occupants"], census)
    write(output / "survey.csv", ["id", "longitude", "latitude", "cell"], survey)


# Flights: the example's three organisations, and the aircraft register


WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def example(party):
    text = subprocess.run(["zstd", "-dcq", EXAMPLE / f"{party}.csv.zst"], check=True, capture_output=True).stdout
    return list(csv.reader(io.StringIO(text.decode())))


def tail_numbers(path):
    """The aircraft of each flight, by the example's flight_id."""
    with zipfile.ZipFile(path) as archive, archive.open("flights.csv") as file:
        for row in csv.DictReader(io.TextIOWrapper(file, "utf-8")):
            day = f"{row['year']}-{int(row['month']):02}-{int(row['day']):02}"
            yield f"{day}/{row['carrier']}/{row['flight']}/{row['origin']}", row["tailnum"]


def flights(data, output):
    header, *rows = example("airline")
    place = {name: header.index(name) for name in ("flight_id", "hour", "weekday", "month")}
    tails = dict(tail_numbers(data / "flights.csv.zip"))
    columns = ["year", "type", "manufacturer", "model", "engines", "seats", "engine"]
    with open(data / "planes.csv", encoding="utf-8", newline="") as file:
        register = {row["tailnum"]: ["" if row[name] == "NA" else row[name] for name in columns]
                    for row in csv.DictReader(file)}
    nothing = [""] * len(columns)
    # A flight whose aircraft is not in the register keeps its row, so that alignment loses none.
    entries = [[row[place["flight_id"]], *register.get(tails[row[place["flight_id"]]], nothing)] for row in rows]
    write(output / "register.csv", ["flight_id", *columns], entries)
    for row in rows:
        row[place["hour"]] += "h"
        row[place["weekday"]] = WEEKDAYS[int(row[place["weekday"]]) - 1]
        row[place["month"]] = MONTHS[int(row[place["month"]]) - 1]
    write(output / "airline.csv", header, rows)
    for party in ("weather", "airport"):
        header, *rows = example(party)
        write(output / f"{party}.csv", header, rows)


SETS = {make.__name__: make for make in (
    a9a, breast, credit, flights, higgs, housing, logit, mushroom, vehicle)}


if __name__ == "__main__":
    if len(sys.argv) != 4 or sys.argv[1] not in SETS:
        sys.exit(f"{__doc__}\nNAME: {', '.join(SETS)}")
    destination = Path(sys.argv[3])
    destination.mkdir(parents=True, exist_ok=True)
    SETS[sys.argv[1]](Path(sys.argv[2]) / sys.argv[1], destination)
