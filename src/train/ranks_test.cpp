#include "train/ranks.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <barrier>
#include <cmath>
#include <numeric>
#include <thread>

#include "train/testing.hpp"

namespace upkeep {

using testing::ElementsAre;
using testing::IsEmpty;

namespace {

// Ranks that are threads of this process.
class Threads {
 public:
  explicit Threads(std::size_t count) : sums_(count), texts_(count), barrier_(static_cast<std::ptrdiff_t>(count)) {}

  class Rank : public Ranks {
   public:
    Rank(Threads& all, std::size_t rank) : all_(all), rank_(rank) {}
    std::size_t rank() const override { return rank_; }
    std::size_t count() const override { return all_.sums_.size(); }
    void sum(std::span<float> values) override {
      all_.sums_[rank_].assign(values.begin(), values.end());
      all_.barrier_.arrive_and_wait();
      for (std::size_t i = 0; i < values.size(); ++i) {
        values[i] = 0;
        for (const std::vector<float>& part : all_.sums_) values[i] += part[i];
      }
      all_.barrier_.arrive_and_wait();
    }
    std::vector<std::string> gather(const std::string& mine) override {
      all_.texts_[rank_] = mine;
      all_.barrier_.arrive_and_wait();
      std::vector<std::string> parts = all_.texts_;
      all_.barrier_.arrive_and_wait();
      return parts;
    }

   private:
    Threads& all_;
    std::size_t rank_;
  };

 private:
  std::vector<std::vector<float>> sums_;
  std::vector<std::string> texts_;
  std::barrier<> barrier_;
};

struct Trained {
  Model model;
  History history;
};

FitOptions rank_options() {
  return {.epochs = 5, .batch_size = 33, .validation_split = 0.1, .seed = 3, .show_progress = false};  // batches of 33, 33, 24
}

Trained train_alone() {
  const Problem made = problem("activation: relu, kernel_regularizer: l2");
  Trainer trainer(made.model, compile("adam:learning_rate=0.01", "mse", {"mae"}));
  const History history = trainer.fit(made.data, rank_options());
  return {trainer.model(), history};
}

std::vector<Trained> train_together(std::size_t count) {
  Threads threads(count);
  std::vector<Trained> all(count);
  std::vector<std::jthread> running;
  for (std::size_t rank = 0; rank < count; ++rank)
    running.emplace_back([&, rank] {
      const Problem made = problem("activation: relu, kernel_regularizer: l2");
      Trainer trainer(made.model, compile("adam:learning_rate=0.01", "mse", {"mae"}));
      FitOptions options = rank_options();
      options.ranks = std::make_shared<Threads::Rank>(threads, rank);
      const History history = trainer.fit(made.data, options);
      all[rank] = {trainer.model(), history};
    });
  running.clear();
  return all;
}

}  // namespace

TEST(Ranks, ShareEachBatch) {
  Threads threads(3);
  std::vector<std::int64_t> batch(8);
  std::iota(batch.begin(), batch.end(), 10);
  const auto share = [&](std::size_t rank, std::span<const std::int64_t> rows) {
    const auto part = Threads::Rank(threads, rank).share(rows);
    return std::vector<std::int64_t>(part.begin(), part.end());
  };
  EXPECT_THAT(share(0, batch), ElementsAre(10, 11, 12));
  EXPECT_THAT(share(1, batch), ElementsAre(13, 14, 15));
  EXPECT_THAT(share(2, batch), ElementsAre(16, 17));
  EXPECT_THAT(share(2, std::span(batch).first(2)), IsEmpty());
}

// Two ranks with half of each batch make the steps of one with all of it; only the order of float32 additions differs.
TEST(Ranks, TwoTrainAsOneDoesOnTheWholeBatch) {
  const Trained alone = train_alone();
  const std::vector<Trained> together = train_together(2);
  EXPECT_EQ(model_to_bytes(together[0].model), model_to_bytes(together[1].model));
  for (const std::string figure : {"loss", "mae", "val_loss", "val_mae"})
    EXPECT_THAT(together[0].history.series(figure), equal_curve(alone.history.series(figure), 2e-5)) << figure;
}

}  // namespace upkeep
