// x1 > x2 and its like: truth values.

#include "layers/operations/operation.hpp"

namespace upkeep::operations {
namespace {

OperationEntry comparison(std::string name, std::string keras_class, std::vector<std::string> tensorflow, const char* op,
                          bool inverted = false) {
  std::vector<std::string> aliases = std::move(tensorflow);
  aliases.push_back(keras_class);
  return {.name = name,
          .aliases = std::move(aliases),
          .keras_class = std::move(keras_class),
          .help = "whether it is so: " + name,
          .parameters = {called("x1", {"x"}), called("x2", {"y"})},
          .build = [op, inverted](const Call& call) -> std::vector<Value> {
            Ops& ops = call.ops();
            const auto [a, b] = call.pair("x1", "x2");
            const DType type = layers::computed_type(a.dtype());
            return {elementwise(ops, a, b, [&](const Value& x, const Value& y) {
              const Value answer = ops.node(op, {ops.cast(x, type), ops.cast(y, type)});
              return inverted ? ops.node("Not", {answer}) : answer;
            })};
          }};
}

OperationEntry logical(std::string name, std::string keras_class, std::vector<std::string> tensorflow, const char* op) {
  OperationEntry entry = comparison(std::move(name), std::move(keras_class), std::move(tensorflow), op);
  entry.build = [op](const Call& call) -> std::vector<Value> {
    Ops& ops = call.ops();
    const Value a = call.value("x1", DType::kBool);
    const Value b = call.value("x2", DType::kBool);
    return {elementwise(ops, a, b, [&](const Value& x, const Value& y) { return ops.node(op, {x, y}); })};
  };
  return entry;
}

}  // namespace

void add_comparison(OperationCatalog& catalog) {
  catalog.add(comparison("greater", "Greater", {"math.greater"}, "Greater"));
  catalog.add(comparison("greater_equal", "GreaterEqual", {"math.greater_equal"}, "GreaterOrEqual"));
  catalog.add(comparison("less", "Less", {"math.less"}, "Less"));
  catalog.add(comparison("less_equal", "LessEqual", {"math.less_equal"}, "LessOrEqual"));
  catalog.add(comparison("equal", "Equal", {"math.equal", "__operators__.eq"}, "Equal"));
  catalog.add(comparison("not_equal", "NotEqual", {"math.not_equal", "__operators__.ne"}, "Equal", true));
  catalog.add(logical("logical_and", "LogicalAnd", {"math.logical_and"}, "And"));
  catalog.add(logical("logical_or", "LogicalOr", {"math.logical_or"}, "Or"));
  catalog.add(logical("logical_xor", "LogicalXor", {"math.logical_xor"}, "Xor"));
}

}  // namespace upkeep::operations
