// Muon (Jordan et al. 2024), as Keras has it. The step of a matrix is its momentum with all singular values moved towards 1:
//
//   m = momentum * m + g                 x = g + momentum * m  (Nesterov), or m
//   X = x / |x|,  transposed when it has more rows than columns;  ns_steps times:
//       A = X X'      X = a X + (b A + c A A) X                    (Newton-Schulz, with coefficients that converge fast, not exactly)
//   w -= rate * X * sqrt(larger side) * rms_rate                   (Liu et al. 2025; without the two factors when rms_rate is null)
//
// Weights that are no matrices, embeddings, and those whose names exclude_layers finds, take Adam's step.

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "train/optimizers/muon.cpp"
#include "train/optimizers/targets.hpp"
//
#include <algorithm>
#include <cctype>
#include <span>

#include "train/optimizers/adam.hpp"
#include "train/optimizers/loop.hpp"
#include "train/optimizers/shared/loops.hpp"

HWY_BEFORE_NAMESPACE();
namespace upkeep::optimizers::HWY_NAMESPACE {

// `kVectors` vectors of one row of c = a b, where b has `columns` columns. The products of each element are added up in the order of the
// inner axis, whatever the width of a vector.
template <std::size_t kVectors, class D>
HWY_INLINE void multiply_block(D d, std::span<const float> a_row, const float* b, std::size_t columns, float* c) {
  const std::size_t lanes = hn::Lanes(d);
  hn::Vec<D> sums[kVectors];
  for (auto& sum : sums) sum = hn::Zero(d);
  for (std::size_t k = 0; k < a_row.size(); ++k) {
    const auto a = hn::Set(d, a_row[k]);
    for (std::size_t i = 0; i < kVectors; ++i) sums[i] = sums[i] + a * hn::LoadU(d, b + k * columns + i * lanes);
  }
  for (std::size_t i = 0; i < kVectors; ++i) hn::StoreU(sums[i], d, c + i * lanes);
}

void multiply_loop(std::span<const float> a_row, const float* b, std::size_t columns, float* c) {
  const hn::ScalableTag<float> wide;
  const hn::CappedTag<float, 1> single;
  const std::size_t lanes = hn::Lanes(wide);
  std::size_t j = 0;
  for (; j + 8 * lanes <= columns; j += 8 * lanes) multiply_block<8>(wide, a_row, b + j, columns, c + j);
  for (; j + lanes <= columns; j += lanes) multiply_block<1>(wide, a_row, b + j, columns, c + j);
  for (; j < columns; ++j) multiply_block<1>(single, a_row, b + j, columns, c + j);
}

struct MuonMomentumFormula {
  float momentum;
  float ahead;  // share of the momentum that is added to the gradient; 0 without Nesterov
  float fresh;  // share of the gradient
  template <class D, class V>
  HWY_INLINE void operator()(D d, V& g, V& m) const {
    m = m + (g + m * hn::Set(d, momentum - 1.0f));
    g = hn::Set(d, fresh) * g + hn::Set(d, ahead) * m;
  }
};

void muon_momentum_loop(std::span<float> gradient, float* m, float momentum, bool nesterov) {
  each(gradient.size(), MuonMomentumFormula{momentum, nesterov ? momentum : 1.0f, nesterov ? 1.0f : 0.0f}, gradient.data(), m);
}

}  // namespace upkeep::optimizers::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace upkeep::optimizers {

struct Muon : Common {
  Muon() { weight_decay = 0.004; }
  double learning_rate = 0.001;
  double adam_beta_1 = 0.9;
  double adam_beta_2 = 0.999;
  std::optional<double> adam_weight_decay = 0.004;
  double epsilon = 1e-7;
  std::vector<std::string> exclude_layers;
  bool exclude_embeddings = true;
  double muon_a = 3.4445;
  double muon_b = -4.7750;
  double muon_c = 2.0315;
  double adam_lr_ratio = 1.0;
  double momentum = 0.95;
  std::int64_t ns_steps = 5;
  bool nesterov = true;
  std::optional<double> rms_rate = 0.2;
};

}  // namespace upkeep::optimizers

namespace upkeep {

template <>
inline const Settings settings<optimizers::Muon> = optimizers::describe_optimizer<optimizers::Muon>(
    "muon", "orthogonal steps for matrices, adam for the rest",
    field("adam_beta_1", &optimizers::Muon::adam_beta_1, "share of the first moment kept", range(0.0, 1.0, Ends::kOpenRight)),
    field("adam_beta_2", &optimizers::Muon::adam_beta_2, "share of the second moment kept", range(0.0, 1.0, Ends::kOpenRight)),
    field("adam_weight_decay", &optimizers::Muon::adam_weight_decay, "weight_decay of the weights that take Adam's step", range(0.0, 1e6)),
    field("epsilon", &optimizers::Muon::epsilon, "added to the root of the second moment", range(0.0, 1.0)),
    field("exclude_layers", &optimizers::Muon::exclude_layers, "regular expressions; weights in whose names one is found take Adam's step"),
    field("exclude_embeddings", &optimizers::Muon::exclude_embeddings, "embeddings take Adam's step"),
    field("muon_a", &optimizers::Muon::muon_a, "coefficient of X"), field("muon_b", &optimizers::Muon::muon_b, "coefficient of A X"),
    field("muon_c", &optimizers::Muon::muon_c, "coefficient of A A X"),
    field("adam_lr_ratio", &optimizers::Muon::adam_lr_ratio, "multiplies the learning rate of Adam's step", range(0.0, 1e6)),
    field("momentum", &optimizers::Muon::momentum, "share of the momentum kept", range(0.0, 1.0)),
    field("ns_steps", &optimizers::Muon::ns_steps, "rounds of Newton-Schulz", range(1, 100)),
    field("nesterov", &optimizers::Muon::nesterov, "look one step of momentum ahead"),
    field("rms_rate", &optimizers::Muon::rms_rate, "root mean square of a step, in units of the learning rate; null: as it comes",
          range(0.0, 1e6)));

}  // namespace upkeep

