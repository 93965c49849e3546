// The values of a feature on one side of a comparison, in the form that all measures and checks ask: ascending, or counted by category.
// Immutable and shared: copies cost nothing, and any thread may read them.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "upkeep/tensor.hpp"

namespace upkeep {

// Numbers. NaN is a missing value; infinities are ordinary extreme values.
class Sample {
 public:
  Sample() : Sample(std::vector<double>{}) {}
  Sample(std::vector<double> rows);  // NOLINT(google-explicit-constructor): a list of numbers is a sample
  // A column of numbers, float32 or float64; it is sorted as it stands.
  explicit Sample(const Tensor& column);
  // Values that stand for cells: ascending, each with how many there are. Such a sample has no rows. `mean`: of what was counted.
  static Sample counted(std::vector<double> ascending, const std::vector<std::int64_t>& counts, std::int64_t missing,
                        double mean = std::numeric_limits<double>::quiet_NaN());

  std::int64_t size() const { return until().empty() ? std::ssize(state_->values) : until().back(); }  // without missing ones
  bool empty() const { return size() == 0; }
  std::int64_t missing() const { return state_->missing; }
  std::int64_t rows() const { return size() + missing(); }
  bool is_counted() const { return !until().empty(); }
  double counted_mean() const { return state_->mean; }  // of a counted sample; NaN where it is not known

  // Ascending values. `until`: of a counted sample, how many there are up to and including each; else each is one.
  std::span<const double> values() const { return state_->values; }
  std::span<const std::int64_t> until() const { return state_->until; }
  std::span<const double> finite() const;
  double smallest() const { return state_->values.front(); }
  double largest() const { return state_->values.back(); }
  double at(std::int64_t rank) const;      // the value that `rank` others precede
  std::int64_t below(double value) const;  // how many are smaller
  std::int64_t up_to(double value) const;  // how many are not larger
  // visit(value, count) of each distinct value, ascending, until it says false.
  template <typename Visit>
  void for_each_distinct(const Visit& visit) const {
    const std::vector<double>& all = state_->values;
    for (std::size_t i = 0; i < all.size();) {
      std::size_t end = i + 1;
      while (end < all.size() && all[end] == all[i]) ++end;
      const std::int64_t count = is_counted() ? until()[end - 1] - (i > 0 ? until()[i - 1] : 0) : static_cast<std::int64_t>(end - i);
      if (count > 0 && !visit(all[i], count)) return;
      i = end;
    }
  }

  Sample take(const std::vector<std::int64_t>& rows) const;
  void append_row(std::string& key, std::int64_t row) const;  // bytes that differ where values do

 private:
  struct State {
    Tensor column;
    std::vector<double> values;
    std::vector<std::int64_t> until;
    std::int64_t missing = 0;
    double mean = std::numeric_limits<double>::quiet_NaN();
  };
  std::shared_ptr<const State> state_;
};

// Categories. "" is a missing value.
class Words {
 public:
  Words() : Words(std::vector<std::string>{}) {}
  Words(std::vector<std::string> rows);  // NOLINT(google-explicit-constructor): a list of texts is that
  // A column of texts, of whole numbers (1 is "1"), or of other numbers as they are printed.
  explicit Words(const Tensor& column);
  static Words counted(std::map<std::string, std::int64_t> counts, std::int64_t missing);

  const std::map<std::string, std::int64_t>& counts() const { return state_->counts; }  // by category, without missing ones
  std::int64_t missing() const { return state_->missing; }
  std::int64_t size() const { return state_->size; }  // without missing ones
  std::int64_t rows() const { return size() + missing(); }

  Words take(const std::vector<std::int64_t>& rows) const;
  void append_row(std::string& key, std::int64_t row) const;

 private:
  struct State {
    Tensor column;
    std::map<std::string, std::int64_t> counts;
    std::int64_t missing = 0, size = 0;
  };
  explicit Words(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  std::shared_ptr<const State> state_;
};

// Samples of columns that several questions ask for, made once. May be used from several threads.
class SampleCache {
 public:
  Sample numbers(const Tensor& column, DType type);  // rounded to `type`; kUndefined: as they are
  Words words(const Tensor& column, DType type);     // numbers rounded to `type` before they are printed

 private:
  using Key = std::tuple<const void*, DType, DType>;
  template <typename Value>
  using Made = std::map<Key, std::pair<Tensor, Value>>;
  std::mutex mutex_;
  Made<Sample> numbers_;
  Made<Words> words_;
};

}  // namespace upkeep
