// How large a model is once the calls of its own functions are written out, as every runtime does.
#include <map>
#include <tuple>

#include "graph/onnx_file.hpp"

namespace upkeep::proto {
namespace {

constexpr int kMostLevels = 100;  // of functions that call functions

using Key = std::tuple<std::string, std::string, std::string>;  // domain, name, overload
using Nodes = google::protobuf::RepeatedPtrField<onnx::NodeProto>;

class Expansion {
 public:
  Expansion(const onnx::ModelProto& message, std::size_t limit) : limit_(limit) {
    for (const auto& function : message.functions())
      functions_.try_emplace({plain_domain(function.domain()), function.name(), function.overload()}, Function{&function, 0, kNew});
  }

  // Nodes that these nodes make, themselves and their sub-graphs included.
  std::size_t nodes(const Nodes& list, int level) {
    std::size_t total = 0;
    for (const auto& node : list) {
      ++total;
      const auto called = functions_.find({plain_domain(node.domain()), node.op_type(), node.overload()});
      if (called != functions_.end()) total += body(called->second, level + 1);
      for (const auto& attribute : node.attribute()) {
        if (attribute.has_g()) total += nodes(attribute.g().node(), level);
        for (const auto& graph : attribute.graphs()) total += nodes(graph.node(), level);
      }
      if (total > limit_)
        throw Error(ErrorCode::kResourceExhausted, "the calls of functions make more than " + std::to_string(limit_) + " nodes");
    }
    return total;
  }

  void all_functions() {
    for (auto& [key, function] : functions_) body(function, 1);
  }

 private:
  enum State { kNew, kOpen, kDone };
  struct Function {
    const onnx::FunctionProto* message;
    std::size_t nodes;
    State state;
  };

  std::size_t body(Function& function, int level) {
    const std::string& name = function.message->name();
    if (function.state == kOpen) throw Error(ErrorCode::kCorrupt, "function \"" + name + "\" calls itself");
    if (level > kMostLevels)
      throw Error(ErrorCode::kResourceExhausted, "functions call each other on more than " + std::to_string(kMostLevels) + " levels");
    if (function.state == kNew) {
      function.state = kOpen;
      function.nodes = nodes(function.message->node(), level);
      function.state = kDone;
    }
    return function.nodes;
  }

  const std::size_t limit_;
  std::map<Key, Function> functions_;
};

}  // namespace

void check_functions(const onnx::ModelProto& message, const ModelLimits& limits) {
  if (message.functions_size() == 0) return;
  Expansion expansion(message, limits.nodes);
  expansion.all_functions();
  expansion.nodes(message.graph().node(), 0);
}

}  // namespace upkeep::proto
