#include "serve/fixture.hpp"

namespace upkeep::serve {

using ServerMetadataTest = ServeTest;

TEST_F(ServerMetadataTest, NamesTheServerAndWhatItCan) {
  const Json body = json(200, "GET", "/v2");
  EXPECT_EQ(body["name"], "upkeep");
  EXPECT_EQ(body["version"], UPKEEP_VERSION);
  EXPECT_EQ(body["extensions"],
            (Json{"binary_tensor_data", "classification", "model_configuration", "model_repository", "schedule_policy", "statistics"}));
}

}  // namespace upkeep::serve
