"""The monitor beside NannyML, a year of profiles, and what profiles cost the log. Prints medians of one run on one machine.

    measure_monitor.py [--build build/release] [--runs 3] [--nannyml PYTHON]      PYTHON: one that has NannyML (default: this one)
"""

import argparse
import datetime
import json
import pathlib
import statistics
import struct
import subprocess
import sys
import tempfile

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from measure import ROOT, in_pairs, whole

ROWS, FEATURES = 200_000, 20
DAYS, SEGMENTS_OF_A_DAY, ROWS_OF_A_SEGMENT, WIDE = 365, 1370, 100, 100


def numbers(rows, features, seed):
    chance = np.random.default_rng(seed)
    return {f"f{i}": chance.normal(0, 1 + i, rows).astype("f4") for i in range(features)}


def segment(columns, first_us):
    rows = len(next(iter(columns.values())))
    return pa.table({
        "request_id": [f"q{i}" for i in range(rows)], "row": pa.array(np.zeros(rows, "i4")),
        "time": pa.array(first_us + np.arange(rows, dtype="i8") * 1000, pa.timestamp("us", tz="UTC")),
        "model": ["m"] * rows, "latency_us": pa.array(np.full(rows, 100, "i8")), "error": [""] * rows,
        **columns})


def against_nannyml(upkeep, python, folder, runs):
    reference, current = numbers(ROWS, FEATURES, 1), numbers(ROWS, FEATURES, 2)
    pq.write_table(pa.table(reference), folder / "reference.parquet")
    pq.write_table(pa.table(current), folder / "current.parquet")
    partition = folder / "log/m/predictions/version=1/date=2026-09-21"
    partition.mkdir(parents=True)
    first = int(datetime.datetime(2026, 9, 21, tzinfo=datetime.timezone.utc).timestamp() * 1e6)
    pq.write_table(segment({f"in.{k}": v for k, v in current.items()}, first), partition / "20260921T000000.000000Z-0000000000000001.parquet")
    ours = [upkeep, "monitor", "m", "--registry", "none", "--log", "log", "--reference", "reference.parquet"]
    return in_pairs(ours, [python, pathlib.Path(__file__).parent / "monitor_nannyml.py", "reference.parquet", "current.parquet"], folder, runs)


def varint(value):
    out = b""
    while value >= 0x80:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def signed(value): return varint((value << 1) ^ (value >> 63) if value >= 0 else ((-value) << 1) - 1)


def text(value): return varint(len(value)) + value.encode()


def check_sum(data):
    value = 0xCBF29CE484222325
    for at in range(0, len(data), 8):
        word = int.from_bytes(data[at:at + 8], "little")
        value = ((value ^ word) * 0x100000001B3) & (2**64 - 1)
        value ^= value >> 29
    return value


def profile_file(name, fingerprint, sizes, first_us, chance):
    """A compacted day, as src/log/profile_files.cpp describes it."""
    rows = SEGMENTS_OF_A_DAY * ROWS_OF_A_SEGMENT
    data = b"UPKPROF1" + text(name) + text(fingerprint) + varint(rows) + varint(0) + varint(rows) + varint(0)
    data += signed(first_us) + signed(first_us + 86_000_000_000) + varint(1) + signed(106) + varint(rows) + varint(len(sizes))
    parts = []
    for size in sizes:
        counts = chance.multinomial(rows, np.full(size - 2, 1 / (size - 2)))
        parts.append(varint(size) + varint(int((counts > 0).sum())))
        skipped = 1
        for count in counts:
            if count == 0:
                skipped += 1
                continue
            parts.append(varint(skipped) + varint(int(count)))
            skipped = 0
        parts.append(varint(0) + varint(0) + struct.pack("<dd", -4, 4) + bytes(32) + varint(0))
    data += b"".join(parts)
    return data + check_sum(data).to_bytes(8, "little")


