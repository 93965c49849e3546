#include "serve/engine/inference.hpp"

#include <cmath>
#include <latch>

#include "serve/fixture.hpp"

namespace upkeep::serve {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Classification, GivesTheHighestOfEachRowAsTritonWritesThem) {
  const Tensor scores({2, 3}, std::vector<float>{0.1F, 0.7F, 0.2F, 3, NAN, 4});
  const auto top = classified(scores, 2, {"a", "b", "c"});
  EXPECT_EQ(top->shape(), (Shape{2, 2}));
  EXPECT_THAT(top->strings(), ElementsAre("0.700000:1:b", "0.200000:2:c", "4.000000:2:c", "3.000000:0:a"));
  EXPECT_THAT(classified(scores, 9, {})->strings(), testing::SizeIs(6));
  EXPECT_THAT(classified(Tensor({2}, std::vector<std::int64_t>{5, 7}), 1, {})->strings(), ElementsAre("7:1"));
  EXPECT_EQ(classified(Tensor({2'000'000'000, 0}, std::vector<float>()), 1, {})->shape(), (Shape{2'000'000'000, 0}));
  EXPECT_FALSE(classified(Tensor({1}, std::vector<std::string>{"x"}), 1, {}));
  EXPECT_FALSE(classified(Tensor::scalar(1.0F), 1, {}));
}

class InferenceTest : public ServeTest {
 protected:
  void SetUp() override {
    put("m", shift_model(1));
    start();
  }
  Answer<InferAnswer> infer(InferRequest request, const Caller& caller = {}) {
    std::promise<Answer<InferAnswer>> answer;
    inference->start(*engine->find("m", ""), std::move(request), caller,
                     [&](Answer<InferAnswer> made) { answer.set_value(std::move(made)); });
    return answer.get_future().get();
  }
  static Tensors x(std::vector<float> values = {1, 2}) { return {{"x", Tensor({1, 2}, std::move(values))}}; }
};

TEST_F(InferenceTest, AnswersWithTheIdOfTheRequestOrOfItsHeaders) {
  const Answer<InferAnswer> answer = infer({.id = "a", .inputs = x()}, {.request_id = "h"});
  EXPECT_EQ(answer->model, "m");
  EXPECT_EQ(answer->version, "1");
  EXPECT_EQ(answer->id, "a");
  EXPECT_THAT(answer->outputs.at(0).second.floats(), ElementsAre(2, 3));
  EXPECT_EQ(infer({.inputs = x()}, {.request_id = "h"})->id, "h");
}

TEST_F(InferenceTest, RefusesAndRemembers) {
  EXPECT_EQ(infer({.id = "bad"}).error().code, RefusalCode::kInvalid);
  EXPECT_EQ(infer({.inputs = x()}, {.deadline = std::chrono::steady_clock::now()}).error().code, RefusalCode::kTimeout);
  EXPECT_EQ(infer({.inputs = x()}, {.gone = std::make_shared<std::atomic<bool>>(true)}).error().code, RefusalCode::kCancelled);
  const std::vector<RecentError> errors = inference->errors().list();
  ASSERT_EQ(errors.size(), 3U);
  EXPECT_EQ(errors[2].request_id, "bad");
  EXPECT_THAT(errors[2].message, HasSubstr("input \"x\" is missing"));
  EXPECT_THAT(telemetry.text(), HasSubstr(R"(upkeep_inference_requests_total{model="m",outcome="shed",version="1"} 2)"));
  EXPECT_EQ(inference->queued_bytes(), 0U);
}

// y = a + b, where one row of either is broadcast over those of the other.
TEST_F(InferenceTest, BroadcastInputsDoNotMeetThoseOfOthers) {
  Model model;
  Ops ops(model);
  ops.output(ops.add(ops.input("a", DType::kFloat32, {"n", 1}), ops.input("b", DType::kFloat32, {"n", 1})), "y");
  put("sum", model);
  engine->refresh();
  const auto version = *engine->find("sum", "");
  ASSERT_TRUE(version->batching().merges);
  const auto column = [](std::vector<float> values) {
    const std::int64_t rows = std::ssize(values);
    return Tensor({rows, 1}, std::move(values));
  };
  std::latch running(1), go(1), done(2);
  Job blocking{.inputs = {{"a", column({0})}, {"b", column({0})}}, .done = [&](const JobResult&) {
                 running.count_down();
                 go.wait();
               }};
  ASSERT_TRUE(version->submit(blocking));
  running.wait();
  std::vector<std::vector<float>> answers(2);
  const std::vector<Tensors> requests{{{"a", column({1, 2})}, {"b", column({10})}}, {{"a", column({3})}, {"b", column({20, 30})}}};
  for (std::size_t i = 0; i < 2; ++i)
    inference->start(version, {.inputs = requests[i]}, {}, [&, i](const Answer<InferAnswer>& answer) {
      const std::span<const float> found = answer->outputs.at(0).second.floats();
      answers[i].assign(found.begin(), found.end());
      done.count_down();
    });
  go.count_down();
  done.wait();
  EXPECT_THAT(answers[0], ElementsAre(11, 12));
  EXPECT_THAT(answers[1], ElementsAre(23, 33));
}

TEST_F(InferenceTest, HoldsNoMoreThanItsShareOfMemory) {
  Inference small(nullptr, 12);  // one request has 8 bytes
  std::latch running(1), go(1), done(3);
  const auto version = *engine->find("m", "");
  Job blocking{.inputs = x(), .done = [&](const JobResult&) {
                 running.count_down();
                 go.wait();
               }};
  ASSERT_TRUE(version->submit(blocking));
  running.wait();
  std::vector<bool> answered(3);
  for (std::size_t i = 0; i < 3; ++i)
    small.start(version, {.inputs = x()}, {}, [&, i](const Answer<InferAnswer>& answer) {
      answered[i] = answer.has_value();
      EXPECT_TRUE(answer || answer.error().code == RefusalCode::kBusy);
      done.count_down();
    });
  EXPECT_EQ(small.queued_bytes(), 8U);
  go.count_down();
  done.wait();
  EXPECT_THAT(answered, ElementsAre(true, false, false));
  EXPECT_EQ(small.queued_bytes(), 0U);
}

}  // namespace
}  // namespace upkeep::serve
