// Ops: appends operators to a graph, one public function per ONNX operator, types and shapes inferred as it goes.
// Everything that builds graphs (layers, gradients, losses, passes) is written in these.
#pragma once

#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "graph/graph.hpp"

namespace upkeep {

class Ops;

// A value of the graph being built. Cheap to copy; valid while its Ops lives. An empty Value is an absent optional input.
class Value {
 public:
  Value() = default;
  const std::string& name() const;  // follows a renaming by Ops::output()
  explicit operator bool() const { return !name_.empty(); }
  DType dtype() const;
  // Dimensions as far as known; throws Error{kInternal} when not even the rank is.
  const Dims& dims() const;
  bool rank_known() const;
  const ValueType& type() const;  // with what is not a tensor
  std::size_t rank() const { return dims().size(); }

 private:
  friend class Ops;
  Value(std::string name, const Ops* ops) : name_(std::move(name)), ops_(ops) {}
  std::string name_;
  const Ops* ops_ = nullptr;
};

class Ops {
 public:
  // Appends to `model.graph`, which must outlive this. New value names start with `prefix` and never collide.
  explicit Ops(Model& model, std::string prefix = "");
  // Appends to a sub-graph, whose nodes may read the values of `outer`: existing() finds those too, and new names differ from theirs.
  // `model.graph` is the sub-graph; operator sets and functions are those of outer's model. `outer` must outlive this.
  Ops(Model& model, const Ops& outer, std::string prefix);
  ~Ops();
  Ops(const Ops&) = delete;
  Ops& operator=(const Ops&) = delete;

  Model& model() { return model_; }
  const Model& model() const { return model_; }
  const std::string& prefix() const { return prefix_; }
  const Ops* outer() const { return outer_; }
  Value existing(std::string_view name) const;  // throws Error{kNotFound}
  bool knows(std::string_view name) const;      // existing() finds it
  // The tensor of a value that is the same in every run: an initializer that is no input, or a Constant node's. Otherwise nullptr.
  const Tensor* constant_tensor(const std::string& name) const;
  Value input(const std::string& name, DType dtype, Dims dims);
  Value input(const std::string& name, const ValueType& type);
  void output(Value value, const std::string& name = "");     // names it (by Identity when it already has another public name)
  Value initializer(const std::string& name, Tensor tensor);  // a weight, under exactly this name
  Value constant(Tensor tensor);                              // shared when equal
  Value constant(float value, DType like = DType::kFloat32);
  Value ints(std::vector<std::int64_t> values);  // int64 [n]

  // Any operator. Attributes in order; the type and shape of each output are inferred by libonnx.
  Value node(std::string_view op, std::vector<Value> inputs, std::vector<Attribute> attributes = {}, std::string_view domain = "");
  std::vector<Value> nodes(std::string_view op, std::vector<Value> inputs, std::size_t outputs, std::vector<Attribute> attributes = {},
                           std::string_view domain = "");
  // An operator that libonnx does not know: the caller says what comes out. An output without a type is left out: an absent Value.
  std::vector<Value> custom(std::string_view op, std::string_view domain, const std::vector<Value>& inputs,
                            std::vector<Attribute> attributes, const std::vector<ValueType>& outputs);

  // Changes the node that makes `output`: these attributes in place of those of the same name, inputs after its own (nodes that make them
  // without inputs move before it), outputs after its own and then some before output number `at`. Returns the new outputs: inserted, then
  // appended ones.
  struct Extension {
    std::vector<Attribute> attributes;
    std::vector<Value> inputs;
    std::size_t appended = 0;
    std::size_t inserted = 0;
    std::size_t at = 0;
  };
  std::vector<Value> extend(const Value& output, Extension extension);
  // Replaces the node that makes `output` by the nodes that `expansion` appends, in its place. `expansion` returns one value per output of
  // the node (an absent one where the node has none); these take over the outputs' names. A failed call leaves the nodes as they were.
  void replace(const Value& output, const std::function<std::vector<Value>(const Node& node)>& expansion);

  // All names made from now on carry this prefix ("dense_1/"), until the returned scope ends.
  class [[nodiscard]] Scope {
   public:
    Scope(Ops& ops, std::string prefix) : ops_(ops), before_(std::exchange(ops.prefix_, std::move(prefix))) {}
    ~Scope() { ops_.prefix_ = before_; }

   private:
    Ops& ops_;
    std::string before_;
  };
  Scope scope(std::string prefix) { return Scope(*this, std::move(prefix)); }

