#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <algorithm>

#include "maintain/monitor/checks/checks_testing.hpp"

namespace upkeep::checks {
namespace {

using namespace testing_checks;

TEST(LabelShuffledCheck, FindsNumbersOfOtherRows) {
  const std::vector<double> answers = normal(300, 1);
  std::vector<double> labels = answers;
  const std::vector<double> noise = normal(300, 2, 0, 2);
  for (std::size_t i = 0; i < labels.size(); ++i) labels[i] += noise[i];
  const Judged right = judged_numbers(answers, labels);
  std::ranges::reverse(labels);
  const Judged wrong = judged_numbers(answers, labels);
  EXPECT_EQ(ask("label-shuffled", {.judged = wrong, .judged_reference = right}).verdict, Verdict::kAlarm);
  EXPECT_EQ(ask("label-shuffled", {.judged = right, .judged_reference = right}).verdict, Verdict::kOk);
  EXPECT_EQ(ask("label-shuffled", {.judged = wrong, .judged_reference = wrong}).verdict, Verdict::kOk);  // nothing to lose
}

TEST(LabelShuffledCheck, FindsClassesOfOtherRows) {
  Random random(3, stream_id("shuffled"));
  std::vector<float> scores;
  std::vector<std::int64_t> right, wrong;
  for (int i = 0; i < 300; ++i) {
    const auto label = static_cast<std::int64_t>(random.below(3));
    for (std::int64_t k = 0; k < 3; ++k) scores.push_back(k == label ? 0.8F : 0.1F);
    right.push_back(label);
    wrong.push_back(static_cast<std::int64_t>(random.below(3)));
  }
  const auto judged = [&](const std::vector<std::int64_t>& labels) {
    Judged one{.as = JudgedAs::kScores, .predictions = Tensor({300, 3}, scores), .targets = Tensor({300, 1}, labels)};
    one.rows.resize(300);
    return one;
  };
  EXPECT_EQ(ask("label-shuffled", {.judged = judged(wrong), .judged_reference = judged(right)}).verdict, Verdict::kAlarm);
  EXPECT_EQ(ask("label-shuffled", {.judged = judged(right), .judged_reference = judged(right)}).verdict, Verdict::kOk);
}

}  // namespace
}  // namespace upkeep::checks
