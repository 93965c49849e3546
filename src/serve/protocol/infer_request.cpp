#include "serve/protocol/infer_request.hpp"

#include <algorithm>

#include "base/format.hpp"
#include "base/names.hpp"
#include "serve/protocol/binary_tensor.hpp"
#include "serve/protocol/datatypes.hpp"
#include "serve/protocol/json_cursor.hpp"
#include "serve/protocol/json_text.hpp"
#include "serve/protocol/tensor_json.hpp"

namespace upkeep::serve {

namespace {

constexpr std::size_t kLargestRank = 16;

// An input as the JSON describes it, its keys in any order.
struct InputHead {
  std::string name;
  std::optional<DType> dtype;
  std::optional<Shape> shape;
  std::string_view data;                    // JSON, not read yet
  std::optional<Tensor> tensor;             // or read already
  std::optional<std::uint64_t> data_bytes;  // behind the JSON
};

class Reader {
 public:
  Reader(std::string_view text, std::string_view binary, const std::vector<TensorSpec>& inputs)
      : json_(text), binary_(binary), inputs_(inputs) {}

  Answer<InferRequest> read() {
    std::string key;
    for (json_.open('{'); json_.next_key(key);) {
      if (json_.take_null()) continue;
      if (key == "id") request_.id = json_.string();
      else if (key == "inputs") read_inputs();
      else if (key == "outputs") read_outputs();
      else if (key == "parameters") read_parameters();
      else json_.skip();
    }
    json_.end();
    if (json_.ok() && !binary_.empty()) fail(upkeep::format("{} bytes of binary data belong to no input", binary_.size()));
    if (!refusal_.empty()) return refuse(RefusalCode::kInvalid, refusal_);
    if (!json_.ok()) return refuse(RefusalCode::kInvalid, "the request is not valid: " + json_.failure());
    return std::move(request_);
  }

  const std::string& id() const { return request_.id; }  // as far as the request could be read

 private:
  // A refusal of ours, rather than of the JSON.
  void fail(std::string message) {
    if (refusal_.empty() && json_.ok()) refusal_ = std::move(message);
    json_.fail("refused");
  }

  void read_inputs() {
    for (json_.open('['); json_.next_item();) {
      InputHead head;
      std::string key;
      for (json_.open('{'); json_.next_key(key);) read_input_key(key, head);
      if (json_.ok()) take_input(head);
    }
  }

  void read_input_key(const std::string& key, InputHead& head) {
    if (json_.take_null()) return;
    if (key == "name") {
      head.name = json_.string();
    } else if (key == "datatype") {
      const std::string text = json_.string();
      head.dtype = dtype_of(text);
      if (json_.ok() && !head.dtype) fail(upkeep::format("input \"{}\": there is no datatype \"{}\"", head.name, text));
    } else if (key == "shape") {
      head.shape = read_shape(head.name);
    } else if (key == "parameters") {
      read_input_parameters(head);
    } else if (key == "data") {
      // Read at once where type and shape came first, as every client sends them; else its text is kept for later.
      if (head.dtype && head.shape && check(head)) head.tensor = read_json(json_, head);
      else if (json_.ok()) head.data = json_.skip();
    } else {
      json_.skip();
    }
  }

  Shape read_shape(const std::string& name) {
    Shape shape;
    for (json_.open('['); json_.next_item();) {
      shape.push_back(json_.number<std::int64_t>());
      if (shape.back() < 0) fail(upkeep::format("input \"{}\": the shape has the negative dimension {}", name, shape.back()));
      if (shape.size() > kLargestRank) fail(upkeep::format("input \"{}\": the shape has more than {} dimensions", name, kLargestRank));
    }
    std::int64_t count = 1;
    for (const std::int64_t dim : shape)
      if (__builtin_mul_overflow(count, std::max<std::int64_t>(dim, 1), &count))
        fail(upkeep::format("input \"{}\": the shape has too many elements", name));
    return shape;
  }

  void read_input_parameters(InputHead& head) {
    std::string key;
    for (json_.open('{'); json_.next_key(key);) {
      if (key == "binary_data_size") head.data_bytes = json_.number<std::uint64_t>();
      else if (key == "shared_memory_region") fail("shared memory is not supported: send the data itself");
      else json_.skip();
    }
  }

  // Name, type and shape against the model. False, with the refusal, when they do not fit.
  bool check(const InputHead& head) {
    if (!json_.ok()) return false;
    if (const auto fitting = check_input(head.name, *head.dtype, *head.shape, inputs_); !fitting) fail(fitting.error().message);
    return json_.ok();
  }

  Tensor read_json(JsonCursor& json, const InputHead& head) {
    if (!has_json_form(*head.dtype)) {
      fail(upkeep::format("input \"{}\": {} has no JSON form, send it as binary data", head.name, datatype(*head.dtype)));
      return {};
    }
    Tensor tensor = read_data(json, *head.dtype, *head.shape);
    if (!json.ok()) {
      if (refusal_.empty()) refusal_ = upkeep::format("input \"{}\": {}", head.name, json.failure());
      json_.fail("refused");
    }
    return tensor;
  }

