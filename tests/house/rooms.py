#!/usr/bin/env python3
"""A member without a test stops the configuration, which names the file; a member with one is in the catalog."""

import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROJECT = """cmake_minimum_required(VERSION 3.25)
project(room LANGUAGES NONE)
include({root}/cmake/room.cmake)
upkeep_room(FLOOR floor FOLDER floor/room NAMESPACE upkeep::room CATALOG RoomCatalog HEADER floor/room/room.hpp)
"""

with tempfile.TemporaryDirectory() as folder:
    top = pathlib.Path(folder)
    (top / "CMakeLists.txt").write_text(PROJECT.format(root=ROOT))
    room = top / "src" / "floor" / "room"
    room.mkdir(parents=True)
    for name in ["room.cpp", "tested.cpp", "tested_test.cpp"]:
        (room / name).write_text("")

    def configure():
        return subprocess.run([sys.argv[1], "-G", "Ninja", "-S", top, "-B", top / "build"], capture_output=True, text=True)

    first = configure()
    assert first.returncode == 0, first.stderr
    catalog = (top / "build" / "catalogs" / "floor" / "room" / "catalog.cpp").read_text()
    assert "add_tested(all);" in catalog and "add_room" not in catalog, catalog

    (room / "untested.cpp").write_text("")
    second = configure()
    assert second.returncode != 0, "a member without a test was accepted"
    assert "src/floor/room/untested.cpp has no test" in " ".join(second.stderr.split()), second.stderr
print("rooms refuse members without a test")
