"""OSRM and Valhalla as they are, beside Huilu's own roads: built from the same file, asked the same questions.

The engines come as Python packages with native programs inside (`road-engines.txt`, pinned by hash), which
`.ci/road-engines` unpacks into target/road-engines; each city is built there once. Every server gets one core, listens on the loopback
address alone and is ended by the process that started it.
"""

import http.client
import json
import math
import re
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BINARY = ROOT / "target/debug/huilu"
EXAMPLES = ROOT / "target/debug/examples"
REAL = ROOT.parent / "shared/data/real"
ENGINES = ROOT / "target/road-engines"
CITIES = {
    "macau": REAL / "osm-macau/macau-260220.osm.pbf",
    "saopaulo": REAL / "osm-saopaulo/spo.osm.pbf",
    "chengdu": REAL / "osm-chengdu-2018/chengdu-2018.osm.pbf",
}
CORE = 1


@dataclass
class Journey:
    """The fastest way between two places as one engine sees it."""

    seconds: float
    metres: float
    line: list  # of (lat, lon)
    off_m: tuple  # how far both places lie from the road taken


def on_one_core(*command, **options):
    return subprocess.Popen(["taskset", "-c", str(CORE), *map(str, command)], **options)


def timed(*command, log, folder=None):
    """Runs a command on one core to its end; its seconds. What it says goes to a file that is shown if it fails."""
    started = time.monotonic()
    with open(log, "w") as out:
        process = on_one_core(*command, stdout=out, stderr=subprocess.STDOUT, cwd=folder)
        try:
            code = process.wait(timeout=600)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    if code:
        sys.exit(f"{command[0]} failed:\n{Path(log).read_text()[-2000:]}")
    return time.monotonic() - started


