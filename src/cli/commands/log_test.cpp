#include "cli/command_testing.hpp"
#include "upkeep/prediction_log.hpp"

namespace upkeep {

using LogCommand = CommandTest;

TEST_F(LogCommand, ShowsCompactsAndExpires) {
  {
    PredictionLog log({.folder = folder / "reg" / "log"});
    for (int i = 0; i < 3; ++i) {
      log.offer({.request_id = std::to_string(i),
                 .time = LogTime(std::chrono::days(20'000)),
                 .model = "m",
                 .version = 1,
                 .inputs = {{"x", Tensor({1}, std::vector<float>{1})}},
                 .outputs = {}});
      log.flush();
    }
  }
  EXPECT_EQ(run_here("log status m --registry DIR/reg --json").json()["prediction_files"], 3);
  EXPECT_EQ(run_here("log compact m --registry DIR/reg --json").json()["files_after"], 1);
  EXPECT_EQ(run_here("log status m --registry DIR/reg --json").json()["prediction_rows"], 3);
  EXPECT_EQ(run_here("log expire m --registry DIR/reg").code, 1);
  EXPECT_EQ(run_here("log expire m --older-than 30d --registry DIR/reg --json").json()["removed_files"], 1);
  EXPECT_THAT(run_here("log status m --registry DIR/reg").err, testing::HasSubstr("nothing of \"m\" is logged"));
  EXPECT_THAT(run_here("log tidy m --registry DIR/reg").err, testing::HasSubstr("tidy"));
}

}  // namespace upkeep
