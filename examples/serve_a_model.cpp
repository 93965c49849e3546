// A server inside a program: it publishes a model, serves it over HTTP and gRPC beside an endpoint of its own, and asks itself.

#include <upkeep/client.hpp>
#include <upkeep/registry.hpp>
#include <upkeep/server.hpp>
#include <upkeep/upkeep.hpp>

#include <cmath>
#include <cstdio>
#include <stdexcept>
#include <string>

using namespace upkeep;

int main() {
  // y = 3 x, near enough.
  const Tensor x = random_uniform({200, 1}, 1), y = matmul(x, Tensor({1, 1}, std::vector<float>{3}));
  Sequential model({Input({.shape = {1}}), Dense({.units = 1})}, /*seed=*/2);
  model.compile({.optimizer = optimizers::Adam({.learning_rate = 0.1}), .loss = "mse"});
  model.fit(x, y, {.epochs = 60, .verbose = false});
  model.save("triple.onnx");
  operate::Registry registry = operate::Registry::open({.registry = "registry"});
  registry.publish("triple", Model::load("triple.onnx"), {.alias = "production"});

  operate::Server server({.registry = "registry",
                          .handle_signals = false,
                          .endpoints = {{.path = "/about", .help = "who serves here", .answer = [](const operate::WebRequest&) {
                                           return operate::WebResponse{.body = R"({"team": "pricing"})"};
                                         }}}});
  const Tensor rows({2, 1}, std::vector<float>{0.5F, 1});
  for (const char* scheme : {"http", "grpc"}) {
    const Client client({.url = std::string(scheme) + "://127.0.0.1:" + std::to_string(server.port())});
    const InferResult answer = client.infer("triple", {{"input", rows}});
    const Tensor& found = answer.outputs.begin()->second;
    std::printf("%s: version %s answers %.2f and %.2f\n", scheme, answer.version.c_str(), found.floats()[0], found.floats()[1]);
    if (std::abs(found.floats()[0] - 1.5F) > 0.1F || std::abs(found.floats()[1] - 3) > 0.2F) throw std::runtime_error("a wrong answer");
  }
  server.shut_down();
}
