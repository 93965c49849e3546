// Batches of 1 to 256 rows of the reference on one thread: whether a row's answer depends on its batch, and what a row costs.

#include "base/format.hpp"
#include "data/rows.hpp"
#include "runtime/session.hpp"
#include "score/drills/drill.hpp"

namespace upkeep::drills {

struct BatchesDrill {
  double tolerance = 1e-4;
  double full_ms = 10;
  double zero_ms = 1000;
};

}  // namespace upkeep::drills

template <>
inline const upkeep::Settings upkeep::settings<upkeep::drills::BatchesDrill> = upkeep::describe<upkeep::drills::BatchesDrill>(
    "batches", "batches of 1 to 256 rows on one thread: equal answers, and the time of a row",
    upkeep::field("tolerance", &upkeep::drills::BatchesDrill::tolerance, "by which answers may differ, as a share of the largest",
                  upkeep::range(0, 1)),
    upkeep::field("full_ms", &upkeep::drills::BatchesDrill::full_ms, "median time of one row alone: worth 100 points up to this", "ms"),
    upkeep::field("zero_ms", &upkeep::drills::BatchesDrill::zero_ms, "worth nothing from this on", "ms"));

namespace upkeep::drills {

namespace {

constexpr std::int64_t kBatches[] = {1, 16, 64, 256};

Tensors batch_of(const Tensors& rows, std::int64_t available, std::int64_t size) {
  std::vector<std::int64_t> indices;
  for (std::int64_t i = 0; i < size; ++i) indices.push_back(i % available);
  Tensors batch;
  for (const auto& [name, values] : rows) batch[name] = take_rows(values, indices);
  return batch;
}

double median_ms(const Session& session, const Tensors& batch, int repeats) {
  std::vector<double> times;
  for (int i = 0; i < repeats; ++i) {
    const Stopwatch watch;
    session.run(batch);
    times.push_back(1000 * watch.seconds());
  }
  std::ranges::nth_element(times, times.begin() + std::ssize(times) / 2);
  return times[times.size() / 2];
}

// The largest difference of the first row's answers, as a share of the largest answer; NaN on one side only is no agreement.
double difference(const Tensors& alone, const Tensors& together) {
  double largest = 1e-30;
  double gap = 0;
  for (const auto& [name, one] : alone) {
    const Tensor& many = together.at(name);
    if (one.dtype() == DType::kString) {
      if (one.strings().front() != many.strings().front()) return 1;
      continue;
    }
    const Tensor mine = one.cast(DType::kFloat32);
    const Tensor first = many.rows(0, 1).cast(DType::kFloat32);
    for (std::size_t i = 0; i < mine.floats().size(); ++i) {
      const double a = mine.floats()[i];
      const double b = first.floats()[i];
      if (std::isnan(a) != std::isnan(b)) return 1;
      if (std::isnan(a) || a == b) continue;
      largest = std::max(largest, std::abs(a));
      gap = std::max(gap, std::abs(a - b));
    }
  }
  return std::min(1.0, gap / largest);
}

std::vector<Item> measured_batches(const Subject& subject, const Tensors& rows, const BatchesDrill& options) {
  const std::int64_t available = rows.begin()->second.dim(0);
  const Session session(subject.model, {.threads = 1});
  const Tensors alone = session.run(batch_of(rows, available, 1));
  double worst = 0;
  Json times = Json::object();
  double one_row = 0;
  for (const std::int64_t size : kBatches) {
    const Tensors batch = batch_of(rows, available, size);
    worst = std::max(worst, difference(alone, session.run(batch)));
    const double ms = median_ms(session, batch, subject.thorough ? 101 : 11);
    times[std::to_string(size)] = ms;
    if (size == 1) one_row = ms;
  }
  Item equal{.name = "answers in every batch",
             .value = worst,
             .unit = "share",
             .method = "largest difference of a row's answers alone and in batches of 16, 64 and 256",
             .points = worst <= options.tolerance ? 100.0 : 0.0};
  if (equal.points < 100)
    equal.improvement = "find with `upkeep inspect` the operator that mixes rows, or let the server run each request alone";
  Item time{.name = "time of a row",
            .value = one_row,
            .unit = "ms",
            .method = "median of runs of one row on one thread",
            .evidence = {{"ms_by_batch", times}},
            .points = points_between(one_row, options.zero_ms, options.full_ms)};
  if (time.points < 100) time.improvement = "make the model faster with `upkeep optimize` or `upkeep quantize`";
  return {equal, time};
}

std::vector<Item> run_batches(const Subject& subject, const Json& values) {
  const BatchesDrill options = parse<BatchesDrill>(values);
  const auto none = [](const std::string& why, const std::string& improvement) {
    return std::vector<Item>{absent("answers in every batch", "share", why, improvement), absent("time of a row", "ms", why, improvement)};
  };
  std::optional<Tensors> rows;
  try {
    rows = reference_inputs(subject, 256);
  } catch (const Error& error) {
    return none(error.what(), "publish the version with a reference that fits its inputs");
  }
  if (!rows) return none("the version keeps no reference", "publish it with --reference TABLE");
  if (std::ranges::any_of(*rows, [](const auto& input) { return input.second.rank() == 0; }))
    return none("an input is one value for all rows", "give the model inputs with rows only");
  try {
    return measured_batches(subject, *rows, options);
  } catch (const Error& error) {
    std::vector<Item> items = none(error.what(), "export the model with a batch axis that may vary");
    for (Item& item : items) item.state = State::kMeasured;
    for (Item& item : items) item.method = std::string("tried, and failed: ") + error.what();
    return items;
  }
}

}  // namespace

void add_batches(DrillCatalog& catalog) {
  catalog.add({.name = "batches",
               .help = settings<BatchesDrill>.help(),
               .settings = settings<BatchesDrill>,
               .side = Side::kScalability,
               .check = [](const Json& values) { parse<BatchesDrill>(values); },
               .run = run_batches});
}

}  // namespace upkeep::drills
