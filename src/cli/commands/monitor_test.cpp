#include "base/clock.hpp"
#include "cli/command_testing.hpp"
#include "upkeep/prediction_log.hpp"

namespace upkeep {

using testing::HasSubstr;

class MonitorCommand : public CommandTest {
 protected:
  // A published model, 80 predictions of it (rows of the reference, `shift` added to the first feature), and a label for each.
  void serve_and_label(float shift) {
    train_model();
    ASSERT_EQ(run_here("registry publish DIR/model.onnx --name line --alias production --registry DIR/reg --reference DIR/line.csv").code,
              0);
    std::string labels = "request_id,label\n";
    const auto signature = std::make_shared<const Signature>(
        Signature{.inputs = {{.name = "input",
                              .dtype = DType::kFloat32,
                              .dims = {{-1, 2}},
                              .features = {{.column = "a", .categories = {}}, {.column = "b", .categories = {}}}}},
                  .outputs = {{.name = "out", .dtype = DType::kFloat32, .dims = {{-1, 1}}, .classes = {}, .targets = {}}}});
    PredictionLog log({.folder = folder / "reg" / "log"});
    for (int i = 0; i < 80; ++i) {
      const std::string id = "r" + std::to_string(i);
      const float a = static_cast<float>(i % 8) + shift, b = static_cast<float>(i / 8 % 5);
      log.offer({.request_id = id,
                 .time = system_clock().now(),
                 .model = "line",
                 .version = 1,
                 .latency_us = 100 + i,
                 .inputs = {{"input", Tensor({1, 2}, std::vector<float>{a, b})}},
                 .outputs = {{"out", Tensor({1, 1}, std::vector<float>{2 * a - b})}},
                 .signature = signature});
      labels += id + "," + std::to_string(2 * a - b + 1) + "\n";
    }
    log.flush();
    write_file(folder / "truth.csv", labels);
    ASSERT_EQ(run_here("label line --data DIR/truth.csv --registry DIR/reg").code, 0);
  }
};

TEST_F(MonitorCommand, FindsNothingWhereNothingChanged) {
  serve_and_label(0);
  const Ran ran = run_here("monitor line --registry DIR/reg --report DIR/monitor.html --json");
  ASSERT_EQ(ran.code, 0) << ran.err;
  const Json report = ran.json();
  EXPECT_EQ(report["traffic"]["requests"], 80) << ran.out.substr(0, 2000);
  EXPECT_EQ(ran.out.find("\"drifted\": true"), std::string::npos);
  EXPECT_THAT(read_file(folder / "monitor.html"), HasSubstr("<html"));
}

TEST_F(MonitorCommand, FindsAShift) {
  serve_and_label(6);
  const Ran ran = run_here("monitor line@production --registry DIR/reg");
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("drift"));
  EXPECT_THAT(ran.out, HasSubstr("mae"));
  EXPECT_THAT(ran.out, HasSubstr("health   alarm"));
  EXPECT_EQ(run_here("monitor line --registry DIR/reg --exit-code").code, 3);
}

TEST_F(MonitorCommand, SaysWhatCannotBeTold) {
  serve_and_label(0);
  const Ran ran = run_here("monitor line --registry DIR/reg --exit-code --since 2030-01-01T00:00:00Z");
  EXPECT_EQ(ran.code, 4) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("unknown  the log has no predictions in this window"));
}

TEST_F(MonitorCommand, SaysWhatIsMissing) {
  EXPECT_THAT(run_here("monitor line --registry DIR/none").err, HasSubstr("no registry"));
  train_model();
  ASSERT_EQ(run_here("registry publish DIR/model.onnx --name line --registry DIR/reg").code, 0);
  const Ran empty = run_here("monitor line --registry DIR/reg");
  EXPECT_EQ(empty.code, 1);
  EXPECT_THAT(empty.err, HasSubstr("no predictions"));
  EXPECT_THAT(run_here("monitor lime --registry DIR/reg").err, HasSubstr("\"line\""));
}

}  // namespace upkeep
