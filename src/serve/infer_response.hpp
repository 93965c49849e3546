// Tensors -> an inference response: JSON, with the outputs that were asked for as binary data behind it.
#pragma once

#include <string>

#include "serve/infer_request.hpp"
#include "serve/loaded_model.hpp"

namespace upkeep::serve {

// `outputs` are the model's, by name. Refuses an output that cannot be said in JSON (half floats, strings that are no UTF-8).
Answer<HttpResponse> write_infer_response(const LoadedModel& model, const InferRequest& request, const std::string& id,
                                          const Tensors& outputs);

}  // namespace upkeep::serve
