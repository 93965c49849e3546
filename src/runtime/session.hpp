// Sessions over ONNX Runtime. The only folder that sees its headers.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "graph/graph.hpp"

namespace upkeep {

class CancelToken;
struct KernelDomain;

struct SessionOptions {
  int threads = 0;       // intra-op threads of this session; 0: one per core
  bool optimize = true;  // ONNX Runtime's graph optimisations
  bool spin = false;     // threads busy-wait between runs: lower latency, more CPU time
  bool memory_arena = true;
  bool prepack = true;                    // keep weights once more, in the order that kernels like best: faster runs
  const KernelDomain* kernels = nullptr;  // operators of our own (runtime/kernel.hpp); must outlive the session
};

struct TensorSpec {
  std::string name;
  DType dtype = DType::kFloat32;
  Dims dims;              // unknown and symbolic dimensions vary
  bool any_rank = false;  // the model does not even say how many dimensions there are; `dims` is empty then
};

// A model ready to run. Immutable: run() may be called from any thread.
class Session {
 public:
  // Throws Error{kUnsupported} (an operator or type that the runtime lacks) or {kCorrupt}; the runtime's message is the hint.
  explicit Session(const Model& model, const SessionOptions& options = {});
  // A file in the runtime's own format (runtime/ort_file.hpp), of which there is no graph to look at.
  static Session from_ort_file(const std::filesystem::path& file, const SessionOptions& options = {});
  ~Session();
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;

  const std::vector<TensorSpec>& inputs() const;
  const std::vector<TensorSpec>& outputs() const;

  // Runs once. `inputs` by name; all outputs come back when `outputs` is empty. A sequence comes as its elements: parts_of() names them.
  // Throws Error{kInvalidArgument} on a wrong name, type or shape and says which was expected; Error{kFailedPrecondition} when `cancel`
  // (runtime/cancel_token.hpp) has ended the run.
  Tensors run(const Tensors& inputs, const std::vector<std::string>& outputs = {}, CancelToken* cancel = nullptr) const;

 private:
  friend class Binding;
  struct State;
  explicit Session(std::unique_ptr<State> state);
  void read_specs(const Graph& graph);
  std::unique_ptr<State> state_;
};

// The names under which run() gave an output: its own, or of a sequence "NAME.0", "NAME.1", ...
std::vector<std::string> parts_of(const Tensors& answers, const std::string& output);

// A run whose inputs and outputs stay where they are: for loops that run the same graph thousands of times without copying or allocating.
// Not thread-safe; the session and all bound memory must outlive it.
class Binding {
 public:
  explicit Binding(const Session& session);
  ~Binding();
  Binding(Binding&&) noexcept;
  Binding& operator=(Binding&&) noexcept;

  void input(const std::string& name, const Tensor& tensor);  // shared, not copied
  void input(const std::string& name, DType dtype, const Shape& shape, void* data);
  void output(const std::string& name, DType dtype, const Shape& shape, void* data);
  void run();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The version of the ONNX Runtime library that is loaded, "1.32.0".
std::string runtime_version();

}  // namespace upkeep
