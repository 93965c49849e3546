// A ModelInferRequest, read against models of every datatype: tensors or a refusal. Our way around the raw contents finds what protobuf's
// own parser finds, and what was read comes back as an answer.
#include <inference.pb.h>

#include <cstdlib>
#include <string_view>

#include "serve/grpc/client_message.hpp"
#include "serve/grpc/infer_message.hpp"
#include "serve/protocol/datatypes.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace upkeep;
  using namespace upkeep::serve;
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const Answer<InferMessage> message = parse_infer_message(bytes);
  inference::ModelInferRequest theirs;
  const bool whole = theirs.ParseFromString(bytes);
  if (message.has_value() != whole) std::abort();
  static_cast<void>(read_infer_reply(bytes));
  static_cast<void>(read_model_reply(bytes));
  if (!whole) return 0;
  if (message->raw.size() != static_cast<std::size_t>(theirs.raw_input_contents_size())) std::abort();
  for (int i = 0; i < theirs.raw_input_contents_size(); ++i)
    if (message->raw[static_cast<std::size_t>(i)] != theirs.raw_input_contents(i)) std::abort();

  std::vector<TensorSpec> specs;  // a model that reads whatever the request names
  for (const auto& input : theirs.inputs())
    if (const auto dtype = dtype_of(input.datatype()))
      specs.push_back({.name = input.name(), .dtype = *dtype, .dims = std::vector<Dim>(static_cast<std::size_t>(input.shape_size()))});
  const Answer<InferRequest> request = read_infer_message(*message, specs);
  if (!request) return 0;
  InferAnswer answer{.model = "m", .version = "1", .id = request->id, .outputs = {}};
  for (const auto& [name, tensor] : request->inputs) answer.outputs.emplace_back(name, tensor);
  const Answer<std::string> written = write_infer_message(answer);
  if (!written) std::abort();
  const Answer<InferResult> again = read_infer_reply(*written);
  if (!again || again->outputs.size() != request->inputs.size()) std::abort();
  return 0;
}
