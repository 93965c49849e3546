#include "serve/protocol/without_paths.hpp"

#include <gtest/gtest.h>

namespace upkeep::serve {
namespace {

TEST(WithoutPaths, LeavesNoPathAndNoAddress) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"artefact \"/tmp/up keep/blobs/e5\" is damaged: its bytes", "artefact \"[path]\" is damaged: its bytes"},
      {"/var/lib/m.onnx: no such file", "[path]: no such file"},
      {"cannot open (/etc/x.pem), really", "cannot open ([path]), really"},
      {"see /usr/b.", "see [path]."},
      {"registry 'postgresql://me:secret@db/reg' is away", "registry '[address]' is away"},
      {"s3://bucket/a/b, then", "[address], then"},
      {"open:/proc/self", "open:[path]"},
      {"sqlite:/var/r.db", "sqlite:[path]"},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(without_paths(text), expected);
}

TEST(WithoutPaths, LeavesOtherTextAsItIs) {
  for (const std::string text : {"input \"dense_1/kernel\" has 3/4 of its rows", "application/json", "a / b", "shape [2, 3] != [3, 2]", "",
                                 "/", "and/or", "10:30", "m:2", "Node (Name:'/encoder/layer.0/Reshape')"})
    EXPECT_EQ(without_paths(text), text);
}

}  // namespace
}  // namespace upkeep::serve
