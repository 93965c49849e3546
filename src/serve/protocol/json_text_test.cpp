#include "serve/protocol/json_text.hpp"

#include <gtest/gtest.h>

#include "base/json.hpp"

namespace upkeep::serve {

TEST(JsonText, ReadsBackAsTheSameString) {
  for (const std::string& text : {std::string(), std::string("a\"b\\c\n\t\x01/é😀"), std::string("a\0b", 3)}) {
    std::string out;
    append_json(out, text);
    EXPECT_EQ(Json::parse(out).get<std::string>(), text);
  }
}

TEST(JsonText, ShowsAnyBytesInMessages) {
  EXPECT_EQ(printable("a\xff"
                      "b"),
            "a?b");
  EXPECT_LE(printable(std::string(5000, 'x')).size(), 200U);
}

}  // namespace upkeep::serve
