#include "runtime/cancel_token.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "base/error_testing.hpp"
#include "graph/onnx.hpp"
#include "runtime/session.hpp"

namespace upkeep {
namespace {

// y = x + trips, by so many turns of a loop.
Model counting() {
  return model_from_text(R"(<ir_version: 10, opset_import: ["": 21]>
    g (int64 trips, float x) => (float y) {
      yes = Constant <value = bool {1}> ()
      y = Loop (trips, yes, x) <body = b (int64 i, bool before, float s0) => (bool after, float s1) {
        after = Identity (before)
        one = Constant <value = float {1}> ()
        s1 = Add (s0, one)
      }>
    })");
}

Tensors trips(std::int64_t count) { return {{"trips", Tensor::scalar(count)}, {"x", Tensor::scalar(0.0F)}}; }

TEST(CancelToken, EndsARunThatWouldGoOnForever) {
  const Session session(counting(), {.threads = 1});
  CancelToken token;
  std::string said;
  std::jthread runner([&] { said = message_of([&] { session.run(trips(std::int64_t{1} << 60), {}, &token); }); });
  token.cancel();  // before the run begins or while it goes on
  runner.join();
  EXPECT_EQ(said, "the run was ended before it was done");
}

TEST(CancelToken, EndsNoOtherRunOfTheSession) {
  const Session session(counting(), {.threads = 1});
  CancelToken cancelled, other;
  cancelled.cancel();
  EXPECT_TRUE(cancelled.cancelled());
  EXPECT_THROW(session.run(trips(3), {}, &cancelled), Error);
  EXPECT_EQ(session.run(trips(3), {}, &other).at("y").floats()[0], 3.0F);
  other.cancel();  // after its run
  EXPECT_EQ(session.run(trips(4)).at("y").floats()[0], 4.0F);
}

}  // namespace
}  // namespace upkeep
