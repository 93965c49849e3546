"""The registry on SQLite and PostgreSQL with a folder and an S3 server (moto): killed at random moments, with servers that are killed, refuse, dawdle or cut, on a
full disk and on a read-only volume. Nothing that was acknowledged is lost, and nothing is given out that does not verify."""

import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from servers import ENVIRONMENT, ObjectStore, Postgresql, Proxy, binaries, has_moto, python_with_moto

KILLS = int(os.environ.get("UPKEEP_KILLS", "12"))


@pytest.fixture(scope="module")
def postgresql(tmp_path_factory):
    if not binaries():
        pytest.skip("needs PostgreSQL")
    folder = tmp_path_factory.mktemp("postgresql")
    for one in [folder, *folder.parents][:3]:
        one.chmod(0o755)
    server = Postgresql(folder / "server")
    yield server
    server.stop()


@pytest.fixture(scope="module")
def objects(tmp_path_factory):
    if not has_moto():
        pytest.skip("needs moto")
    server = ObjectStore(python_with_moto(), tmp_path_factory.mktemp("moto") / "log")
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def credentials(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_EC2_METADATA_DISABLED"):
        monkeypatch.setenv(name, ENVIRONMENT[name])


made = 0


def place(kind, folder, request, port=None):
    """Options of a new registry: "sqlite folder", "postgresql objects", ..."""
    global made
    made += 1
    rows, files = kind.split()
    registry = folder / f"registry{made}" if rows == "sqlite" else request.getfixturevalue("postgresql").database(f"registry{made}")
    options = ["--registry", registry]
    if files == "objects":
        options += ["--artifacts", request.getfixturevalue("objects").uri(f"prefix{made}", port)]
    elif rows == "postgresql":
        options += ["--artifacts", folder / f"files{made}"]
    return options


PAIRINGS = [f"{rows} {files}" for rows in ("sqlite", "postgresql") for files in ("folder", "objects")]


def linear(file, weight, inputs=1, size=0):
    """y = x * weight, with so many idle bytes."""
    initializers = [numpy_helper.from_array(np.full((inputs, 1), weight, "f4"), "w")]
    if size:
        initializers.append(numpy_helper.from_array(np.random.default_rng(int(weight)).integers(0, 255, size, "u1"), "idle"))
    graph = helper.make_graph([helper.make_node("MatMul", ["x", "w"], ["y"])], "g", [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", inputs])],
                              [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 1])], initializers)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10), file)
    return file


