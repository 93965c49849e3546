#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/files.hpp"
#include "data/table.hpp"
#include "upkeep/error.hpp"

namespace upkeep {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// numpy.savez_compressed(file, x=numpy.array([[0.5, 1], [2, 3]], dtype="f4"), y=numpy.array([7, 8], dtype="i2")) of NumPy 2.4.6
constexpr std::string_view kWrittenByNumpy =
    "504b03042d0000000800000021008bcceefbffffffffffffffff05001400782e6e707901001000900000000000000053000000000000009bec17ea1b"
    "10c9c850c650ad9e925a9c5ca46ea5a06e9366a2aea3a09e965f54529498179f5f94920a12774bcc294e058a17672416a402f91a463a0a469a3a0ab5"
    "0a64032e0606067b06860620667000220700504b03042d000000080000002100cb8501e5ffffffffffffffff05001400792e6e707901001000840000"
    "000000000048000000000000009bec17ea1b10c9c850c650ad9e925a9c5ca46ea5a06e9369a4aea3a09e965f54529498179f5f94920a12774bcc294e"
    "058a17672416a402f91a463a9a3a0ab50a14002e76060e0600504b01022d032d0000000800000021008bcceefb530000009000000005000000000000"
    "0000000000800100000000782e6e7079504b01022d032d000000080000002100cb8501e5480000008400000005000000000000000000000080018a00"
    "0000792e6e7079504b0506000000000200020066000000090100000000";

std::string unhex(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  return bytes;
}

class Npz : public testing::Test {
 protected:
  Table load(std::string_view bytes) {
    std::ofstream(folder_ / "t.npz", std::ios::binary) << bytes;
    return load_table(folder_ / "t.npz");
  }
  std::string refusal(std::string_view bytes) {
    try {
      load(bytes);
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  }

  TemporaryFolder folder_;
};

TEST_F(Npz, ReadsWhatNumpyCompressed) {
  const Table table = load(unhex(kWrittenByNumpy));
  EXPECT_THAT(table.names(), ElementsAre("x", "y"));
  EXPECT_EQ(table.column("x").shape(), (Shape{2, 2}));
  EXPECT_THAT(table.column("x").floats(), ElementsAre(0.5F, 1, 2, 3));
  EXPECT_THAT(table.column("y").data<std::int16_t>(), ElementsAre(7, 8));
}

TEST_F(Npz, KeepsTypesShapesAndOddNames) {
  Table table;
  table.add("../../etc/x y", Tensor(Shape{2, 2, 1}, std::vector<std::uint64_t>{1, 2, 3, 4}));
  table.add("größe", Tensor(Shape{2}, std::vector<std::string>{"", "ü"}));
  table.add("empty", Tensor(Shape{2, 0}, std::vector<float>{}));
  table.add("half", Tensor(Shape{2}, std::vector<float>{1, 2}).cast(DType::kFloat16));
  save_table(table, folder_ / "t.npz");
  const Table back = load_table(folder_ / "t.npz");
  EXPECT_EQ(back.names(), table.names());
  for (const auto& [name, values] : table.columns()) EXPECT_TRUE(back.column(name) == values) << name;
}

TEST_F(Npz, KeepsArraysWithoutRows) {
  Table table;
  table.add("x", Tensor(Shape{1, 2}, std::vector<float>{1, 2}));
  table.add_whole("rate", Tensor::scalar(std::int64_t{16000}));
  table.add_whole("state", Tensor(Shape{2, 1}, std::vector<float>{3, 4}));
  save_table(table, folder_ / "t.npz");
  const Table back = load_table(folder_ / "t.npz");
  EXPECT_THAT(back.names(), ElementsAre("x"));
  EXPECT_EQ(*back.whole("rate"), Tensor::scalar(std::int64_t{16000}));
  EXPECT_EQ(back.whole("state")->shape(), (Shape{2, 1}));
  EXPECT_THAT(refusal(read_file(folder_ / "t.npz")), "no error");
  EXPECT_THROW(save_table(table, folder_ / "t.parquet"), Error);
  try {
    back.column("state");
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("array \"state\" [2, 1] is no column of the table, which has 1 rows"));
  }
}

TEST_F(Npz, EqualTablesGiveEqualBytes) {
  Table table;
  table.add("x", Tensor(Shape{3}, std::vector<double>{1, 2, 3}));
  save_table(table, folder_ / "a.npz");
  save_table(table, folder_ / "b.npz");
  EXPECT_EQ(read_file(folder_ / "a.npz"), read_file(folder_ / "b.npz"));
}

TEST_F(Npz, NamesTheArrayWhoseHeaderDoesNotFitItsBytes) {
  Table table;
  table.add("x", Tensor(Shape{2}, std::vector<float>{1, 2}));
  save_table(table, folder_ / "a.npz");
  std::string other = read_file(folder_ / "a.npz");
  const std::size_t at = other.find("(2,)");
  other.replace(at, 4, "(1,)");
  EXPECT_THAT(refusal(other), HasSubstr("entry \"x.npy\": an array of shape [1] needs 4 bytes, the file has 8"));
}

TEST_F(Npz, RefusesDamagedArchivesWithOneLine) {
  const std::string whole = unhex(kWrittenByNumpy);
  EXPECT_NE(refusal(whole.substr(0, whole.size() / 2)), "no error");
  EXPECT_NE(refusal("PK\x03\x04"), "no error");
  EXPECT_NE(refusal(std::string("PK\x05\x06", 4) + std::string(18, '\0')), "no error");
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::string bytes = whole;
    bytes[at] = static_cast<char>(bytes[at] ^ 0x11);
    refusal(bytes);  // an Error, or a change in what carries nothing (times, flags): never a crash
  }
}

TEST_F(Npz, FindsADamagedElementByTheChecksum) {
  Table table;
  table.add("x", Tensor(Shape{2}, std::vector<float>{1, 2}));
  save_table(table, folder_ / "a.npz");
  std::string bytes = read_file(folder_ / "a.npz");
  const std::size_t at = bytes.find(std::string("\x00\x00\x80\x3f", 4));
  ASSERT_NE(at, std::string::npos);
  bytes[at] = 1;
  EXPECT_THAT(refusal(bytes), HasSubstr("entry \"x.npy\""));
}

TEST_F(Npz, RefusesAnotherKindOfArchive) {
  std::string bytes = unhex(kWrittenByNumpy);
  for (std::size_t at = bytes.find("y.npy"); at != std::string::npos; at = bytes.find("y.npy")) bytes.replace(at, 5, "y.txt");
  EXPECT_THAT(refusal(bytes), HasSubstr("\"y.txt\", which is no .npy array"));
}

}  // namespace
}  // namespace upkeep
