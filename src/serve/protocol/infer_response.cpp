#include "serve/protocol/infer_response.hpp"

#include "base/format.hpp"
#include "serve/protocol/binary_tensor.hpp"
#include "serve/protocol/datatypes.hpp"
#include "serve/protocol/json_text.hpp"
#include "serve/protocol/tensor_json.hpp"

namespace upkeep::serve {

namespace {

class Writer {
 public:
  explicit Writer(const InferAnswer& answer) {
    json_.reserve(256);
    json_ += "{\"model_name\":";
    append_json(json_, answer.model);
    json_ += ",\"model_version\":";
    append_json(json_, answer.version);
    json_ += ",\"id\":";
    append_json(json_, answer.id);
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
    if (!problem_.empty()) return refuse(RefusalCode::kInvalid, std::move(problem_));
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

// "y.0" is a part of the sequence "y".
bool is_of(std::string_view part, std::string_view output) {
  return part == output || (part.starts_with(output) && part[output.size()] == '.');
}

bool is_binary(const OutputForms& forms, std::string_view name) {
  for (const RequestedOutput& asked : forms.asked)
    if (is_of(name, asked.name)) return asked.binary.value_or(forms.binary);
  return forms.binary;
}

}  // namespace

Answer<HttpResponse> write_infer_response(const InferAnswer& answer, const OutputForms& forms) {
  Writer writer(answer);
  for (const auto& [name, tensor] : answer.outputs) writer.add(name, tensor, is_binary(forms, name));
  return writer.finish();
}

}  // namespace upkeep::serve
