// The monitor's inner costs, without files read or written by others.
//
//   monitor_benchmark compare ROWS FEATURES    tables in memory compared, in cells (both sides) per second
//   monitor_benchmark log ROWS FEATURES DIR    records logged with and without profiles beside their segments, in microseconds a row of the
//                                              log's thread and of the caller
#include <sys/resource.h>

#include <cstdio>
#include <exception>
#include <iostream>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/cores.hpp"
#include "base/random.hpp"
#include "log/profile.hpp"
#include "maintain/monitor/feature_drift.hpp"
#include "upkeep/prediction_log.hpp"

using namespace upkeep;

namespace {

Tensor column(std::int64_t rows, std::uint64_t seed) {
  Random random(seed, stream_id("monitor benchmark"));
  std::vector<float> values;
  for (std::int64_t i = 0; i < rows; ++i) values.push_back(static_cast<float>(random.normal()));
  return Tensor({rows}, std::move(values));
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double processor_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

int compare(std::int64_t rows, std::int64_t features) {
  Table reference, current;
  for (std::int64_t i = 0; i < features; ++i) {
    const auto seed = static_cast<std::uint64_t>(i);
    reference.add("f" + std::to_string(i), column(rows, seed));
    current.add("in.f" + std::to_string(i), column(rows, 1000 + seed));
  }
  double best = 1e9;
  for (int run = 0; run < 7; ++run) {
    const auto start = std::chrono::steady_clock::now();
    compare_drift(reference, {}, current, {});
    best = std::min(best, seconds_since(start));
  }
  std::printf("%.4f s, %.0f M cells/s on %d cores\n", best, 2e-6 * static_cast<double>(rows * features) / best, cores());
  return 0;
}

struct Cost {
  double caller_us, writer_us;
};

Cost logged(const std::filesystem::path& folder, std::int64_t rows, std::int64_t features,
            std::shared_ptr<const ReferenceProfile> profile) {
  std::filesystem::remove_all(folder);
  PredictionLog log({.folder = folder, .reference = [&](const std::string&, std::int64_t) { return profile; }});
  constexpr std::int64_t kBatch = 100;
  std::vector<Tensor> batches;
  for (std::uint64_t seed = 0; seed < 16; ++seed) batches.push_back(column(kBatch * features, seed).reshaped({kBatch, features}));
  const double before = processor_seconds();
  double called = 0;
  for (std::int64_t row = 0; row < rows; row += kBatch) {
    const auto start = std::chrono::steady_clock::now();
    log.offer({.request_id = std::to_string(row),
               .time = system_clock().now(),
               .model = "m",
               .version = 1,
               .inputs = {{"x", batches[static_cast<std::size_t>(row / kBatch % 16)]}},
               .outputs = {{"y", Tensor({kBatch}, std::vector<float>(kBatch))}}});
    called += seconds_since(start);
    if (row % (kBatch * 200) == 0) log.flush();
  }
  log.flush();
  const double all = processor_seconds() - before;
  return {1e6 * called / static_cast<double>(rows), 1e6 * (all - called) / static_cast<double>(rows)};
}

std::shared_ptr<const ReferenceProfile> profile_of(std::int64_t features) {
  std::vector<ColumnCells> columns;
  ReferenceProfile::Part all{.name = "all", .rows = 20'000, .columns = {}};
  for (std::int64_t i = 0; i < features; ++i) {
    const Tensor values = column(20'000, 500 + static_cast<std::uint64_t>(i));
    columns.push_back({.column = "in.x." + std::to_string(i), .dtype = DType::kFloat32, .edges = edges_of(Sample(values).finite())});
    all.columns.push_back(count_column(columns.back(), values, {}));
  }
  return std::make_shared<const ReferenceProfile>(reference_profile(std::move(columns), {std::move(all)}));
}

int log(std::int64_t rows, std::int64_t features, const std::filesystem::path& folder) {
  const auto profile = profile_of(features);
  Cost without{1e9, 1e9}, with{1e9, 1e9};
  for (int run = 0; run < 5; ++run)
    for (const bool profiled : {false, true}) {
      const Cost cost = logged(folder / "log", rows, features, profiled ? profile : nullptr);
      Cost& best = profiled ? with : without;
      best = {std::min(best.caller_us, cost.caller_us), std::min(best.writer_us, cost.writer_us)};
    }
  std::printf("caller %.3f us a row, with profiles %.3f; writer %.3f us a row, with profiles %.3f (%+.0f %%)\n", without.caller_us,
              with.caller_us, without.writer_us, with.writer_us, 100 * (with.writer_us / without.writer_us - 1));
  return 0;
}

}  // namespace

int main(int count, char** words) {
  try {
    if (count == 4 && std::string(words[1]) == "compare") return compare(std::stoll(words[2]), std::stoll(words[3]));
    if (count == 5 && std::string(words[1]) == "log") return log(std::stoll(words[2]), std::stoll(words[3]), words[4]);
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
  std::cerr << "monitor_benchmark compare ROWS FEATURES | log ROWS FEATURES DIR\n";
  return 2;
}