namespace upkeep::optimizers {

HWY_EXPORT(multiply_loop);
HWY_EXPORT(muon_momentum_loop);

namespace {

struct Matrix {
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::vector<float> values;
};

Matrix multiplied(const Matrix& a, const Matrix& b) {
  Matrix c{.rows = a.rows, .columns = b.columns, .values = std::vector<float>(a.rows * b.columns)};
  const auto row_loop = HWY_DYNAMIC_POINTER(multiply_loop);
  for (std::size_t row = 0; row < a.rows; ++row)
    row_loop(std::span(a.values).subspan(row * a.columns, a.columns), b.values.data(), b.columns, c.values.data() + row * c.columns);
  return c;
}

Matrix transposed(const Matrix& a) {
  Matrix b{.rows = a.columns, .columns = a.rows, .values = std::vector<float>(a.values.size())};
  for (std::size_t i = 0; i < a.rows; ++i)
    for (std::size_t j = 0; j < a.columns; ++j) b.values[j * b.columns + i] = a.values[i * a.columns + j];
  return b;
}

// x = p * x + q * y
void mix(Matrix& x, float p, const Matrix& y, float q) {
  for (std::size_t i = 0; i < x.values.size(); ++i) x.values[i] = p * x.values[i] + q * y.values[i];
}

class MuonOptimizer : public Configured<Muon> {
 public:
  explicit MuonOptimizer(const Muon& options) : Configured(options) {
    for (const std::string& pattern : options_.exclude_layers) name_matches(pattern, "");
  }

  std::vector<Slot> own_slots() const override {
    return {{.name = "momentum"}, {.name = "velocity", .shape = [options = options_](const Weight& weight) {
                                     return takes_adam(options, weight) ? std::optional(weight.shape) : std::nullopt;
                                   }}};
  }

  double weight_decay(const Weight& weight) const override {
    return (takes_adam(options_, weight) ? options_.adam_weight_decay : options_.weight_decay).value_or(0.0);
  }

 protected:
  void update(const Buffers& buffers, const Step& step) const override {
    for (std::size_t i = 0; i < buffers.list.size(); ++i) {
      const Weight& weight = buffers.list[i];
      if (weight.rate == 0 || weight.size == 0) continue;
      if (buffers.slots[1].of(i).empty()) matrix_step(buffers, i, static_cast<float>(step.learning_rate * weight.rate));
      else adam_update_of(buffers, i, step);
    }
  }

 private:
  static bool takes_adam(const Muon& options, const Weight& weight) {
    std::string lower = weight.name;
    std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return weight.shape.size() != 2 || (options.exclude_embeddings && lower.contains("embedding")) ||
           std::ranges::any_of(options.exclude_layers, [&](const std::string& pattern) { return name_matches(pattern, weight.name); });
  }

  void adam_update_of(const Buffers& buffers, std::size_t i, const Step& step) const {
    const Weight& weight = buffers.list[i];
    const auto rate = static_cast<float>(step.learning_rate * weight.rate * options_.adam_lr_ratio);
    adam_update({.count = weight.size,
                 .weights = buffers.weights.data() + weight.begin,
                 .gradients = buffers.gradients.data() + weight.begin,
                 .slots = {buffers.slots[0].of(i).data(), buffers.slots[1].of(i).data(), nullptr},
                 .rate = rate},
                adam_step(options_.adam_beta_1, options_.adam_beta_2, options_.epsilon, rate, step.iteration));
  }

  void matrix_step(const Buffers& buffers, std::size_t i, float rate) const {
    const Weight& weight = buffers.list[i];
    const std::span<float> gradient = buffers.gradients.subspan(weight.begin, weight.size);
    HWY_DYNAMIC_DISPATCH(muon_momentum_loop)
    (gradient, buffers.slots[0].of(i).data(), static_cast<float>(options_.momentum), options_.nesterov);
    const auto rows = static_cast<std::size_t>(weight.shape[0]);
    const auto columns = static_cast<std::size_t>(weight.shape[1]);
    const Matrix step = orthogonal({.rows = rows, .columns = columns, .values = {gradient.begin(), gradient.end()}});
    const double factor = options_.rms_rate ? std::sqrt(static_cast<double>(std::max(rows, columns))) * *options_.rms_rate : 1.0;
    subtract_scaled(buffers.weights.subspan(weight.begin, weight.size), step.values, rate * static_cast<float>(factor));
  }

  Matrix orthogonal(Matrix x) const {
    const bool tall = x.rows > x.columns;
    if (tall) x = transposed(x);
    const auto norm = static_cast<float>(std::sqrt(sum_of_squares(x.values))) + 1e-7f;
    for (float& value : x.values) value /= norm;
    for (std::int64_t i = 0; i < options_.ns_steps; ++i) {
      Matrix a = multiplied(x, transposed(x));
      mix(a, static_cast<float>(options_.muon_b), multiplied(a, a), static_cast<float>(options_.muon_c));
      mix(x, static_cast<float>(options_.muon_a), multiplied(a, x), 1.0f);
    }
    return tall ? transposed(x) : x;
  }
};

}  // namespace

void add_muon(OptimizerCatalog& catalog) { catalog.add(entry<MuonOptimizer>({"Muon"})); }

}  // namespace upkeep::optimizers

#endif
