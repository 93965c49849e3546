"""What deploy/ ships, judged by those it is for: Kubernetes' and KServe's schemas, promtool, systemd, the official parser of container files; and by
the server itself, whose options and metrics the files name."""

import json
import pathlib
import re
import shutil
import subprocess

import pytest
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
kubernetes_validate = pytest.importorskip("kubernetes_validate")
dockerfile = pytest.importorskip("dockerfile")


def documents(name):
    return list(yaml.safe_load_all((DEPLOY / name).read_text()))


def expect_options(upkeep, words):
    """Each option of `upkeep serve` in a file is one that the program has."""
    known = set(re.findall(r"--[a-z][a-z-]*", upkeep("serve", "--help")))
    options = {word.split("=")[0] for word in words if word.startswith("--")}
    assert options and {option.replace("--no-", "--") for option in options} <= {one.replace("--no-", "--").replace("[no-]", "") for one in known}


@pytest.mark.parametrize("version", ["1.30", "1.33"])
def test_kubernetes_manifests_are_valid(upkeep, version):
    kinds = []
    for document in documents("kubernetes/upkeep.yaml"):
        kubernetes_validate.validate(document, version, strict=True)
        kinds.append(document["kind"])
        if document["kind"] == "Deployment":
            pod = document["spec"]["template"]["spec"]
            container = pod["containers"][0]
            expect_options(upkeep, container["args"])
            drain = sum(int(word.split("=")[1]) for word in container["args"] if re.match(r"--(lame-duck|drain)-ms=", word)) / 1000
            assert pod["terminationGracePeriodSeconds"] > drain
            mounted = {volume["name"] for volume in pod["volumes"]}
            assert mounted == {mount["name"] for mount in container["volumeMounts"]}
    assert {"Deployment", "Service", "PodDisruptionBudget", "NetworkPolicy"} <= set(kinds)


def metrics_named(text):
    return {re.sub(r"_(bucket|sum|count)$", "", name) if re.search(r"_(seconds|rows)_(bucket|sum|count)$", name) else name
            for name in re.findall(r"\b(?:upkeep|process)_[a-z_]+", text)}


def test_alerts_and_dashboard_name_metrics_that_there_are():
    text = (ROOT / "src/serve/telemetry.cpp").read_text()
    known = set(re.findall(r'\.Name\("([a-z_]+)"\)', text))
    dashboard = json.loads((DEPLOY / "grafana/upkeep.json").read_text())
    expressions = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    expressions += [variable["query"]["query"] for variable in dashboard["templating"]["list"] if variable["type"] == "query"]
    alerts = [rule["expr"] for group in documents("prometheus/alerts.yaml")[0]["groups"] for rule in group["rules"]]
    named = metrics_named("\n".join(expressions + alerts))
    assert named and named <= known, named - known


def test_dashboard_is_one_that_grafana_reads():
    dashboard = json.loads((DEPLOY / "grafana/upkeep.json").read_text())
    assert dashboard["uid"] and dashboard["schemaVersion"] >= 36
    ids = [panel["id"] for panel in dashboard["panels"]]
    assert len(ids) == len(set(ids))
    taken = set()
    for panel in dashboard["panels"]:
        place = panel["gridPos"]
        cells = {(x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])}
        assert place["x"] + place["w"] <= 24 and not cells & taken, panel["title"]
        taken |= cells
        assert panel["targets"] and all(target["datasource"]["uid"] == "${datasource}" for target in panel["targets"])


def test_prometheus_takes_the_rules(tmp_path):
    promtool = shutil.which("promtool")
    if not promtool:
        pytest.skip("promtool (Debian's package prometheus) is not here")
    for words in (["check", "rules", "alerts.yaml"], ["test", "rules", "alerts_test.yaml"], ["check", "config", "--syntax-only", "scrape.yaml"]):
        done = subprocess.run([promtool, *words], cwd=DEPLOY / "prometheus", capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
    expressions = [target["expr"] for panel in json.loads((DEPLOY / "grafana/upkeep.json").read_text())["panels"] for target in panel["targets"]]
    rules = [{"record": f"panel:{i}", "expr": expr.replace("$__rate_interval", "5m").replace("$instance", ".*").replace("$model", ".*")}
             for i, expr in enumerate(expressions)]
    (tmp_path / "panels.yaml").write_text(json.dumps({"groups": [{"name": "panels", "rules": rules}]}))
    done = subprocess.run([promtool, "check", "rules", str(tmp_path / "panels.yaml")], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_systemd_takes_the_unit(upkeep, tmp_path):
    analyze = shutil.which("systemd-analyze")
    if not analyze:
        pytest.skip("systemd-analyze is not here")
    unit = (DEPLOY / "systemd/upkeep.service").read_text()
    expect_options(upkeep, unit.split())
    copy = tmp_path / "upkeep.service"
    copy.write_text(unit.replace("/usr/bin/upkeep", str(upkeep.binary)))
    done = subprocess.run([analyze, "verify", str(copy)], capture_output=True, text=True)
    assert done.returncode == 0 and "upkeep.service" not in done.stderr, done.stderr


def test_the_container_file_is_valid(upkeep):
    commands = dockerfile.parse_file(str(DEPLOY / "container/Containerfile"))
    names = [command.cmd.upper() for command in commands]
    assert set(names) <= {"FROM", "ENV", "WORKDIR", "COPY", "RUN", "USER", "VOLUME", "EXPOSE", "STOPSIGNAL", "ENTRYPOINT", "CMD"}
    last = {command.cmd.upper(): command for command in commands}
    assert last["USER"].value == ("10001",) and last["STOPSIGNAL"].value == ("SIGTERM",)
    assert last["ENTRYPOINT"].json and last["CMD"].json
    expect_options(upkeep, last["CMD"].value)
    stages = {command.value[2] for command in commands if command.cmd.upper() == "FROM" and len(command.value) == 3}
    for command in commands:
        if command.cmd.upper() != "COPY":
            continue
        source = [flag.split("=")[1] for flag in command.flags if flag.startswith("--from=")]
        assert all(one in stages for one in source)
        assert source or all((ROOT / path).exists() for path in command.value[:-1])


def test_the_page_names_files_that_there_are():
    page = (ROOT / "docs/production.md").read_text()
    linked = re.findall(r"\]\(\.\./(deploy/[^)]+)\)", page)
    assert len(linked) >= 7 and all((ROOT / path).exists() for path in linked)
