"""onnx's own node cases in other operator sets: what is written answers as before, what cannot be written is refused by its node's name.

A case is tried as it is, and with its integers and small inputs as initializers, as exporters write axes, sizes and pads. ONNX Runtime judges; where
it has no kernel for an operator, or not of that version, onnx's reference evaluator does. A few of the cases run by default; all of them, in all sets,
with UPKEEP_ALL_CASES=1.
"""

import concurrent.futures
import dataclasses
import os
import re

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx.backend.test.case.node import collect_testcases
from onnx.reference import ReferenceEvaluator

ALL = os.environ.get("UPKEEP_ALL_CASES", "") == "1"
SETS = range(7, 23)
pytestmark = pytest.mark.filterwarnings("ignore")


@dataclasses.dataclass
class Case:
    name: str
    model: onnx.ModelProto
    feeds: dict

    @property
    def opset(self):
        return next(one.version for one in self.model.opset_import if one.domain in ("", "ai.onnx"))


def with_constants(case):
    """Inputs behind the first one that are small become initializers."""
    model = onnx.ModelProto()
    model.CopyFrom(case.model)
    first, *others = list(model.graph.input)
    small = [one.name for one in others if isinstance(case.feeds[one.name], np.ndarray) and case.feeds[one.name].size <= 64
             and case.feeds[one.name].dtype.kind in "iufb"]
    if not small:
        return None
    kept = [first, *[one for one in others if one.name not in small]]
    del model.graph.input[:]
    model.graph.input.extend(kept)
    model.graph.initializer.extend(onnx.numpy_helper.from_array(case.feeds[name], name) for name in small)
    model.ir_version = max(model.ir_version, 8)
    return Case(case.name + "-constants", model, {one.name: case.feeds[one.name] for one in kept})


def cases():
    made, seen = [], set()
    for one in collect_testcases(None):
        imports = [entry.version for entry in one.model.opset_import if entry.domain in ("", "ai.onnx")] if one.model else []
        if one.kind != "node" or one.name in seen or not imports or not SETS[0] <= imports[0] <= SETS[-1] or not one.model.graph.input:
            continue
        seen.add(one.name)
        case = Case(one.name, one.model, dict(zip([i.name for i in one.model.graph.input], one.data_sets[0][0])))
        made += [each for each in (case, with_constants(case)) if each]
    return made


def by_runtime(path, feeds):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"]).run(
        None, {name: np.asarray(value) if isinstance(value, np.generic) else value for name, value in feeds.items()})


def by_reference(path, feeds):
    return ReferenceEvaluator(str(path)).run(None, feeds)


def answers(judge, path, feeds):
    try:
        return judge(path, feeds)
    except Exception:  # noqa: BLE001: whatever it throws, it does not judge this case
        return None


def difference(right, made):
    """What differs, or ""."""
    for a, b in zip(right, made, strict=True):
        if isinstance(a, list):
            if what := "length" if len(a) != len(b) else difference(a, b):
                return what
            continue
        if a is None or b is None:
            if a is not b:
                return "absence"
            continue
        a, b = np.asarray(a), np.asarray(b)
        if a.dtype != b.dtype or a.shape != b.shape:
            return f"{a.dtype}{a.shape} became {b.dtype}{b.shape}"
        if a.dtype.kind not in "fcV":
            if not np.array_equal(a, b):
                return "values"
            continue
        a, b = (value.astype(np.complex128 if value.dtype.kind == "c" else np.float64) for value in (a, b))
        step = 1e-5 if np.asarray(right[0]).dtype.itemsize >= 4 else 1e-2
        if not np.allclose(a, b, rtol=step, atol=step * max(1, np.abs(a[np.isfinite(a)]).max(initial=0)), equal_nan=True):
            return "values"
    return ""


def outcome(upkeep, case, version, folder):
    """"right", "refused", "unjudged", or what is wrong."""
    before, after = folder / f"{case.name}-{version}.onnx", folder / f"{case.name}-{version}-after.onnx"
    onnx.save(case.model, before)
    done = upkeep.run("convert", before, after, "--as", f"onnx:opset={version}", "--verify", "none")
    if done.returncode == 1:
        named = re.search(r'"[^"]*"\)? cannot be written in operator set \d+|operator set \d+ is not known|the function', done.stderr)
        return "refused" if named and not after.exists() else f"refused without a reason: {done.stderr.strip()}"
    if done.returncode != 0:
        return f"exit {done.returncode}"
    onnx.checker.check_model(str(after))
    for judge in (by_runtime, by_reference):
        if judge is by_reference and "roialign" in case.name and version < 16:
            break  # it reads every RoiAlign as the newest one
        right = answers(judge, before, case.feeds)
        made = answers(judge, after, case.feeds) if right is not None else None
        if made is not None:
            return difference(right, made) or "right"
    return "unjudged"


def jobs():
    made = [(case, version) for case in cases() for version in SETS if version != case.opset]
    return made if ALL else made[:: max(1, len(made) // 80)]


def test_node_cases_answer_the_same_in_other_operator_sets(upkeep, tmp_path):
    tried = jobs()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        outcomes = list(pool.map(lambda job: outcome(upkeep, *job, tmp_path), tried))
    counts = {kind: outcomes.count(kind) for kind in ("right", "refused", "unjudged")}
    print(counts)
    wrong = [f"{case.name} {case.opset} -> {version}: {what}" for (case, version), what in zip(tried, outcomes, strict=True) if what not in counts]
    assert not wrong, "\n".join(wrong)
    assert counts["right"] > 2 * counts["refused"]
