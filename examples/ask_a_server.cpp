// Asks a model that a server answers for: `ask_a_server grpc://127.0.0.1:8080 price`, or http://. The server may be Upkeep's, or another
// one that speaks the Open Inference Protocol.

#include <upkeep/client.hpp>

#include <cstdio>

using namespace upkeep;

// Rows 0, 1, 2, ... for an input of numbers; an open dimension becomes 2.
static Tensor counting(const RemoteTensor& input) {
  Shape shape = input.shape;
  for (std::int64_t& dim : shape)
    if (dim < 0) dim = 2;
  std::vector<float> values(static_cast<std::size_t>(element_count(shape)));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i);
  return Tensor(shape, std::move(values)).cast(input.dtype);
}

int main(int count, char** words) try {
  if (count != 3) throw Error(ErrorCode::kInvalidArgument, "two words are expected", "ask_a_server URL MODEL");
  const std::string name = words[2];
  const Client client({.url = words[1], .timeout = std::chrono::seconds(10)});

  const RemoteModel model = client.model(name);
  Tensors inputs;
  for (const RemoteTensor& input : model.inputs) {
    std::printf("reads %s: %s %s\n", input.name.c_str(), to_string(input.dtype).c_str(), to_string(input.shape).c_str());
    inputs.emplace(input.name, counting(input));
  }

  const InferResult result = client.infer(name, inputs, {.id = "first"});
  std::printf("version %s answers request %s\n", result.version.c_str(), result.id.c_str());
  for (const auto& [output, tensor] : result.outputs) {
    std::printf("%s:", output.c_str());
    const Tensor numbers = tensor.cast(DType::kFloat32);
    for (const float value : numbers.floats()) std::printf(" %g", static_cast<double>(value));
    std::printf("\n");
  }

  try {
    client.infer("no-such-model", inputs);
  } catch (const Error& error) {  // refused at once: another try would not help
    std::printf("%s\n", error.what());
  }
  return client.ready(name) ? 0 : 1;
} catch (const std::exception& error) {
  std::fprintf(stderr, "ask_a_server: %s\n", error.what());
  return 1;
}
