#include "base/format.hpp"
#include "log/reader.hpp"
#include "serve/fixture.hpp"

namespace upkeep::serve {
namespace {

using testing::HasSubstr;

class LabelsEndpoint : public ServeTest {
 protected:
  void SetUp() override {
    put("m", shift_model(10));
    start(&log);
    for (const auto& [id, shape, data] : {std::tuple("007", "[1,2]", "[1,2]"), std::tuple("batch", "[2,2]", "[1,2,3,4]")})
      ASSERT_EQ(ask("POST", "/v2/models/m/infer",
                    upkeep::format(R"({{"id":"{}","inputs":[{{"name":"x","shape":{},"datatype":"FP32","data":{}}}]}})", id, shape, data))
                    .status,
                200);
  }
  Json tell(int status, const std::string& labels) {
    return json(status, "POST", "/v2/models/m/labels", upkeep::format(R"({{"labels":{}}})", labels));
  }

  TemporaryFolder logs;
  PredictionLog log{{.folder = logs.path()}};
};

TEST_F(LabelsEndpoint, TakesLabelsOfWhatWasJustAnswered) {
  const Json told =
      tell(200, R"([{"request_id":"007","label":1.5,"time":"2026-01-31T14:00:00+02:00"},{"request_id":"batch","row":1,"label":2},
                               {"request_id":"later","label":3}])");
  EXPECT_EQ(told["labels"], 3);
  EXPECT_EQ(told["matched"], 2);
  EXPECT_EQ(told["unmatched"], 1);
  const LabelMatch match = match_labels(read_predictions(logs.path(), "m"), read_labels(logs.path(), "m"));
  EXPECT_EQ(std::ranges::count(match.label_rows, -1), 1);
}

TEST_F(LabelsEndpoint, TakesLabelsOfAnOutput) {
  EXPECT_EQ(tell(200, R"([{"request_id":"007","label":1.5,"output":"y"}])")["matched"], 1);
  EXPECT_EQ(read_labels(logs.path(), "m").column("output").strings().front(), "y");
}

TEST_F(LabelsEndpoint, RefusesAsTheCommandDoes) {
  const auto reason = [&](const std::string& labels) { return tell(400, labels)["error"].get<std::string>(); };
  EXPECT_THAT(reason(R"([{"request_id":"batch","label":1}])"), HasSubstr("answered 2 rows"));
  EXPECT_THAT(reason(R"([{"request_id":7,"label":1}])"), HasSubstr("not a text"));
  EXPECT_THAT(reason(R"([{"request_id":"007"}])"), HasSubstr("missing"));
  EXPECT_THAT(reason(R"([{"request_id":"007","label":1,"output":"zed"}])"), HasSubstr("unknown output"));
  EXPECT_THAT(reason(R"([{"request_id":"007","label":null}])"), HasSubstr("label 1"));
  EXPECT_THAT(reason(R"([{"request_id":"007","label":1,"time":"yesterday"}])"), HasSubstr("yesterday"));
  EXPECT_THAT(reason(R"([{"request_id":"007","lable":1}])"), HasSubstr("lable"));
  EXPECT_THAT(reason("3"), HasSubstr("labels"));
  EXPECT_EQ(ask("POST", "/v2/models/n/labels", R"({"labels":[]})").status, 404);
  EXPECT_EQ(read_labels(logs.path(), "m").rows(), 0);
}

}  // namespace
}  // namespace upkeep::serve
