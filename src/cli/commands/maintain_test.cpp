#include "base/clock.hpp"
#include "cli/command_testing.hpp"
#include "upkeep/prediction_log.hpp"

namespace upkeep {

using testing::HasSubstr;

class MaintainCommand : public CommandTest {
 protected:
  // A model of y = 2 a - b + 1, published; then 400 labelled requests whose truth is `slope` a - b + 1.
  void serve_and_label(float slope) {
    ASSERT_EQ(run_here("train DIR/net.yaml --data DIR/line.csv --target y --loss mse --metrics mae --optimizer adam:learning_rate=0.05 "
                       "--epochs 150 --seed 1 "
                       "--output DIR/model.onnx")
                  .code,
              0);
    ASSERT_EQ(run_here("registry publish DIR/model.onnx --name line --alias production --registry DIR/reg").code, 0);
    std::string labels = "request_id,label\n";
    const auto signature = std::make_shared<const Signature>(
        Signature{.inputs = {{.name = "input",
                              .dtype = DType::kFloat32,
                              .dims = {{-1, 2}},
                              .features = {{.column = "a", .categories = {}}, {.column = "b", .categories = {}}}}},
                  .outputs = {{.name = "out", .dtype = DType::kFloat32, .dims = {{-1, 1}}, .classes = {}, .targets = {}}}});
    PredictionLog log({.folder = folder / "reg" / "log"});
    for (int i = 0; i < 400; ++i) {
      const std::string id = "r" + std::to_string(i);
      const auto a = static_cast<float>(i % 8), b = static_cast<float>(i / 8 % 5);
      log.offer({.request_id = id,
                 .time = system_clock().now(),
                 .model = "line",
                 .version = 1,
                 .latency_us = 100,
                 .inputs = {{"input", Tensor({1, 2}, std::vector<float>{a, b})}},
                 .outputs = {{"out", Tensor({1, 1}, std::vector<float>{2 * a - b + 1})}},
                 .signature = signature});
      labels += id + "," + std::to_string(slope * a - b + 1) + "\n";
    }
    log.flush();
    write_file(folder / "truth.csv", labels);
    ASSERT_EQ(run_here("label line --data DIR/truth.csv --registry DIR/reg").code, 0);
    write_file(folder / "upkeep.yaml",
               "registry: reg\nmodel: line\nreference: line.csv\ntarget: y\n"
               "triggers:\n  - quality: {metric: mae, bound: 1.5, min_labels: 50}\n"
               "actions:\n  - retrain: {epochs: 100, learning_rate: 0.05, seed: 3}\n"
               "gates:\n  - better: {metric: mae}\n");
  }
};

TEST_F(MaintainCommand, DoesNothingWhereQualityHolds) {
  serve_and_label(2);
  const Ran ran = run_here("maintain DIR/upkeep.yaml --json");
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ran.json()["outcome"], "quiet");
  EXPECT_EQ(run_here("registry list line --registry DIR/reg --json").json().size(), 1U);
}

TEST_F(MaintainCommand, RetrainsAndPromotesWhereQualityFell) {
  serve_and_label(4);
  const Ran ran = run_here("maintain DIR/upkeep.yaml --report DIR/pass.html --json");
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ran.json()["outcome"], "promoted") << ran.out.substr(0, 3000);
  EXPECT_THAT(read_file(folder / "pass.html"), HasSubstr("<html"));
  const Json versions = run_here("registry list line --registry DIR/reg --json").json();
  ASSERT_EQ(versions.size(), 2U);
  EXPECT_EQ(versions[1]["aliases"], Json::array({"production"}));
  const Ran next = run_here("maintain DIR/upkeep.yaml --json");
  EXPECT_EQ(next.json()["outcome"], "unknown");  // version 2 has answered nothing yet
  EXPECT_EQ(next.code, 4);
}

TEST_F(MaintainCommand, WritesGaugesOfWhatItFound) {
  serve_and_label(2);
  ASSERT_EQ(run_here("maintain DIR/upkeep.yaml --metrics-file DIR/upkeep.prom").code, 0);
  EXPECT_THAT(read_file(folder / "upkeep.prom"),
              testing::AllOf(HasSubstr("upkeep_quality{model=\"line\",alias=\"production\",version=\"1\",metric=\"mae\"}"),
                             HasSubstr("# TYPE upkeep_health gauge")));
}

TEST_F(MaintainCommand, SaysWhatIsWrongWithTheFile) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"registry: [\n", "line"},
      {"registry: reg\nmodel: m\ntrigers: []\n", "\"triggers\""},
      {"registry: reg\nmodel: m\nreference: r.csv\ntriggers: [{quality: {metric: mae, bound: 1}}]\nactions: [{retrian: {}}]\ngates: "
       "[better]\n",
       "\"retrain\""},
      {"registry: none\nmodel: m\nreference: r.csv\ntriggers: [{quality: {metric: mae, bound: 1}}]\nactions: [{retrain: {epochs: "
       "1}}]\ngates: [{better: "
       "{metric: mae}}]\n",
       "no registry"},
  };
  for (const auto& [text, expected] : cases) {
    write_file(folder / "bad.yaml", text);
    const Ran ran = run_here("maintain DIR/bad.yaml");
    EXPECT_EQ(ran.code, 1) << text;
    EXPECT_THAT(ran.err, testing::AllOf(HasSubstr("bad.yaml"), HasSubstr(expected))) << text;
  }
}

}  // namespace upkeep
