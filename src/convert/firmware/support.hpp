// What the operators' loops call: the same text in every header.
#pragma once

namespace upkeep::firmware {

constexpr const char* kSupport =
    R"(// The first window o for which o * stride + tap - pad lies inside the input, and the first one after it for which it does no longer.
constexpr std::size_t first_inside(std::size_t tap, std::size_t pad, std::size_t stride) noexcept {
  return tap >= pad ? 0 : (pad - tap + stride - 1) / stride;
}
constexpr std::size_t last_inside(std::size_t tap, std::size_t pad, std::size_t stride, std::size_t size, std::size_t windows) noexcept {
  return tap >= size + pad ? 0 : std::min(windows, (size - 1 + pad - tap) / stride + 1);
}
// A row by its number: negative ones count from the end, what is out of range is taken to the nearest.
constexpr std::size_t row_of(std::int64_t index, std::int64_t rows) noexcept {
  return static_cast<std::size_t>(std::clamp<std::int64_t>(index < 0 ? index + rows : index, 0, rows - 1));
}
template <typename T>
inline T sigmoid(T x) noexcept {
  return T{1} / (T{1} + std::exp(-x));
}
template <typename T>
inline T softplus(T x) noexcept {
  return x > T{0} ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x));
}
// The nearest integer towards 0 that To has.
template <typename To, typename From>
constexpr To to_integer(From x) noexcept {
  if (x != x) return To{0};
  if (x >= static_cast<From>(std::numeric_limits<To>::max())) return std::numeric_limits<To>::max();
  if (x <= static_cast<From>(std::numeric_limits<To>::min())) return std::numeric_limits<To>::min();
  return static_cast<To>(x);
}
)";

}  // namespace upkeep::firmware
