#include "base/utf8.hpp"

#include <gtest/gtest.h>

#include <string>

namespace upkeep {

// The first and last code points of each length, written out by hand, and those around what is left out.
TEST(Utf8, TakesWhatIsWellFormed) {
  for (const std::string& text :
       {std::string(), std::string("\0", 1), std::string("\x7F"), std::string("\xC2\x80"), std::string("\xDF\xBF"),
        std::string("\xE0\xA0\x80"), std::string("\xED\x9F\xBF"), std::string("\xEE\x80\x80"), std::string("\xEF\xBF\xBF"),
        std::string("\xF0\x90\x80\x80"), std::string("\xF4\x8F\xBF\xBF"), std::string("é€😀 and more")})
    EXPECT_TRUE(valid_utf8(text)) << text;
}

TEST(Utf8, RefusesTheRest) {
  for (const char* text : {"\x80", "\xFF", "\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xED\xBF\xBF", "\xF0\x8F\xBF\xBF",
                           "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xC2", "\xE2\x82", "\xF0\x9F\x98", "\xC2\x41", "\xE2\x82\x41", "a\xFF"})
    EXPECT_FALSE(valid_utf8(text)) << text;
}

TEST(Utf8, CountsTheBytesOfASequence) {
  const std::string text = "aé€😀";
  std::string lengths;
  for (std::size_t at = 0; at < text.size(); at += utf8_length(&text[at], text.data() + text.size()))
    lengths += std::to_string(utf8_length(&text[at], text.data() + text.size()));
  EXPECT_EQ(lengths, "1234");
}

TEST(Utf8, WritesTheFirstAndTheLastCharacterOfEachLength) {
  std::string text;
  for (const std::uint32_t character : {0x41U, 0x7FU, 0x80U, 0x7FFU, 0x800U, 0xFFFFU, 0x10000U, 0x10FFFFU}) append_utf8(text, character);
  EXPECT_EQ(text, "A\x7F\xC2\x80\xDF\xBF\xE0\xA0\x80\xEF\xBF\xBF\xF0\x90\x80\x80\xF4\x8F\xBF\xBF");
}

}  // namespace upkeep
