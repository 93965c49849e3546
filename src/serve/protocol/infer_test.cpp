#include "serve/protocol/infer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace upkeep::serve {
namespace {

using testing::HasSubstr;

const std::vector<TensorSpec> kChecked{{.name = "x", .dtype = DType::kFloat32, .dims = {"batch", 2}},
                                       {.name = "any", .dtype = DType::kInt64, .dims = {}, .any_rank = true}};
const std::vector<TensorSpec> kAnswered{{.name = "y", .dtype = DType::kFloat32, .dims = {"batch", 2}},
                                        {.name = "z", .dtype = DType::kInt64, .dims = {}}};

std::string checked(const InferRequest& request) {
  const Answer<void> fits = check_request(request, kChecked, kAnswered);
  if (fits) return "accepted";
  EXPECT_EQ(fits.error().code, RefusalCode::kInvalid);
  return fits.error().message;
}

Tensors whole() { return {{"x", Tensor({1, 2}, std::vector<float>{1, 2})}, {"any", Tensor({1, 1, 1}, std::vector<std::int64_t>{1})}}; }

TEST(InferRequestCheck, TakesWhatTheModelReads) {
  EXPECT_EQ(checked({.inputs = whole()}), "accepted");
  EXPECT_EQ(checked({.inputs = whole(), .outputs = {{.name = "z"}, {.name = "y"}}}), "accepted");
}

TEST(InferRequestCheck, SaysWhatDoesNotFit) {
  Tensors inputs = whole();
  inputs.erase("x");
  EXPECT_THAT(checked({.inputs = inputs}), HasSubstr("input \"x\" is missing: the model expects FP32[-1,2]"));
  inputs["x"] = Tensor({2}, std::vector<float>{1, 2});
  EXPECT_THAT(checked({.inputs = inputs}), HasSubstr("is FP32[2], the model expects FP32[-1,2]"));
  inputs["x"] = Tensor({1, 2}, std::vector<double>{1, 2});
  EXPECT_THAT(checked({.inputs = inputs}), HasSubstr("is FP64[1,2]"));
  inputs["x"] = Tensor({3'000'000'000, 0}, std::vector<float>());
  EXPECT_THAT(checked({.inputs = inputs}), HasSubstr("2147483647 at most"));
  inputs = whole();
  inputs["more"] = Tensor();
  EXPECT_THAT(checked({.inputs = inputs}), HasSubstr("more"));
  EXPECT_THAT(checked({.inputs = whole(), .outputs = {{.name = "q"}}}), HasSubstr("y, z"));
  EXPECT_THAT(checked({.inputs = whole(), .outputs = {{.name = "y"}, {.name = "y"}}}), HasSubstr("asked for twice"));
}

}  // namespace
}  // namespace upkeep::serve
