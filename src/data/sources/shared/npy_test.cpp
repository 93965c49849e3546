#include "data/sources/shared/npy.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <complex>
#include <cstring>

#include "upkeep/error.hpp"

namespace upkeep::sources {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Tensor read_bytes(std::string_view bytes) {
  return read_npy(bytes.size(), [&](std::span<std::byte> into) {
    ASSERT_LE(into.size(), bytes.size());
    std::memcpy(into.data(), bytes.data(), into.size());
    bytes.remove_prefix(into.size());
  });
}

// The frame that NumPy 2.4.6 puts around header and elements: padded so that the elements start at byte 128.
std::string numpy(const std::string& header, std::string_view elements, char version = 1) {
  std::string text = header;
  text.resize((version == 1 ? 118 : 116) - 1, ' ');
  text += '\n';
  std::string bytes = "\x93NUMPY";
  bytes += version;
  bytes += '\0';
  bytes += static_cast<char>(text.size());
  bytes += version == 1 ? std::string(1, '\0') : std::string(3, '\0');
  return bytes + text + std::string(elements);
}

std::string refusal(const std::string& bytes) {
  try {
    read_bytes(bytes);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

template <std::size_t N>
std::string_view raw(const char (&bytes)[N]) {
  return {bytes, N - 1};
}

// All elements below are what numpy.lib.format.write_array wrote.
TEST(Npy, ReadsBigEndianAndFortranOrder) {
  const Tensor two =
      read_bytes(numpy("{'descr': '>i2', 'fortran_order': True, 'shape': (2, 3), }", raw("\0\x01\0\x04\0\x02\0\x05\0\x03\0\x06")));
  EXPECT_EQ(two.shape(), (Shape{2, 3}));
  EXPECT_THAT(two.data<std::int16_t>(), ElementsAre(1, 2, 3, 4, 5, 6));
  const Tensor three = read_bytes(numpy("{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3, 4), }",
                                        raw("\0\x0c\x04\x10\x08\x14\x01\r\x05\x11\t\x15\x02\x0e\x06\x12\n\x16\x03\x0f\x07\x13\x0b\x17")));
  for (std::size_t i = 0; i < 24; ++i) EXPECT_EQ(three.data<std::uint8_t>()[i], i);
}

TEST(Npy, ReadsVersionsTwoAndThree) {
  EXPECT_THAT(read_bytes(numpy("{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }", raw("\0\0\0\0\0\0\xf8?\0\0\0\0\0\0\0\xc0"), 3))
                  .data<double>(),
              ElementsAre(1.5, -2.0));
  EXPECT_THAT(read_bytes(numpy("{'descr': '|b1', 'fortran_order': False, 'shape': (2,), }", raw("\x01\0"), 2)).data<bool>(),
              ElementsAre(true, false));
}

TEST(Npy, ReadsStringsWithoutTheirPadding) {
  EXPECT_THAT(read_bytes(numpy("{'descr': '<U2', 'fortran_order': False, 'shape': (3,), }",
                               raw("a\0\0\0\0\0\0\0\xfc\0\0\0\xac \0\0\0\xf6\x01\0b\0\0\0")))
                  .strings(),
              ElementsAre("a", "ü€", "😀b"));
  EXPECT_THAT(read_bytes(numpy("{'descr': '>U1', 'fortran_order': False, 'shape': (1,), }", raw("\0\0\0a"))).strings(), ElementsAre("a"));
  EXPECT_THAT(read_bytes(numpy("{'descr': '|S2', 'fortran_order': False, 'shape': (2,), }", raw("abc\0"))).strings(),
              ElementsAre("ab", "c"));
}

TEST(Npy, SwapsBothPartsOfAComplexNumber) {
  const Tensor tensor = read_bytes(numpy("{'descr': '>c8', 'fortran_order': False, 'shape': (1,), }", raw("?\x80\0\0@\0\0\0")));
  EXPECT_EQ(tensor.dtype(), DType::kComplex64);
  std::complex<float> value;
  std::memcpy(&value, tensor.bytes().data(), sizeof value);
  EXPECT_EQ(value, std::complex<float>(1, 2));
}

TEST(Npy, MakesEveryTruthValueZeroOrOne) {
  const Tensor tensor = read_bytes(numpy("{'descr': '|b1', 'fortran_order': False, 'shape': (2,), }", raw("\x7f\0")));
  EXPECT_EQ(static_cast<int>(tensor.bytes()[0]), 1);
}

TEST(Npy, RefusesWhatIsCodeOrHasNoPlaceInATensor) {
  EXPECT_THAT(refusal(numpy("{'descr': '|O', 'fortran_order': False, 'shape': (3,), }", raw("\x80\x04\x95"))), HasSubstr("pickle"));
  EXPECT_THAT(refusal(numpy("{'descr': [('a', '<i4'), ('b', '<f4')], 'fortran_order': False, 'shape': (2,), }", raw("\0"))),
              HasSubstr("named fields"));
  EXPECT_THAT(refusal(numpy("{'descr': '<M8[D]', 'fortran_order': False, 'shape': (1,), }", raw("VG\0\0\0\0\0\0"))),
              HasSubstr("\"<M8[D]\""));
  EXPECT_THAT(refusal(numpy("{'descr': '<f16', 'fortran_order': False, 'shape': (0,), }", "")), HasSubstr("\"f16\""));
}

TEST(Npy, RefusesAPromiseThatTheFileDoesNotKeepBeforeTakingMemory) {
  EXPECT_THAT(refusal(numpy("{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000,), }", raw("\0\0\0\0\0\0\0\0"))),
              HasSubstr("needs 8000000000000 bytes"));
  EXPECT_THAT(refusal(numpy("{'descr': '<f8', 'fortran_order': False, 'shape': (9223372036854775807, 8), }", "")),
              HasSubstr("more elements"));
  EXPECT_THAT(refusal(numpy("{'descr': '<f8', 'fortran_order': False, 'shape': (4611686018427387904,), }", "")), HasSubstr("more bytes"));
  EXPECT_THAT(refusal(numpy("{'descr': '|S0', 'fortran_order': False, 'shape': (4611686018427387904,), }", "")), HasSubstr("no size"));
  EXPECT_THAT(refusal(numpy("{'descr': '<U4611686018427387904', 'fortran_order': False, 'shape': (1,), }", "")), HasSubstr("too long"));
  EXPECT_THAT(refusal(numpy("{'descr': '<U1', 'fortran_order': False, 'shape': (1,), }", raw("\0\0\x11\0"))), HasSubstr("no character"));
}

TEST(Npy, RefusesBrokenHeaders) {
  EXPECT_THAT(refusal("PNG"), HasSubstr("ends within its header"));
  EXPECT_THAT(refusal("not an array"), HasSubstr("magic"));
  EXPECT_THAT(refusal(std::string("\x93NUMPY\x04\0\x01\0  ", 12)), HasSubstr("version 4"));
  EXPECT_THAT(refusal(std::string("\x93NUMPY\x02\0\xff\xff\xff\x7f", 12)), HasSubstr("claims 2147483647 bytes"));
  for (const char* header :
       {"", "{", "{}", "{'descr': '<f8'", "{'descr': '<f8', 'fortran_order': maybe, 'shape': (1,)}",
        "{'descr': '<f8', 'fortran_order': True, 'shape': (-1,)}", "{'descr': '<f8', 'fortran_order': True, 'shape': (1",
        "{'descr': '<', 'fortran_order': True, 'shape': ()}", "{'what': 1}", "{'descr': '<f8"})
    EXPECT_NE(refusal(numpy(header, "")), "no error") << header;
}

TEST(Npy, WritesTheBytesThatNumpyWrites) {
  const auto written = [](const Tensor& values) {
    const Npy array = to_npy(values);
    return array.header + std::string(reinterpret_cast<const char*>(array.elements.bytes().data()), array.elements.size_bytes());
  };
  EXPECT_EQ(written(Tensor(Shape{2}, std::vector<double>{1.5, -2.0})),
            numpy("{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }", raw("\0\0\0\0\0\0\xf8?\0\0\0\0\0\0\0\xc0")));
  EXPECT_EQ(written(Tensor::scalar<std::int64_t>(5)),
            numpy("{'descr': '<i8', 'fortran_order': False, 'shape': (), }", raw("\x05\0\0\0\0\0\0\0")));
  EXPECT_EQ(written(Tensor(Shape{1, 2}, std::vector<bool>{true, false})),
            numpy("{'descr': '|b1', 'fortran_order': False, 'shape': (1, 2), }", raw("\x01\0")));
  EXPECT_EQ(
      written(Tensor(Shape{3}, std::vector<std::string>{"a", "ü€", "😀b"})),
      numpy("{'descr': '<U2', 'fortran_order': False, 'shape': (3,), }", raw("a\0\0\0\0\0\0\0\xfc\0\0\0\xac \0\0\0\xf6\x01\0b\0\0\0")));
}

TEST(Npy, WritesBytesThatAreNoTextAsReplacementCharacters) {
  const Npy array = to_npy(Tensor(Shape{1}, std::vector<std::string>{"a\xff"
                                                                     "b\xe2\x82"}));
  EXPECT_THAT(array.elements.data<std::uint32_t>(), ElementsAre('a', 0xFFFD, 'b', 0xFFFD));
}

}  // namespace
}  // namespace upkeep::sources