def fetch():
    """Lays both engines into target/road-engines where that has not been done yet."""
    subprocess.run([ROOT / ".ci/road-engines"], check=True, timeout=900)
    if not all((ENGINES / name).is_dir() for name in ("osrm", "valhalla")):
        sys.exit("OSRM and Valhalla are not there: nothing to compare with")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """One connection to a server of ours to start and end."""

    def __init__(self, process, port, headers=None):
        self.process, self.port, self.headers = process, port, headers or {}
        self.connection = None

    def ask_bytes(self, path, body=None, timeout=600):
        """The answer's status and bytes; the connection is kept open between questions."""
        for attempt in (1, 2):
            if self.connection is None:
                self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
                self.connection.connect()
                # Without this the kernel waits for more to send after each question's header.
                self.connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            try:
                method = "GET" if body is None else "POST"
                self.connection.request(method, path, body, {"Content-Type": "application/json", **self.headers})
                answer = self.connection.getresponse()
                return answer.status, answer.read()
            except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
                # The server closed an idle connection.
                self.connection = None
                if attempt == 2:
                    raise

    def peak_mib(self):
        """Peak resident memory of the server so far."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"^VmHWM:\s+(\d+)", status, re.MULTILINE)[1]) // 1_024

    def ask(self, path, body=None):
        status, data = self.ask_bytes(path, None if body is None else json.dumps(body))
        return status, json.loads(data)


@contextmanager
def listening(command, port, log, headers=None, folder=None):
    """Starts a server, waits until it listens, and ends it."""
    with open(log, "w") as out:
        process = on_one_core(*command, stdout=out, stderr=subprocess.STDOUT, cwd=folder)
    try:
        deadline = time.monotonic() + 60
        while True:
            if process.poll() is not None or time.monotonic() > deadline:
                sys.exit(f"{command[0]} did not start:\n{Path(log).read_text()[-2000:]}")
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.05)
        yield Server(process, port, headers)
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()


class Osrm:
    """Its `car` profile with contraction hierarchies."""

    name = "OSRM"

    def __init__(self, city):
        self.folder = ENGINES / "cities" / city / "osrm"
        self.file = CITIES[city]

    def build(self):
        """Seconds of both steps from the file to a ready hierarchy."""
        self.folder.mkdir(parents=True, exist_ok=True)
        link = self.folder / "city.osm.pbf"
        link.unlink(missing_ok=True)
        link.symlink_to(self.file)
        programs = ENGINES / "osrm/osrm"
        profile = programs / "share/profiles/car.lua"
        extract = timed(programs / "bin/osrm-extract", "-t", 1, "-p", profile, link, log=self.folder / "extract.log")
        contract = timed(
            programs / "bin/osrm-contract", "-t", 1, self.folder / "city.osrm", log=self.folder / "contract.log"
        )
        return {"extract": extract, "contract": contract}

    @contextmanager
    def serving(self):
        if not (self.folder / "city.osrm.hsgr").exists():
            self.build()
        port = free_port()
        command = [
            ENGINES / "osrm/osrm/bin/osrm-routed", "--algorithm", "ch", "-t", 1, "-i", "127.0.0.1", "-p", port,
            "--max-table-size", 10_000, "--keepalive-timeout", 600, self.folder / "city.osrm",
        ]  # fmt: skip
        with listening(command, port, self.folder / "routed.log") as server:
            self.server = server
            yield self

    def nearest(self, at):
        """The nearest point of a road that may be driven on, and the metres to it."""
        _, answer = self.server.ask(f"/nearest/v1/driving/{at[1]:.7f},{at[0]:.7f}")
        lon, lat = answer["waypoints"][0]["location"]
        return (lat, lon), answer["waypoints"][0]["distance"]

    def route(self, a, b, profile="van"):
        query = "overview=full&geometries=geojson&continue_straight=false"
        _, answer = self.server.ask(f"/route/v1/driving/{a[1]:.7f},{a[0]:.7f};{b[1]:.7f},{b[0]:.7f}?{query}")
        if answer["code"] != "Ok":
            return None
        route = answer["routes"][0]
        line = [(lat, lon) for lon, lat in route["geometry"]["coordinates"]]
        off = tuple(waypoint["distance"] for waypoint in answer["waypoints"])
        return Journey(route["duration"], route["distance"], line, off)

    def table(self, points):
        """Bytes of the answer to a square table of seconds and metres."""
        where = ";".join(f"{lon:.6f},{lat:.6f}" for lat, lon in points)
        return self.server.ask_bytes(f"/table/v1/driving/{where}?annotations=duration,distance")

    def seconds_of(self, answer):
        return answer["durations"]


def polyline(text, precision=1e6):
    """Decodes the polyline format (signed differences in chunks of five bits) into (lat, lon)."""
    line, lat, lon, at = [], 0, 0, 0
    while at < len(text):
        steps = []
        for _ in range(2):
            shift = value = 0
            while True:
                chunk = ord(text[at]) - 63
                at += 1
                value |= (chunk & 0x1F) << shift
                shift += 5
                if chunk < 0x20:
                    break
            steps.append(~(value >> 1) if value & 1 else value >> 1)
        lat, lon = lat + steps[0], lon + steps[1]
        line.append((lat / precision, lon / precision))
    return line


class Valhalla:
    """Its `auto` costing with its defaults, and its `truck` in the size of ours instead of 22 t and 4.1 m."""

    name = "Valhalla"
    costings = {"van": "auto", "truck": "truck"}
    options = {"truck": {"weight": 4.5, "height": 3.2, "width": 2.3, "length": 7, "axle_load": 3.5, "axle_count": 2}}

    def __init__(self, city):
        self.folder = ENGINES / "cities" / city / "valhalla"
        self.file = CITIES[city]

    def build(self):
        """Seconds of building the tiles."""
        self.folder.mkdir(parents=True, exist_ok=True)
        programs = ENGINES / "valhalla/valhalla"
        config = json.loads(
            subprocess.run(
                [sys.executable, programs / "valhalla_build_config.py", "--mjolnir-tile-dir", self.folder / "tiles",
                 "--mjolnir-concurrency", "1"],
                check=True, capture_output=True, text=True,
            ).stdout
        )  # fmt: skip
        config["mjolnir"]["admin"] = config["mjolnir"]["timezone"] = ""
        for costing in ("auto", "truck"):
            config["service_limits"][costing]["max_matrix_location_pairs"] = 2_000_000
        service = config["httpd"]["service"]
        service["loopback"], service["interrupt"] = (f"ipc://{self.folder}/{name}" for name in ("loopback", "interrupt"))
        for part in ("loki", "odin", "thor"):
            config[part]["service"]["proxy"] = f"ipc://{self.folder}/{part}"
        (self.folder / "valhalla.json").write_text(json.dumps(config))
        return {
            "tiles": timed(
                programs / "bin/valhalla_build_tiles", "-c", self.folder / "valhalla.json", self.file,
                log=self.folder / "tiles.log",
            )
        }  # fmt: skip

    @contextmanager
    def serving(self):
        if not (self.folder / "tiles").is_dir():
            self.build()
        port = free_port()
        config = json.loads((self.folder / "valhalla.json").read_text())
        config["httpd"]["service"]["listen"] = f"tcp://127.0.0.1:{port}"
        (self.folder / "serving.json").write_text(json.dumps(config))
        command = [ENGINES / "valhalla/valhalla/bin/valhalla_service", self.folder / "serving.json", 1]
        with listening(command, port, self.folder / "service.log") as server:
            self.server = server
            yield self

    def route(self, a, b, profile="van"):
        question = {
            "locations": [{"lat": lat, "lon": lon} for lat, lon in (a, b)],
            "costing": self.costings[profile], "costing_options": self.options, "directions_type": "none",
        }  # fmt: skip
        status, answer = self.server.ask("/route", question)
        if status != 200:
            return None
        leg = answer["trip"]["legs"][0]
        line = polyline(leg["shape"])
        off = (apart_m(a, line[0]), apart_m(b, line[-1]))
        return Journey(leg["summary"]["time"], leg["summary"]["length"] * 1_000, line, off)

    def table(self, points):
        places = [{"lat": lat, "lon": lon} for lat, lon in points]
        question = {"sources": places, "targets": places, "costing": "auto"}
        return self.server.ask_bytes("/sources_to_targets", json.dumps(question))

    def seconds_of(self, answer):
        return [[cell["time"] for cell in line] for line in answer["sources_to_targets"]]


def said(log, pattern, seconds=30):
    """What a server writes into its log soon after its port is open."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if found := re.search(pattern, log.read_text(), re.MULTILINE):
            return found[1]
        time.sleep(0.05)
    raise RuntimeError(f"{log} does not say {pattern}")


