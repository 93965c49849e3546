#include "explain/honesty.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error_testing.hpp"
#include "explain/gradient_testing.hpp"

namespace upkeep::explain::by_gradient {

namespace {

Honesty honesty_of(const std::string& method, const Subject& subject, const Attribution& attribution, const Tensors& row,
                   const Background& background) {
  const MethodEntry& entry = methods::catalog().at(method);
  return measured(entry, Json::object(), {.subject = subject, .row = row, .background = background}, attribution,
                  {.infidelity = true, .stability = true});
}

}  // namespace

TEST(Honesty, OfALinearModelsShapleyValuesIsPerfect) {
  const Subject subject(linear_model());
  const Tensors row = rows_of_x(3, {1, 2, 3});
  const Background background = background_of(rows_of_x(3, {0, 0, 0, 2, 2, 2}));
  const Attribution exact = explained_by("exact-shapley", subject, row, background);
  const Honesty honesty = honesty_of("exact-shapley", subject, exact, row, background);
  EXPECT_LT(honesty.additivity_error, 1e-5);
  EXPECT_LT(honesty.infidelity, 1e-9);
  EXPECT_DOUBLE_EQ(honesty.stability_over_seeds, 1);
  EXPECT_DOUBLE_EQ(honesty.stability_over_changes, 1);
  EXPECT_GT(honesty.sensitivity, 0);
  EXPECT_LT(honesty.sensitivity, 0.2);
}

TEST(Honesty, TellsThatWrongValuesAreWrong) {
  const Subject subject(linear_model());
  const Tensors row = rows_of_x(3, {1, 2, 3});
  const Background background = background_of(rows_of_x(3, {0, 0, 0, 2, 2, 2}));
  Attribution wrong = explained_by("exact-shapley", subject, row, background);
  wrong.values[0] += 2;  // where the feature goes, which is every other time, 2^2
  const Honesty honesty = honesty_of("exact-shapley", subject, wrong, row, background);
  EXPECT_NEAR(honesty.additivity_error, 2, 1e-5);
  EXPECT_NEAR(honesty.infidelity, 2, 0.8);
}

TEST(Honesty, NeedsABackground) {
  const Subject subject(linear_model());
  const Tensors row = rows_of_x(3, {1, 2, 3});
  EXPECT_THAT(message_of([&] { honesty_of("saliency", subject, {.values = {1, 1, 1}}, row, {}); }),
              ::testing::HasSubstr("background rows"));
}

}  // namespace upkeep::explain::by_gradient