def a_year(upkeep, folder, runs):
    chance = np.random.default_rng(3)
    columns = [f"f{i}" for i in range(WIDE)]
    values = chance.normal(size=(20_000, WIDE)).astype("f4")
    table = {name: values[:, i] for i, name in enumerate(columns)}
    pq.write_table(pa.table({**table, "y": values[:, 0] * 2}), folder / "train.parquet")
    (folder / "net.yaml").write_text(f"layers:\n  - input: {{shape: [{WIDE}]}}\n  - dense: {{units: 1}}\n")
    run = lambda *words: subprocess.run([str(upkeep), *words], cwd=folder, check=True, capture_output=True, text=True).stdout
    run("train", "net.yaml", "--data", "train.parquet", "--target", "y", "--loss", "mse", "--epochs", "1", "--seed", "1", "--output", "m.onnx")
    run("registry", "publish", "m.onnx", "--name", "m", "--reference", "train.parquet", "--alias", "production", "--registry", "registry")
    cells_file = next((folder / "registry/references").glob("*.profile.json"))
    cells = json.loads(cells_file.read_text())
    sizes = [len(c["edges"]) + 1 for c in cells["columns"]]
    fingerprint = cells_file.name.removesuffix(".profile.json")
    for day in range(DAYS):
        date = datetime.datetime(2025, 1, 1, tzinfo=datetime.timezone.utc) + datetime.timedelta(days=day)
        partition = folder / f"registry/log/m/predictions/version=1/date={date:%Y-%m-%d}"
        partition.mkdir(parents=True)
        name = f"{date:%Y%m%d}T000000.000000Z-{day:016x}-compacted"
        first = int(date.timestamp() * 1e6)
        some = chance.integers(0, 20_000, 500)
        outputs = {c["column"]: values[some, 0] for c in cells["columns"] if c["column"].startswith("out.")}
        pq.write_table(segment({**{f"in.{k}": v[some] for k, v in table.items()}, **outputs}, first), partition / (name + ".parquet"))
        (partition / f"_{name}.profile").write_bytes(profile_file(name + ".parquet", fingerprint, sizes, first, chance))
    words = [upkeep, "monitor", "m", "--registry", "registry", "--json"]
    report = json.loads(run(*map(str, words[1:])))
    assert report["profiles"]["segments"] == DAYS and report["profiles"]["from_rows"] == 0, report["profiles"]
    costs = [whole(words, folder) for _ in range(runs)]
    return {"rows": report["rows"], "seconds": statistics.median(c.seconds for c in costs), "peak_mb": max(c.peak_mb for c in costs)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--nannyml", default=sys.executable)
    given = parser.parse_args()
    upkeep, inner = (given.build / "apps/upkeep").resolve(), (given.build / "benchmarks/monitor_benchmark").resolve()
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        for name in ("a", "b", "c"): (scratch / name).mkdir()
        year = a_year(upkeep, scratch / "b", given.runs)
        print(f"a year of {DAYS * SEGMENTS_OF_A_DAY:,} segments compacted by day, {WIDE} features, {year['rows']:,} rows: {year['seconds']:.2f} s, {year['peak_mb']:.0f} MB")
        if inner.exists():
            for words in (["compare", str(ROWS), str(FEATURES)], ["log", "200000", str(FEATURES), str(scratch / "c")]):
                print(words[0] + ":", subprocess.run([inner, *words], check=True, capture_output=True, text=True).stdout.strip())
        has_peer = subprocess.run([given.nannyml, "-c", "import nannyml"], capture_output=True).returncode == 0
        if not has_peer: return print("NannyML is not installed here: --nannyml PYTHON says where it is")
        pair = against_nannyml(upkeep, given.nannyml, scratch / "a", given.runs)
        print(f"{ROWS:,} x {FEATURES} against as many: upkeep {pair['ours_s']:.2f} s, {pair['ours_mb']:.0f} MB; NannyML {pair['theirs_s']:.2f} s, "
              f"{pair['theirs_mb']:.0f} MB; {pair['ratio']:.1f} times as fast")


if __name__ == "__main__": main()
