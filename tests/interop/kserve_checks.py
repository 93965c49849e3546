"""KServe's REST client against `upkeep serve`, and its models of our manifests. Run by test_kserve.py: see there."""

import asyncio

import numpy as np
import pytest
from test_clients import ROWS, registry, server  # noqa: F401  fixtures
from test_production import documents, expect_options, kubernetes_validate

pytest.importorskip("kserve")

def kserve_run(server, work):
    rest = pytest.importorskip("kserve.inference_client")

    async def go():
        return await work(rest.InferenceRESTClient(rest.RESTConfig(protocol="v2", timeout=30)), server.url)

    return asyncio.run(go())


def test_kserve_health(server):
    async def work(client, url):
        assert await client.is_server_live(url)
        assert await client.is_server_ready(url)
        assert await client.is_model_ready(url, "double")
        assert not await client.is_model_ready(url, "nobody")

    kserve_run(server, work)


@pytest.mark.parametrize("binary", [True, False])
def test_kserve_infers(server, binary):
    from kserve import InferInput, InferRequest

    async def work(client, url):
        given = InferInput("x", list(ROWS.shape), "FP32")
        given.set_data_from_numpy(ROWS, binary_data=binary)
        response = await client.infer(url, InferRequest("double", [given], request_id="k1"), model_name="double")
        assert response.id == "k1"
        np.testing.assert_array_equal(response.outputs[0].as_numpy(), 2 * ROWS)

    kserve_run(server, work)


def test_kserve_is_told_what_was_wrong(server):
    from kserve import InferInput, InferRequest

    async def work(client, url):
        given = InferInput("x", [1, 2], "FP32", data=[1.0, 2.0])
        with pytest.raises(Exception, match="expects FP32"):
            await client.infer(url, InferRequest("double", [given]), model_name="double")

    kserve_run(server, work)


def expect_keys(model, document):
    """KServe's Python models are generated from the schemas of its resources."""
    unknown = set(document) - set(model.attribute_map.values())
    assert not unknown, f"{model.__name__} has no {unknown}"


def test_kserve_manifests_are_valid(upkeep):
    import kserve
    runtime, service = documents("kserve/serving-runtime.yaml")
    expect_keys(kserve.models.v1alpha1_serving_runtime.V1alpha1ServingRuntime, runtime)
    expect_keys(kserve.models.v1alpha1_serving_runtime_spec.V1alpha1ServingRuntimeSpec, runtime["spec"])
    for known in runtime["spec"]["supportedModelFormats"]:
        expect_keys(kserve.models.v1alpha1_supported_model_format.V1alpha1SupportedModelFormat, known)
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}, "spec": {"containers": runtime["spec"]["containers"]}}
    kubernetes_validate.validate(pod, "1.30", strict=True)
    expect_options(upkeep, runtime["spec"]["containers"][0]["args"])
    expect_keys(kserve.V1beta1InferenceService, service)
    expect_keys(kserve.V1beta1PredictorSpec, service["spec"]["predictor"])
    expect_keys(kserve.models.v1beta1_model_spec.V1beta1ModelSpec, service["spec"]["predictor"]["model"])
    assert service["spec"]["predictor"]["model"]["modelFormat"]["name"] in [one["name"] for one in runtime["spec"]["supportedModelFormats"]]