def killed(upkeep, words, longest, chance):
    """Runs a command and kills it within `longest` seconds; its document when it was quicker."""
    process = subprocess.Popen([str(upkeep.binary), "registry", *map(str, words), "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        out, problem = process.communicate(timeout=chance.uniform(0.01, longest))
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.communicate()
        return None
    assert process.returncode == 0, problem
    return json.loads(out)


@pytest.mark.parametrize("kind", PAIRINGS)
def test_kills_leave_all_of_a_change_or_nothing(upkeep, tmp_path, request, kind):
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    options = place(kind, tmp_path, request)
    model = linear(tmp_path / "m.onnx", 1000, size=200_000)
    started = time.monotonic()
    upkeep("registry", "publish", model, "--name", "m", "--alias", "production", *options)
    longest = 1.2 * (time.monotonic() - started)
    published, promoted, deleted = {1}, 1, set()
    for kill in range(KILLS):
        number = 2 + kill
        done = killed(upkeep, ["publish", linear(tmp_path / "m.onnx", number, size=200_000), "--name", "m", *options], longest, chance)
        if done:
            published.add(done["version"])
        if event := killed(upkeep, ["promote", f"m:{max(published)}", *options], longest, chance):
            promoted = event["to"]
        victims = sorted(published - deleted - {promoted, max(published), 1})
        if victims and killed(upkeep, ["delete", f"m:{victims[0]}", "--grace", "0", *options], longest, chance):
            deleted.add(victims[0])
        backup = tmp_path / f"backup{kill}.tar"
        if killed(upkeep, ["export", backup, *options], longest, chance):
            assert backup.exists()
        assert upkeep("registry", "verify", *options).strip() == "whole"
        listed = {one["version"]: one for one in upkeep.json("registry", "list", "m", *options)}
        assert published - deleted - set(victims[:1]) <= set(listed)
        assert not deleted & set(listed)
        alias = [version for version, one in listed.items() if "production" in one["aliases"]]
        assert len(alias) == 1 and (alias[0] >= promoted)
        promoted = alias[0]
        published |= set(listed)
        if victims and victims[0] not in listed:
            deleted.add(victims[0])
    target = place(kind, tmp_path, request)
    upkeep("registry", "export", tmp_path / "last.tar", *options)
    for _ in range(KILLS // 4):
        if killed(upkeep, ["import", tmp_path / "last.tar", *target], longest, chance):
            break
    else:
        if upkeep.run("registry", "list", *target).stdout.strip() in ("", "no models"):
            upkeep("registry", "import", tmp_path / "last.tar", *target)
    assert upkeep.json("registry", "history", *target) == upkeep.json("registry", "history", *options)
    assert upkeep("registry", "verify", *target).strip() == "whole"
    assert not [file for file in tmp_path.rglob(".upkeep-tmp-*") if file.parent != tmp_path]


@pytest.mark.parametrize("fault", ["refuse", "busy", "cut upload", "cut download", "slow"])
def test_an_object_store_that_fails_loses_nothing(upkeep, tmp_path, request, objects, fault):
    proxy = Proxy(objects.port)
    options = place("sqlite objects", tmp_path, request, proxy.port)
    one = linear(tmp_path / "one.onnx", 1, size=400_000)
    upkeep("registry", "publish", one, "--name", "m", "--alias", "production", *options)
    proxy.mode, proxy.cut = fault, 100_000
    began = time.monotonic()
    second = upkeep.run("registry", "publish", linear(tmp_path / "two.onnx", 2, size=400_000), "--name", "m", *options)
    read = upkeep.run("registry", "verify", *options)
    assert time.monotonic() - began < 90
    if fault == "slow":
        assert second.returncode == 0 and read.stdout.strip() == "whole", second.stderr + read.stderr
    elif fault != "cut upload":
        assert read.returncode == 1 and "whole" not in read.stdout
        assert second.returncode == 1 and "s3://upkeep" in second.stderr, second.stderr
    proxy.mode = "pass"
    if second.returncode:
        assert [version["version"] for version in upkeep.json("registry", "list", "m", *options)] == [1]
        upkeep("registry", "publish", tmp_path / "two.onnx", "--name", "m", *options)
    assert upkeep("registry", "verify", *options).strip() == "whole"
    assert [version["version"] for version in upkeep.json("registry", "list", "m", *options)] == [1, 2]


def test_bytes_that_somebody_changed_are_never_given_out(upkeep, tmp_path, request, objects):
    import http.client
    options = place("postgresql objects", tmp_path, request)
    version = upkeep.json("registry", "publish", linear(tmp_path / "m.onnx", 1), "--name", "m", *options)
    connection = http.client.HTTPConnection("127.0.0.1", objects.port)
    connection.request("PUT", f"/upkeep/prefix{made}/sha256/{version['sha256'][:2]}/{version['sha256']}", linear(tmp_path / "other.onnx", 2).read_bytes())
    assert connection.getresponse().status == 200
    for words in (["registry", "verify"], ["registry", "export", tmp_path / "x.tar"], ["inspect", "m:1"]):
        ran = upkeep.run(*words, *options[:2])
        assert ran.returncode == 1 and "is damaged: its bytes have SHA-256" in ran.stdout + ran.stderr, ran
    assert hashlib.sha256((tmp_path / "other.onnx").read_bytes()).hexdigest() in upkeep.run("registry", "verify", *options[:2]).stdout


def test_a_server_follows_serves_on_and_catches_up_when_postgresql_is_killed(upkeep, tmp_path, request, postgresql):
    options = place("postgresql folder", tmp_path, request)
    for weight in (1, 2, 3):
        upkeep("registry", "publish", linear(tmp_path / "m.onnx", weight), "--name", "m", *options)
    upkeep("registry", "promote", "m:1", *options)
    server = subprocess.Popen([str(upkeep.binary), "serve", *map(str, options[:2]), "--http-port", "0", "--log", tmp_path / "log", "--poll-ms", "100"],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        url = server.stdout.readline().strip()

        def version():
            body = json.dumps({"inputs": [{"name": "x", "shape": [1, 1], "datatype": "FP32", "data": [1]}]}).encode()
            with urllib.request.urlopen(urllib.request.Request(f"{url}/v2/models/m/infer", data=body), timeout=5) as answer:
                return json.load(answer)["model_version"]

        def follows(wanted, seconds):
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                if version() == wanted:
                    return True
                time.sleep(0.02)
            return False

        assert version() == "1"
        upkeep("registry", "promote", "m:2", *options)
        assert follows("2", 3)
        postgresql.kill()
        assert upkeep.run("registry", "promote", "m:3", *options).returncode == 1
        for _ in range(20):
            assert version() == "2"
            time.sleep(0.05)
        postgresql.start()
        upkeep("registry", "promote", "m:3", *options)
        assert follows("3", 3)
        assert upkeep("registry", "verify", *options).strip() == "whole"
    finally:
        server.kill()
        server.communicate()


@pytest.mark.parametrize("kind", ["sqlite folder", "sqlite objects"])
def test_a_full_disk_refuses_and_loses_nothing(upkeep, tmp_path, request, kind):
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", disk], capture_output=True).returncode:
        pytest.skip("needs the right to mount")
    try:
        options = place(kind, disk, request)
        upkeep("registry", "publish", linear(tmp_path / "one.onnx", 1), "--name", "m", *options)
        with open(disk / "ballast", "wb", buffering=0) as ballast:
            try:
                while ballast.write(bytes(4096)):
                    pass
            except OSError:
                pass
        ran = upkeep.run("registry", "publish", linear(tmp_path / "two.onnx", 2), "--name", "m", "--description", "d" * 9000, *options)
        assert ran.returncode == 1 and ("space" in ran.stderr or "full" in ran.stderr), ran.stderr
        ran = upkeep.run("registry", "export", disk / "backup.tar", *options)
        assert ran.returncode == 1 and not (disk / "backup.tar").exists()
        assert upkeep("registry", "verify", *options).strip() == "whole"
        (disk / "ballast").unlink()
        assert upkeep.json("registry", "publish", tmp_path / "two.onnx", "--name", "m", *options)["version"] == 2
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


def test_a_read_only_volume_is_read_and_served(upkeep, tmp_path):
    registry, view = tmp_path / "registry", tmp_path / "view"
    upkeep("registry", "publish", linear(tmp_path / "m.onnx", 1), "--name", "m", "--alias", "production", "--registry", registry)
    view.mkdir()
    if subprocess.run(["mount", "--bind", registry, view], capture_output=True).returncode:
        pytest.skip("needs the right to mount")
    server = None
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", view], check=True)
        for words in (["list"], ["history"], ["verify"], ["export", tmp_path / "backup.tar"]):
            upkeep("registry", *words, "--registry", view)
        refused = upkeep.run("registry", "publish", linear(tmp_path / "n.onnx", 2), "--name", "m", "--registry", view)
        assert refused.returncode == 1 and "ead-only" in refused.stderr, refused.stderr
        server = subprocess.Popen([str(upkeep.binary), "serve", "--registry", view, "--http-port", "0", "--no-log-predictions"], stdout=subprocess.PIPE, text=True)
        url = server.stdout.readline().strip()
        assert urllib.request.urlopen(f"{url}/v2/health/ready", timeout=5).status == 200
    finally:
        if server:
            server.kill()
            server.communicate()
        subprocess.run(["umount", "-l", view], check=True)


def test_psql_reads_the_documented_views(upkeep, tmp_path, request, postgresql):
    options = place("postgresql folder", tmp_path, request)
    (tmp_path / "rows.csv").write_text("x,y\n1,2\n3,6\n5,10\n")
    upkeep("registry", "publish", linear(tmp_path / "m.onnx", 1), "--name", "price", "--reference", tmp_path / "rows.csv", *options)
    upkeep("registry", "promote", "price:1", "--actor", "ann", "--reason", "the first", *options)
    database = f"registry{made}"
    assert postgresql.psql("SELECT model, version FROM upkeep.model_aliases WHERE alias = 'production' AND since > now() - interval '1 hour'", database) == "price|1"
    assert postgresql.psql("SELECT kind, actor, reason FROM upkeep.registry_events WHERE model = 'price' AND kind = 'promoted' ORDER BY id", database) == "promoted|ann|the first"
    assert postgresql.psql("SELECT version, facts->'reference'->>'rows' FROM upkeep.model_versions WHERE NOT deleted", database) == "1|3"
    assert shutil.which("psql") or binaries()


def test_a_promotion_that_breaks_callers_warns_and_is_refused_where_that_is_asked(upkeep, tmp_path):
    registry = tmp_path / "registry"
    for inputs in (1, 2):
        upkeep("registry", "publish", linear(tmp_path / "m.onnx", 1, inputs=inputs), "--name", "m", "--registry", registry)
    upkeep("registry", "promote", "m:1", "--registry", registry)
    refused = upkeep.run("registry", "promote", "m:2", "--strict", "--registry", registry)
    assert refused.returncode == 1 and 'input "x" took shape [any, 1] and takes [any, 2]' in refused.stderr, refused.stderr
    warned = upkeep.run("registry", "promote", "m:2", "--registry", registry)
    assert warned.returncode == 0 and "may break callers of version 1" in warned.stderr, warned.stderr
    assert "takes [any, 2]" in upkeep.json("registry", "history", "m", "--registry", registry)[-1]["evidence"]["breaks"][0]
    held = upkeep.json("registry", "rollback", "m", "--registry", registry)
    assert held["to"] == 1
    assert [event["kind"] for event in upkeep.json("registry", "history", "m", "--registry", registry)][-1] == "held"


def test_a_model_of_postgresql_and_s3_is_opened_wherever_a_registry_is(upkeep, tmp_path, request):
    options = place("postgresql objects", tmp_path, request)
    (tmp_path / "rows.csv").write_text("x,y\n" + "".join(f"{i},{2 * i}\n" for i in range(40)))
    upkeep("registry", "publish", linear(tmp_path / "m.onnx", 2), "--name", "m", "--alias", "production", "--reference", tmp_path / "rows.csv", *options)
    registry = options[:2]  # where its files are is known
    upkeep("inspect", "m@production", *registry)
    (tmp_path / "inputs.csv").write_text("x\n1\n2\n")
    upkeep("predict", "m@production", "--data", tmp_path / "inputs.csv", "--output", tmp_path / "p.csv", *registry)
    assert [float(line) for line in (tmp_path / "p.csv").read_text().split()[1:]] == [2, 4]
    refused = upkeep.run("log", "status", "m", *registry)
    assert refused.returncode == 1 and "--log DIR" in refused.stderr, refused.stderr
