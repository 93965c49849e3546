// Codebooks: each weight holds few different numbers, chosen by k-means in one dimension (Han et al. 2016, "Deep compression",
// arXiv:1510.00149; TensorFlow's weight clustering). The file keeps the table and one byte for each element, which compress well:
//   weight = Gather(table, Cast(indices))
// ONNX Runtime works the weights out once, when it loads the model, so that it runs as fast as before.

#include <algorithm>
#include <cmath>
#include <numeric>

#include "optimize/quantize/quantize.hpp"
#include "optimize/quantize/shared/stored.hpp"

namespace upkeep::quantization {

struct Codebook {
  std::int64_t colours = 16;
  std::int64_t smallest = 256;
};

}  // namespace upkeep::quantization

namespace upkeep {

using quantization::Codebook;

template <>
inline const Settings settings<Codebook> =
    describe<Codebook>("codebook", "each weight from a table of few numbers (k-means): a file that zips well, as fast as before",
                       field("colours", &Codebook::colours, "different numbers in a weight", range(2, 256)),
                       field("smallest", &Codebook::smallest, "elements that a weight has at least", range(0, 1e12)));

}  // namespace upkeep

namespace upkeep::quantization {

namespace {

constexpr int kMostRounds = 100;

// Sorted values with sums of all that come before, so that the mean of any run of them takes no time.
class SortedValues {
 public:
  explicit SortedValues(std::span<const float> values) : values_(values.begin(), values.end()), sums_(values.size() + 1, 0) {
    std::ranges::sort(values_);
    for (std::size_t i = 0; i < values_.size(); ++i) sums_[i + 1] = sums_[i] + static_cast<double>(values_[i]);
  }
  double low() const { return static_cast<double>(values_.front()); }
  double high() const { return static_cast<double>(values_.back()); }
  double quantile(double part) const {
    return static_cast<double>(values_[static_cast<std::size_t>(part * static_cast<double>(values_.size() - 1))]);
  }
  std::size_t first_above(double value) const {
    return static_cast<std::size_t>(std::ranges::upper_bound(values_, static_cast<float>(value)) - values_.begin());
  }
  double mean(std::size_t begin, std::size_t end) const { return (sums_[end] - sums_[begin]) / static_cast<double>(end - begin); }
  std::size_t size() const { return values_.size(); }

 private:
  std::vector<float> values_;
  std::vector<double> sums_;
};

// Lloyd's algorithm: each number goes to the nearest centre, each centre to the mean of its numbers, until nothing moves. A centre at 0 for
// weights that pruning set to zero stays there.
std::vector<double> settled(const SortedValues& values, std::vector<double> centres, bool keep_zero) {
  for (int round = 0; round < kMostRounds; ++round) {
    std::vector<double> next;
    std::size_t begin = 0;
    for (std::size_t i = 0; i < centres.size(); ++i) {
      const std::size_t end = i + 1 < centres.size() ? values.first_above((centres[i] + centres[i + 1]) / 2) : values.size();
      const bool stays = end <= begin || (keep_zero && centres[i] == 0);
      next.push_back(stays ? centres[i] : values.mean(begin, end));
      begin = std::max(begin, end);
    }
    std::ranges::sort(next);
    if (next == centres) break;
    centres = std::move(next);
  }
  return centres;
}

std::size_t nearest(const std::vector<float>& centres, float value) {
  const auto above = std::ranges::lower_bound(centres, value);
  if (above == centres.begin()) return 0;
  const auto index = static_cast<std::size_t>(above - centres.begin());
  if (above == centres.end()) return index - 1;
  return *above - value < value - *(above - 1) ? index : index - 1;
}

double squared_error(std::span<const float> values, const std::vector<float>& centres) {
  double sum = 0;
  for (const float value : values) {
    const double off = static_cast<double>(value - centres[nearest(centres, value)]);
    sum += off * off;
  }
  return sum;
}

// The better of two starts: evenly spaced over the range, and over the quantiles.
std::vector<float> table_of(std::span<const float> values, std::size_t colours) {
  const SortedValues sorted(values);
  const bool keep_zero = std::ranges::count(values, 0.0F) * 20 > std::ssize(values);
  std::vector<float> best;
  double least = 0;
  for (const bool linear : {true, false}) {
    std::vector<double> start;
    for (std::size_t i = 0; i < colours; ++i) {
      const double part = (static_cast<double>(i) + 0.5) / static_cast<double>(colours);
      start.push_back(linear ? sorted.low() + part * (sorted.high() - sorted.low()) : sorted.quantile(part));
    }
    if (keep_zero) *std::ranges::min_element(start, {}, [](double one) { return std::abs(one); }) = 0;
    const std::vector<double> made = settled(sorted, start, keep_zero);
    std::vector<float> centres(made.begin(), made.end());
    centres.erase(std::ranges::unique(centres).begin(), centres.end());
    const double error = squared_error(values, centres);
    if (best.empty() || error < least) best = std::move(centres), least = error;
  }
  return best;
}

void store(Wiring& wiring, const StoredWeight& weight, std::size_t colours) {
  const std::vector<float> table = table_of(weight.tensor.floats(), colours);
  std::vector<std::uint8_t> indices;
  for (const float value : weight.tensor.floats()) indices.push_back(static_cast<std::uint8_t>(nearest(table, value)));
  const std::string numbers = wiring.add_constant(weight.name + "/table", Tensor({std::ssize(table)}, table));
  const std::string bytes = wiring.add_constant(weight.name + "/indices", Tensor(weight.tensor.shape(), std::move(indices)));
  const std::string wide = append(wiring,
                                  {.op = "Cast",
                                   .domain = {},
                                   .name = {},
                                   .inputs = {bytes},
                                   .outputs = {},
                                   .attributes = {{"to", static_cast<std::int64_t>(DType::kInt32), {}}}},
                                  weight.name + "/wide_indices");
  read_instead(wiring, weight,
               append(wiring, {.op = "Gather", .domain = {}, .name = {}, .inputs = {numbers, wide}, .outputs = {}, .attributes = {}},
                      weight.name + "/from_table"));
}

}  // namespace

void add_codebook(MethodCatalog& catalog) {
  const Settings& about = settings<Codebook>;
  catalog.add({.name = about.name(),
               .help = about.help(),
               .settings = about,
               .opset = [](const Json&) { return 9; },
               .prepare = [](const Work& work, const Json& values) -> std::unique_ptr<Quantizer> {
                 const Codebook options = parse<Codebook>(values);
                 const auto colours = static_cast<std::size_t>(options.colours);
                 return std::make_unique<StoredQuantizer>(
                     work, StoredQuantizer::How{
                               .type = [](const Node&) { return "codebook"; },
                               .smallest = options.smallest,
                               .store = [colours](Wiring& wiring, const StoredWeight& weight) { store(wiring, weight, colours); }});
               }});
}

}  // namespace upkeep::quantization
