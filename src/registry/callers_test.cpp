#include "registry/callers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace upkeep {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Signature signature() {
  Signature made;
  made.inputs.push_back({.name = "x", .dtype = DType::kFloat32, .dims = {{-1, 2}}, .features = {{.column = "a"}, {.column = "b"}}});
  made.outputs.push_back(
      {.name = "p", .dtype = DType::kFloat32, .dims = {{-1, 2}}, .answer = Answer::kClasses, .classes = {"no", "yes"}, .targets = {}});
  return made;
}

TEST(BrokenCallers, AreNoneOfTheSameOrOfAWiderSignature) {
  EXPECT_THAT(broken_callers(signature(), signature()), IsEmpty());
  Signature wider = signature(), fixed = signature();
  fixed.inputs[0].dims = {{1, 2}};
  wider.outputs.push_back({.name = "extra", .dtype = DType::kFloat32, .dims = {}, .classes = {}, .targets = {}});
  EXPECT_THAT(broken_callers(fixed, wider), IsEmpty());
}

TEST(BrokenCallers, SendWhatIsNotReadAnyMore) {
  Signature after = signature();
  after.inputs[0].name = "input";
  EXPECT_THAT(broken_callers(signature(), after), ElementsAre(HasSubstr("\"x\" is gone"), HasSubstr("\"input\" is new")));
  after = signature();
  after.inputs[0].dtype = DType::kFloat64;
  EXPECT_THAT(broken_callers(signature(), after), ElementsAre(HasSubstr("was float32 and is float64")));
  after = signature();
  after.inputs[0].dims = {{1, 2}};
  EXPECT_THAT(broken_callers(signature(), after), ElementsAre(HasSubstr("took shape [any, 2] and takes [1, 2]")));
}

// Nothing is refused then, and every answer is wrong.
TEST(BrokenCallers, SendTheSameNumbersInAnotherOrder) {
  Signature after = signature();
  std::swap(after.inputs[0].features[0], after.inputs[0].features[1]);
  EXPECT_THAT(broken_callers(signature(), after), ElementsAre(HasSubstr("was fed from a, b and is from b, a")));
  after = signature();
  after.outputs[0].classes = {"yes", "no"};
  EXPECT_THAT(broken_callers(signature(), after), ElementsAre(HasSubstr("over the classes no, yes and is over yes, no")));
}

TEST(BrokenCallers, ReadWhatIsNotAnsweredAnyMore) {
  Signature after = signature();
  after.outputs.clear();
  EXPECT_THAT(broken_callers(signature(), after), ElementsAre(HasSubstr("output \"p\" is gone")));
  after = signature();
  after.outputs[0].dims = {{-1, 3}};
  EXPECT_THAT(broken_callers(signature(), after), ElementsAre(HasSubstr("had shape [any, 2] and has [any, 3]")));
}

}  // namespace
}  // namespace upkeep
