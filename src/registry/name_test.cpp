#include "registry/name.hpp"

#include <gtest/gtest.h>

#include "registry/registry.hpp"

namespace upkeep {

TEST(RegistryName, TakesLettersDigitsDotsDashesAndUnderscores) {
  for (const char* name : {"m", "7", "diabetes-regressor_v1.2", "A"}) EXPECT_TRUE(RegistryName::valid(name)) << name;
  EXPECT_TRUE(RegistryName::valid(std::string(128, 'a')));
}

TEST(RegistryName, RefusesEverythingThatCouldLeaveItsFolder) {
  using namespace std::string_view_literals;
  for (const std::string_view name :
       {""sv, "."sv, ".."sv, "../x"sv, "a/b"sv, "a\\b"sv, "-rf"sv, ".hidden"sv, "a b"sv, "a\0b"sv, "\xc3\xa9"sv, "a%2e"sv}) {
    EXPECT_FALSE(RegistryName::valid(name)) << name;
    EXPECT_THROW(RegistryName("model", name), Error);
  }
  EXPECT_FALSE(RegistryName::valid(std::string(129, 'a')));
}

TEST(RegistryName, AnAliasIsNotANumber) {  // which names a version
  for (const char* name : {"2", "007"}) EXPECT_THROW(RegistryName("alias", name), Error) << name;
  EXPECT_NO_THROW(RegistryName("alias", "2a"));
  EXPECT_NO_THROW(RegistryName("model", "2"));
}

TEST(RegistryName, SaysWhatWouldHaveBeenRight) {
  try {
    RegistryName("alias", std::string_view("a\nb", 3));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    EXPECT_EQ(error.message(), "\"a\\x0ab\" cannot be the name of an alias");
    EXPECT_FALSE(error.hint().empty());
  }
}

TEST(RegistryReference, IsANameWithAnAliasOrAVersion) {
  EXPECT_TRUE(is_registry_reference("m@production"));
  EXPECT_TRUE(is_registry_reference("m:12"));
  for (const char* text :
       {"m", "model.onnx", "m:", "m@", "m:0", "m:01", "m:1x", "m:-1", "dir/m:1", "m@a@b", "@a", ":1", "m:99999999999999999999"})
    EXPECT_FALSE(is_registry_reference(text)) << text;
  EXPECT_EQ(parse_reference("m:12")->version, 12);
  EXPECT_EQ(parse_reference("m@canary")->alias, "canary");
  EXPECT_EQ(parse_reference("m")->model, "m");
}

}  // namespace upkeep
