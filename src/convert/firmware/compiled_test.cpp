#include "convert/firmware/compiled_test.hpp"

#include <map>
#include <set>

#include "base/files.hpp"
#include "base/format.hpp"
#include "base/random.hpp"
#include "convert/firmware/shared/run.hpp"
#include "graph/onnx.hpp"
#include "layers/view/architecture.hpp"
#include "runtime/session.hpp"

namespace upkeep::firmware {

namespace {

const std::vector<std::string> kStrict = {"-O1",          "-Wall",    "-Wextra",           "-Wpedantic",
                                          "-Wconversion", "-Wshadow", "-Wsign-conversion", "-Werror"};

std::map<std::string, std::vector<std::string>>& registered() {
  static std::map<std::string, std::vector<std::string>> all;
  return all;
}

// The suites that this process runs, as --gtest_filter and shards say.
std::set<std::string> suites_that_run() {
  std::set<std::string> suites;
  const testing::UnitTest& all = *testing::UnitTest::GetInstance();
  for (int i = 0; i < all.total_test_suite_count(); ++i)
    if (all.GetTestSuite(i)->should_run()) suites.insert(all.GetTestSuite(i)->name());
  return suites;
}

std::uint64_t seed_of(const std::string& graph) { return std::hash<std::string>{}(graph); }

struct Compared {
  Tensors header;
  Tensors runtime;
  std::string refusal;  // why there are none
};
using AllCompared = std::map<std::string, Compared>;

class Compiling {
 public:
  AllCompared all() {
    for (const std::string& suite : suites_that_run())
      for (const std::string& graph : registered()[suite])
        if (!compared_.contains(graph)) add(graph);
    run();
    return std::move(compared_);
  }

 private:
  void add(const std::string& graph) {
    Compared& compared = compared_[graph];
    const std::string name = upkeep::format("case_{}", graphs_.size());
    try {
      Model model = model_in_short(graph);
      model.graph.name = name;
      const Tensors inputs = random_values(model, 2, seed_of(graph));
      write_file(folder_ / (name + ".hpp"), header_of(model));
      compared.runtime = Session(model, {.threads = 1}).run(inputs);
      headers_.push_back({.file = folder_ / (name + ".hpp"), .interface = interface_of(model), .inputs = inputs});
      graphs_.push_back(graph);
    } catch (const Error& error) {
      compared.refusal = error.what();
    }
  }

  void run() {
    try {
      const std::vector<Tensors> answers = run_headers(headers_, compiler().value(), kStrict);
      for (std::size_t i = 0; i < graphs_.size(); ++i) compared_[graphs_[i]].header = answers[i];
    } catch (const Error& error) {
      for (const std::string& graph : graphs_) compared_[graph].refusal = error.what();
    }
  }

  TemporaryFolder folder_;
  std::vector<WrittenHeader> headers_;
  std::vector<std::string> graphs_;
  AllCompared compared_;
};

const Compared& compared(const std::string& graph) {
  static const AllCompared all = Compiling().all();
  return all.at(graph);
}

void expect_near(const Tensor& header, const Tensor& runtime, double tolerance) {
  ASSERT_EQ(header.dtype(), runtime.dtype());
  ASSERT_EQ(header.shape(), runtime.shape());
  if (header.dtype() != DType::kFloat32 && header.dtype() != DType::kFloat64) {
    EXPECT_EQ(header, runtime);
    return;
  }
  const Tensor a = header.cast(DType::kFloat64), b = runtime.cast(DType::kFloat64);
  for (std::size_t i = 0; i < static_cast<std::size_t>(a.size()); ++i) {
    const double x = a.data<double>()[i], y = b.data<double>()[i];
    if (x == y || (std::isnan(x) && std::isnan(y))) continue;
    ASSERT_LE(std::abs(x - y), tolerance * std::max(1.0, std::abs(y))) << "element " << i << ": " << x << ", ONNX Runtime: " << y;
  }
}

}  // namespace

Model model_in_short(const std::string& text) {
  if (text.starts_with('(')) return model_from_text("<ir_version: 10, opset_import: [\"\" : 21]> g " + text);
  const Architecture architecture = architecture_from_yaml("layers: " + text);
  Weights weights = initial_weights(architecture, 1);
  Random random(seed_of(text));
  for (auto& [name, tensor] : weights) {
    std::vector<float> values(tensor.floats().begin(), tensor.floats().end());
    for (float& value : values) value += static_cast<float>(0.1 * random.uniform());
    tensor = Tensor(tensor.shape(), std::move(values));
  }
  return build_model(architecture, weights);
}

Tensors random_values(const Model& model, std::int64_t rows, std::uint64_t seed) {
  Tensors values;
  Random random(seed);
  for (const ValueInfo& input : model.graph.inputs) {
    Shape shape;
    for (const Dim& dim : *input.type.shape) shape.push_back(dim.known() ? dim.value : rows);
    const bool floats = input.type.dtype == DType::kFloat32 || input.type.dtype == DType::kFloat64;
    std::vector<double> numbers(static_cast<std::size_t>(element_count(shape)));
    for (double& number : numbers) number = floats ? random.normal() : static_cast<double>(random.below(3));
    values[input.name] = Tensor(shape, std::move(numbers)).cast(input.type.dtype);
  }
  return values;
}

CompiledGraphs::CompiledGraphs(std::string suite, std::vector<std::string> graphs) : suite_(std::move(suite)), graphs_(std::move(graphs)) {
  std::vector<std::string>& all = registered()[suite_];
  all.insert(all.end(), graphs_.begin(), graphs_.end());
}

void CompiledGraphs::expect_equal_answers(double tolerance) const {
  for (const std::string& graph : graphs_) {
    SCOPED_TRACE(graph);
    const Compared& both = compared(graph);
    if (!both.refusal.empty()) {
      ADD_FAILURE() << both.refusal;
      continue;
    }
    ASSERT_EQ(both.header.size(), both.runtime.size());
    for (const auto& [name, tensor] : both.runtime) expect_near(both.header.at(name), tensor, tolerance);
  }
}

}  // namespace upkeep::firmware
