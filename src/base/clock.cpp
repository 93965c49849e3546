#include "base/clock.hpp"

#include "base/format.hpp"
#include "upkeep/error.hpp"

namespace upkeep {

namespace {

class SystemClock : public Clock {
 public:
  TimePoint now() const override { return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now()); }
};

// Digits at `text[at, at + count)`, or nullopt.
std::optional<int> digits(std::string_view text, std::size_t at, std::size_t count) {
  int value = 0;
  if (at + count > text.size()) return std::nullopt;
  const char* begin = text.data() + at;
  const auto [end, problem] = std::from_chars(begin, begin + count, value);
  if (problem != std::errc() || end != begin + count || text[at] == '-') return std::nullopt;
  return value;
}

std::optional<TimePoint> parse_date(std::string_view text) {
  const auto year = digits(text, 0, 4), month = digits(text, 5, 2), day = digits(text, 8, 2);
  if (!year || !month || !day || text[4] != '-' || text[7] != '-') return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return TimePoint(std::chrono::sys_days(date));
}

std::optional<std::chrono::microseconds> parse_fraction(std::string_view text) {
  if (text.empty()) return std::chrono::microseconds(0);
  if (text[0] != '.' || text.size() < 2 || text.size() > 10) return std::nullopt;
  const auto value = digits(text, 1, text.size() - 1);
  if (!value) return std::nullopt;
  double scale = 1e6;
  for (std::size_t i = 1; i < text.size(); ++i) scale /= 10;
  return std::chrono::microseconds(std::llround(std::floor(*value * scale + 1e-6)));
}

std::optional<TimePoint> parse_time(std::string_view text) {
  if (text.size() < 10) return std::nullopt;
  const auto date = parse_date(text);
  if (!date || text.size() == 10) return date;
  if (!text.ends_with('Z') || (text[10] != 'T' && text[10] != ' ')) return std::nullopt;
  text.remove_suffix(1);
  const auto hour = digits(text, 11, 2), minute = digits(text, 14, 2), second = digits(text, 17, 2);
  if (!hour || !minute || !second || text[13] != ':' || text[16] != ':') return std::nullopt;
  if (*hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
  const auto fraction = parse_fraction(text.substr(19));
  if (!fraction) return std::nullopt;
  return *date + std::chrono::hours(*hour) + std::chrono::minutes(*minute) + std::chrono::seconds(*second) + *fraction;
}

}  // namespace

const Clock& system_clock() {
  static const SystemClock clock;
  return clock;
}

std::string to_iso8601(TimePoint time) { return upkeep::format("{:%FT%T}Z", time); }

TimePoint time_from_iso8601(std::string_view text) {
  if (const auto time = parse_time(text)) return *time;
  throw Error(ErrorCode::kInvalidArgument, upkeep::format("\"{}\" is no time", text), "write it as 2026-01-31T12:00:00Z, in UTC");
}

}  // namespace upkeep
