"""KServe's Python server over ONNX Runtime: serve_kserve.py MODEL.onnx NAME PORT. One thread of the runtime, as ours."""

import sys

import numpy as np
import onnxruntime
from kserve import InferOutput, InferResponse, Model, ModelServer


class OnnxModel(Model):
    def __init__(self, file, name):
        super().__init__(name)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
        self.ready = True

    def predict(self, payload, headers=None, response_headers=None):
        given = payload.inputs[0]
        [found] = self.session.run(None, {given.name: given.as_numpy()})
        output = InferOutput(self.session.get_outputs()[0].name, list(found.shape), "FP32")
        output.set_data_from_numpy(np.ascontiguousarray(found), binary_data=True)
        return InferResponse(response_id=payload.id or "", model_name=self.name, infer_outputs=[output])


file, name, port = sys.argv[1:4]
ModelServer(http_port=int(port), enable_grpc=False, workers=1, access_log_format=None).start([OnnxModel(file, name)])