class Huilu:
    """Ours, as its server answers. The city is imported into a data folder of its own."""

    name = "Huilu"

    def __init__(self, city, folder):
        self.city, self.folder = city, folder / city
        self.file = CITIES[city]

    def build(self):
        """Seconds of importing the city's roads: the graphs of four profiles and their hierarchies, stored."""
        self.folder.mkdir(parents=True, exist_ok=True)
        command = [BINARY, "import", "osm", self.file, "--city", self.city, "--zone", "Asia/Shanghai", "--data-dir", self.folder]
        return {"import": timed(*command, log=self.folder / "import.log")}

    @contextmanager
    def serving(self):
        if not self.folder.exists():
            self.build()
        port = free_port()
        command = [BINARY, "serve", "--listen", f"127.0.0.1:{port}", "--data-dir", self.folder]
        log = self.folder / "serve.log"
        with listening(command, port, log) as server:
            token = said(log, r"^token planner: (\S+)")
            server.headers["Authorization"] = f"Bearer {token}"
            self.server = server
            yield self

    def route(self, a, b, profile="van"):
        answer = self.through([a, b], profile)
        if answer["seconds"] is None:
            return None
        line = [(point["lat"], point["lon"]) for point in answer["line"]]
        off = tuple(snapped["distance_m"] for snapped in answer["snapped"])
        return Journey(answer["seconds"], answer["metres"], line, off)

    def through(self, points, profile):
        """The answer to a route through places in their order."""
        status, answer = self.server.ask("/v1/travel/route", question(points, profile))
        if status != 200:
            sys.exit(f"/v1/travel/route answers {status}: {answer}")
        return answer

    def table(self, points, profile="van", **more):
        return self.server.ask_bytes("/v1/travel/matrix", json.dumps(question(points, profile) | more))

    def seconds_of(self, answer):
        return answer["seconds"]


def question(points, profile):
    return {"profile": profile, "datum": "wgs84", "points": [{"lat": lat, "lon": lon} for lat, lon in points]}


def write_points(path, points):
    path.write_text("lat,lon\n" + "".join(f"{lat:.7f},{lon:.7f}\n" for lat, lon in points))


def apart_m(a, b):
    """Metres between two near places, on a plane."""
    north = (a[0] - b[0]) * 111_195
    east = (a[1] - b[1]) * 111_195 * math.cos(math.radians((a[0] + b[0]) / 2))
    return math.hypot(north, east)
