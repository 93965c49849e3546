#include "serve/infer_response.hpp"

#include "base/format.hpp"
#include "graph/embedding.hpp"
#include "serve/binary_tensor.hpp"
#include "serve/datatypes.hpp"
#include "serve/json_text.hpp"
#include "serve/tensor_json.hpp"

namespace upkeep::serve {

namespace {

class Writer {
 public:
  Writer(const LoadedModel& model, const std::string& id) {
    json_.reserve(256);
    json_ += "{\"model_name\":";
    append_json(json_, model.name());
    json_ += ",\"model_version\":\"" + model.version_text() + "\",\"id\":";
    append_json(json_, id);
    json_ += ",\"outputs\":[";
  }

  void add(const std::string& name, const Tensor& tensor, bool as_binary) {
    if (datatype(tensor.dtype()).empty())
      return fail(upkeep::format("output \"{}\" is {}, which the protocol lacks", name, to_string(tensor.dtype())));
    if (json_.back() == '}') json_ += ',';
    head(name, tensor);
    if (as_binary) {
      const std::size_t before = binary_.size();
      binary_ += write_binary(tensor);
      json_ += ",\"parameters\":{\"binary_data_size\":" + std::to_string(binary_.size() - before) + "}}";
      any_binary_ = true;
      return;
    }
    json_ += ",\"data\":";
    if (!has_json_form(tensor.dtype()) || !append_data(json_, tensor))
      return fail(upkeep::format("output \"{}\" has no JSON form, ask for it with binary_data", name));
    json_ += '}';
  }

  Answer<HttpResponse> finish() {
    if (!problem_.empty()) return refuse(400, std::move(problem_));
    json_ += "]}";
    HttpResponse response;
    if (any_binary_) {
      response.headers.emplace_back("Inference-Header-Content-Length", std::to_string(json_.size()));
      response.content_type = "application/octet-stream";
      json_ += binary_;
    }
    response.body = std::move(json_);
    return response;
  }

 private:
  void head(const std::string& name, const Tensor& tensor) {
    json_ += "{\"name\":";
    append_json(json_, name);
    ((json_ += ",\"datatype\":\"") += datatype(tensor.dtype())) += "\",\"shape\":[";
    for (std::size_t i = 0; i < tensor.rank(); ++i) (json_ += i ? "," : "") += std::to_string(tensor.dim(i));
    json_ += ']';
  }

  void fail(std::string problem) {
    if (problem_.empty()) problem_ = std::move(problem);
  }

  std::string json_, binary_;
  bool any_binary_ = false;
  std::string problem_;
};

}  // namespace

Answer<HttpResponse> write_infer_response(const LoadedModel& model, const InferRequest& request, const std::string& id,
                                          const Tensors& outputs) {
  Writer writer(model, id);
  const auto add = [&](const std::string& output, bool binary) {
    for (const std::string& part : parts_of(outputs, output)) writer.add(part, outputs.at(part), binary);
  };
  for (const RequestedOutput& asked : request.outputs) add(asked.name, asked.binary.value_or(request.binary));
  if (request.outputs.empty())
    for (const TensorSpec& spec : model.session().outputs())
      if (spec.name != kEmbeddingOutput) add(spec.name, request.binary);  // that is for the log
  return writer.finish();
}

}  // namespace upkeep::serve