  void take_input(InputHead& head) {
    if (head.name.empty()) return fail("an input has no name");
    if (!head.dtype || !head.shape) return fail(upkeep::format("input \"{}\" has no {}", head.name, head.dtype ? "shape" : "datatype"));
    if (!head.tensor && !check(head)) return;
    if (request_.inputs.contains(head.name)) return fail(upkeep::format("input \"{}\" is given twice", head.name));
    if (head.data_bytes) {
      if (head.tensor || !head.data.empty()) return fail(upkeep::format("input \"{}\" has both data and binary_data_size", head.name));
      take_binary(head);
    } else if (!head.tensor && head.data.empty()) {
      return fail(upkeep::format("input \"{}\" has no data", head.name));
    } else if (!head.tensor) {
      JsonCursor later(head.data);
      head.tensor = read_json(later, head);
    }
    if (json_.ok()) request_.inputs.emplace(head.name, std::move(*head.tensor));
  }

  void take_binary(InputHead& head) {
    if (*head.data_bytes > binary_.size())
      return fail(
          upkeep::format("input \"{}\": binary_data_size is {}, but only {} bytes are left", head.name, *head.data_bytes, binary_.size()));
    Answer<Tensor> tensor = read_binary(binary_.substr(0, *head.data_bytes), *head.dtype, *head.shape);
    if (!tensor) return fail(upkeep::format("input \"{}\": {}", head.name, tensor.error().message));
    head.tensor = std::move(*tensor);
    binary_.remove_prefix(*head.data_bytes);
  }

  void read_outputs() {
    for (json_.open('['); json_.next_item();) {
      RequestedOutput output;
      std::string key;
      for (json_.open('{'); json_.next_key(key);) {
        if (json_.take_null()) continue;
        if (key == "name") output.name = json_.string();
        else if (key == "parameters") read_output_parameters(output);
        else json_.skip();
      }
      if (!json_.ok()) return;
      request_.outputs.push_back(std::move(output));
    }
  }

  void read_output_parameters(RequestedOutput& output) {
    std::string key;
    for (json_.open('{'); json_.next_key(key);) {
      if (key == "binary_data") output.binary = json_.boolean();
      else if (key == "classification") output.classification = classes(json_.number<int>());
      else if (key == "shared_memory_region") fail("shared memory is not supported");
      else json_.skip();
    }
  }

  int classes(int count) {
    if (count < 1) fail(upkeep::format("classification asks for {} classes, at least 1 is needed", count));
    return count;
  }

  void read_parameters() {
    std::string key;
    for (json_.open('{'); json_.next_key(key);) {
      if (key == "binary_data_output") request_.binary = json_.boolean();
      else if (key == "priority") request_.priority = json_.number<std::uint64_t>();
      else if (key == "timeout") request_.timeout = std::chrono::microseconds(json_.number<std::int64_t>());
      else if (key.starts_with("sequence_")) fail("sequences are not supported: each request is answered by itself");
      else json_.skip();
    }
  }

  JsonCursor json_;
  std::string_view binary_;  // not taken yet
  const std::vector<TensorSpec>& inputs_;
  InferRequest request_;
  std::string refusal_;
};

// The whole body is the only input, whose one unknown dimension follows from the size.
Answer<InferRequest> read_raw(std::string_view body, const std::vector<TensorSpec>& inputs) {
  if (inputs.size() != 1)
    return refuse(RefusalCode::kInvalid, upkeep::format("a raw request needs a model with one input, this one has {}", inputs.size()));
  const TensorSpec& spec = inputs.front();
  Answer<Shape> shape = raw_shape(spec, body.size());
  if (!shape) return std::unexpected(shape.error());
  InferRequest request{.binary = true};
  if (spec.dtype == DType::kString) {
    request.inputs.emplace(spec.name, Tensor(*shape, std::vector<std::string>{std::string(body)}));
    return request;
  }
  Answer<Tensor> tensor = read_binary(body, spec.dtype, *shape);
  if (!tensor) return refuse(RefusalCode::kInvalid, upkeep::format("input \"{}\": {}", spec.name, tensor.error().message));
  request.inputs.emplace(spec.name, std::move(*tensor));
  return request;
}

}  // namespace

Answer<InferRequest> read_infer_request(const WireRequest& wire, const std::vector<TensorSpec>& inputs, std::string* id) {
  std::size_t json_bytes = wire.body.size();
  if (!wire.json_length.empty()) {
    const char* const end = wire.json_length.data() + wire.json_length.size();
    const auto [after, problem] = std::from_chars(wire.json_length.data(), end, json_bytes);
    if (problem != std::errc() || after != end || json_bytes > wire.body.size())
      return refuse(RefusalCode::kInvalid, upkeep::format("Inference-Header-Content-Length is \"{}\", the body has {} bytes",
                                                          printable(wire.json_length), wire.body.size()));
    if (json_bytes == 0) return read_raw(wire.body, inputs);
  }
  Reader reader(wire.body.substr(0, json_bytes), wire.body.substr(json_bytes), inputs);
  Answer<InferRequest> request = reader.read();
  if (id) *id = request ? request->id : reader.id();
  return request;
}

}  // namespace upkeep::serve
