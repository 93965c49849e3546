#include "train/event_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error_testing.hpp"
#include "base/files.hpp"

namespace upkeep {

using testing::HasSubstr;

// TensorFlow 2.21 wrote the expected bytes: tf.io.TFRecordWriter of tf.compat.v1.Event(wall_time=1000, file_version="brain.Event:2") and
// Event(wall_time=1000, step=300, summary=Summary(value=[Value(tag="loss", simple_value=0.5)])).
TEST(EventFile, WritesTheBytesThatTensorFlowWrites) {
  const TemporaryFolder folder;
  const ManualClock clock(TimePoint(std::chrono::seconds(1000)));
  EventFile file(folder / "logs" / "train", clock);
  file.scalars(300, {{"loss", 0.5}});
  std::string hex;
  for (const unsigned char byte : read_file(file.path())) {
    constexpr const char* kDigits = "0123456789abcdef";
    hex += kDigits[byte >> 4];
    hex += kDigits[byte & 15];
  }
  EXPECT_EQ(hex,
            "1800000000000000a37f4b22"
            "090000000000408f401a0d627261696e2e4576656e743a3273ae6b56"
            "1b000000000000001a0d9e13"
            "090000000000408f4010ac022a0d0a0b0a046c6f7373150000003fcf73d0ff");
}

TEST(EventFile, SaysWhichFolderItCannotWrite) {
  const TemporaryFolder folder;
  write_file(folder / "file", "x");
  EXPECT_THAT(message_of([&] { EventFile(folder / "file" / "logs"); }), HasSubstr("logs"));
}

}  // namespace upkeep
