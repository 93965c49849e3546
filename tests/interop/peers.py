"""The peers run in pytest's workers. When a peer ends its worker (a fault in TensorFlow, say), the test that it ended is reported as "peer died", with
the reason, and the others go on. Upkeep itself runs in processes of its own: its faults are failures of the tests that see them."""

import faulthandler
import os
import pathlib
import re
import tempfile

import pytest

MOST_DEATHS = 5  # more of them, and the run fails: then it is not a peer's rare fault
FAULTS = "UPKEEP_PEER_FAULTS"  # the folder where workers write what ended them
deaths = []  # (test, reason), in the process that steers the workers


def faults_file(worker):
    return pathlib.Path(os.environ[FAULTS]) / f"{worker}.txt"


def reason_of(worker):
    """What Python's fault handler wrote last: the kind of fault, and the line of Python that was running."""
    try:
        text = faults_file(worker).read_text(errors="replace")
    except OSError:
        text = ""
    last = text[text.rfind("Fatal Python error"):] if "Fatal Python error" in text else ""
    if not last:
        return "it ended without a word (killed, or out of memory)"
    place = re.search(r'File ".*?/site-packages/(\S+)", line (\d+) in (\S+)', last)
    kind = last.splitlines()[0].removeprefix("Fatal Python error: ")
    return kind + (f", in {place[1]}:{place[2]} ({place[3]})" if place else "")


def pytest_sessionstart(session):
    worker = getattr(session.config, "workerinput", {}).get("workerid")
    if worker:
        faulthandler.enable(file=open(faults_file(worker), "a"), all_threads=False)
    else:  # before it starts the workers, which inherit the variable
        os.environ[FAULTS] = tempfile.mkdtemp(prefix="upkeep-peers-")


@pytest.hookimpl(optionalhook=True)
def pytest_handlecrashitem(crashitem, report, sched):
    reason = reason_of(report.node.gateway.id)
    deaths.append((crashitem, reason))
    if len(deaths) <= MOST_DEATHS:
        report.outcome = "skipped"
        report.longrepr = (crashitem.split("::")[0], None, f"peer died: {reason}")


def pytest_terminal_summary(terminalreporter):
    if not deaths:
        return
    terminalreporter.section(f"peer died: {len(deaths)} tests")
    for test, reason in deaths:
        terminalreporter.line(f"{test}: {reason}")
    if len(deaths) > MOST_DEATHS:
        terminalreporter.line(f"more than {MOST_DEATHS}: the tests from number {MOST_DEATHS + 1} on count as failed")
