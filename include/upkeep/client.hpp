// A client of servers that speak the Open Inference Protocol (Upkeep's own, Triton, KServe, MLServer), over HTTP or over gRPC: typed
// tensors in, typed tensors out.
//
//   Client client({.url = "grpc://127.0.0.1:8080"});
//   const Tensor y = client.infer("price", {{"x", rows}}).outputs.at("y");
//
// A client holds connections that are open; its methods may be called from several threads at once, each call then has a connection of its
// own. Every call here may be made twice without harm, so what fails on its way (no connection, one that breaks, a server that is
// busy or not ready yet) is tried again until its time or its tries are used up; an inference that is tried again keeps its id.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "upkeep/error.hpp"
#include "upkeep/tensor.hpp"

namespace upkeep {

struct ClientOptions {
  std::string url = "http://127.0.0.1:8080";  // http:// or grpc://, https:// or grpcs:// over TLS; HOST[:PORT]
  std::string token;                          // sent as a bearer token; empty: none
  std::string authorities_file;               // certificates (PEM) of those who may vouch for the server; empty: the system's
  std::string certificate_file, key_file;     // of this client (PEM), where the server asks for one
  std::chrono::milliseconds timeout{60'000};  // of a call, further tries among it
  int retries = 4;                            // further tries
  std::chrono::milliseconds first_wait{50};   // before the first of them; each next wait is twice as long, and all vary by half
  std::chrono::milliseconds longest_wait{2'000};
};

// A tensor as a server describes it: [-1, 4] has an open first dimension.
struct RemoteTensor {
  std::string name;
  DType dtype = DType::kFloat32;
  Shape shape;
};

struct RemoteModel {
  std::string name;
  std::vector<std::string> versions;
  std::string platform;
  std::vector<RemoteTensor> inputs, outputs;
};

struct InferSettings {
  std::string version = {};               // empty: the one that the server serves by default
  std::string id = {};                    // empty: a new one
  std::vector<std::string> outputs = {};  // empty: all
  std::uint64_t priority = 0;             // 1 is the highest; 0: none
};

struct InferResult {
  std::string model, version, id;
  Tensors outputs;
};

class Client {
 public:
  // Connects when the first call is made. Throws Error{kInvalidArgument}: no such url.
  explicit Client(ClientOptions options);
  ~Client();
  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;

  // Whether the server, or a model, says that it would answer. False also where nobody answers. Not tried again.
  bool live() const;
  bool ready() const;
  bool ready(const std::string& model, const std::string& version = {}) const;

  // What a model reads and gives. Throws as infer() does.
  RemoteModel model(const std::string& name, const std::string& version = {}) const;

  // Runs a model once; `inputs` by name. Throws Error: kInvalidArgument (the server refuses the request), kNotFound (no such model or
  // version), kFailedPrecondition (not allowed, or not ready), kResourceExhausted (too large, or too much asked for), kIo (nobody answers,
  // or not in time), kUnsupported, kInternal, kCorrupt (the answer cannot be read).
  InferResult infer(const std::string& model, const Tensors& inputs, const InferSettings& settings = {}) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace upkeep