  // --- operators, by ONNX's name ---------------------------------------------------------------------------------
  // A float argument stands for a constant of the other operand's type.
  Value add(Value a, Value b) { return node("Add", {a, b}); }
  Value add(Value a, float b) { return add(a, constant(b, a.dtype())); }
  Value sub(Value a, Value b) { return node("Sub", {a, b}); }
  Value sub(float a, Value b) { return sub(constant(a, b.dtype()), b); }
  Value sub(Value a, float b) { return sub(a, constant(b, a.dtype())); }
  Value mul(Value a, Value b) { return node("Mul", {a, b}); }
  Value mul(Value a, float b) { return mul(a, constant(b, a.dtype())); }
  Value mul(float a, Value b) { return mul(b, a); }
  Value div(Value a, Value b) { return node("Div", {a, b}); }
  Value div(Value a, float b) { return div(a, constant(b, a.dtype())); }
  Value div(float a, Value b) { return div(constant(a, b.dtype()), b); }
  Value pow(Value a, Value b) { return node("Pow", {a, b}); }
  Value neg(Value a) { return node("Neg", {a}); }
  Value abs(Value a) { return node("Abs", {a}); }
  Value sign(Value a) { return node("Sign", {a}); }
  Value exp(Value a) { return node("Exp", {a}); }
  Value log(Value a) { return node("Log", {a}); }
  Value sqrt(Value a) { return node("Sqrt", {a}); }
  Value reciprocal(Value a) { return node("Reciprocal", {a}); }
  Value tanh(Value a) { return node("Tanh", {a}); }
  Value sigmoid(Value a) { return node("Sigmoid", {a}); }
  Value erf(Value a) { return node("Erf", {a}); }
  Value relu(Value a) { return node("Relu", {a}); }
  Value softplus(Value a) { return node("Softplus", {a}); }
  Value identity(Value a) { return node("Identity", {a}); }
  Value matmul(Value a, Value b) { return node("MatMul", {a, b}); }
  Value gemm(Value a, Value b, Value c, bool trans_a, bool trans_b);
  Value softmax(Value a, std::int64_t axis) { return node("Softmax", {a}, {{"axis", axis}}); }
  Value log_softmax(Value a, std::int64_t axis) { return node("LogSoftmax", {a}, {{"axis", axis}}); }
  Value max(Value a, Value b) { return node("Max", {a, b}); }
  Value min(Value a, Value b) { return node("Min", {a, b}); }
  Value clip(Value a, float low, float high) { return node("Clip", {a, constant(low, a.dtype()), constant(high, a.dtype())}); }
  Value equal(Value a, Value b) { return node("Equal", {a, b}); }
  Value less(Value a, Value b) { return node("Less", {a, b}); }
  Value less(Value a, float b) { return less(a, constant(b, a.dtype())); }
  Value less_or_equal(Value a, Value b) { return node("LessOrEqual", {a, b}); }
  Value greater(Value a, Value b) { return node("Greater", {a, b}); }
  Value greater(Value a, float b) { return greater(a, constant(b, a.dtype())); }
  Value greater_or_equal(Value a, Value b) { return node("GreaterOrEqual", {a, b}); }
  Value where(Value condition, Value a, Value b) { return node("Where", {condition, a, b}); }
  Value cast(Value a, DType to) { return a.dtype() == to ? a : node("Cast", {a}, {{"to", static_cast<std::int64_t>(to)}}); }
  // Axes: none given reduces all of them.
  Value reduce_sum(Value a, std::vector<std::int64_t> axes, bool keepdims = false) {
    return reduce("ReduceSum", a, std::move(axes), keepdims);
  }
  Value reduce_mean(Value a, std::vector<std::int64_t> axes, bool keepdims = false) {
    return reduce("ReduceMean", a, std::move(axes), keepdims);
  }
  Value reduce_max(Value a, std::vector<std::int64_t> axes, bool keepdims = false) {
    return reduce("ReduceMax", a, std::move(axes), keepdims);
  }
  Value reduce(std::string_view op, Value a, std::vector<std::int64_t> axes, bool keepdims);
  Value shape(Value a) { return node("Shape", {a}); }
  Value size(Value a) { return node("Size", {a}); }
  Value reshape(Value a, Value shape_value) { return node("Reshape", {a, shape_value}); }
  Value reshape(Value a, std::vector<std::int64_t> dims) { return reshape(a, ints(std::move(dims))); }
  Value expand(Value a, Value shape_value) { return node("Expand", {a, shape_value}); }
  Value transpose(Value a, std::vector<std::int64_t> perm) { return node("Transpose", {a}, {{"perm", std::move(perm)}}); }
  Value squeeze(Value a, std::vector<std::int64_t> axes) { return node("Squeeze", {a, ints(std::move(axes))}); }
  Value unsqueeze(Value a, std::vector<std::int64_t> axes) { return node("Unsqueeze", {a, ints(std::move(axes))}); }
  Value concat(std::vector<Value> parts, std::int64_t axis) { return node("Concat", std::move(parts), {{"axis", axis}}); }
  Value gather(Value a, Value indices, std::int64_t axis) { return node("Gather", {a, indices}, {{"axis", axis}}); }
  Value one_hot(Value indices, std::int64_t depth, DType dtype);

 private:
  friend class Value;
  const ValueType& type(const std::string& name) const;
  void read_graph();
  bool borrow(const std::string& name) const;
  Node& node_of(const Value& output);
  void move_before(const Value& moved, const Value& before);
  void take_names(const Node& node);
  void record_types(const std::vector<std::string>& outputs);
  void drop_nodes(std::size_t first);
  void give_name(const std::string& from, const std::string& name, std::size_t first);
  std::string fresh(std::string_view base);
  std::string fresh_constant_name();
  void set_inputs(Node& node, const std::vector<Value>& inputs) const;
  void import_domain(const std::string& domain);
  void name_by_identity(const Value& value, const std::string& name);
  void rename(const std::string& from, const std::string& to);

  Model& model_;
  const Ops* outer_ = nullptr;
  std::string prefix_;
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace upkeep
