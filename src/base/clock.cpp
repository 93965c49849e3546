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

// Digits behind the point, of which microseconds are kept.
std::optional<std::chrono::microseconds> parse_fraction(std::string_view text) {
  if (text.empty()) return std::chrono::microseconds(0);
  if ((text[0] != '.' && text[0] != ',') || text.size() < 2 || text.size() > 10) return std::nullopt;
  const auto value = digits(text, 1, text.size() - 1);
  if (!value) return std::nullopt;
  double scale = 1e6;
  for (std::size_t i = 1; i < text.size(); ++i) scale /= 10;
  return std::chrono::microseconds(std::llround(std::floor(*value * scale + 1e-6)));
}

// Takes "Z", "+02:00", "-0530" or "+02" off the end of a time of day.
std::optional<std::chrono::minutes> take_offset(std::string_view& text) {
  const std::size_t at = text.find_first_of("Zz+-");
  if (at == text.npos) return std::nullopt;
  const std::string_view offset = text.substr(at);
  text = text.substr(0, at);
  if (offset == "Z" || offset == "z") return std::chrono::minutes(0);
  const bool colon = offset.size() == 6 && offset[3] == ':';
  if (!colon && offset.size() != 3 && offset.size() != 5) return std::nullopt;
  const auto hours = digits(offset, 1, 2), minutes = offset.size() == 3 ? std::optional(0) : digits(offset, colon ? 4 : 3, 2);
  if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  return (offset[0] == '-' ? -1 : 1) * std::chrono::minutes(60 * *hours + *minutes);
}

// "12:00", "12:00:07", "12:00:07.25"
std::optional<std::chrono::microseconds> parse_time_of_day(std::string_view text) {
  const bool with_seconds = text.size() > 5;
  const auto hour = digits(text, 0, 2), minute = digits(text, 3, 2), second = with_seconds ? digits(text, 6, 2) : std::optional(0);
  if (!hour || !minute || !second || text[2] != ':' || (with_seconds && text[5] != ':')) return std::nullopt;
  if (*hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
  const auto fraction = parse_fraction(with_seconds ? text.substr(8) : std::string_view());
  if (!fraction) return std::nullopt;
  return std::chrono::hours(*hour) + std::chrono::minutes(*minute) + std::chrono::seconds(*second) + *fraction;
}

std::optional<TimePoint> parse_time(std::string_view text) {
  if (text.size() < 10) return std::nullopt;
  const auto date = parse_date(text);
  if (!date || text.size() == 10) return date;
  if (text[10] != 'T' && text[10] != 't' && text[10] != ' ') return std::nullopt;
  text.remove_prefix(11);
  const auto offset = take_offset(text);
  const auto time = offset ? parse_time_of_day(text) : std::nullopt;
  if (!time) return std::nullopt;
  return *date + *time - *offset;
}

}  // namespace

const Clock& system_clock() {
  static const SystemClock clock;
  return clock;
}

std::string to_iso8601(TimePoint time) { return upkeep::format("{:%FT%T}Z", time); }

TimePoint time_from_iso8601(std::string_view text) {
  if (const auto time = parse_time(text)) return *time;
  throw Error(ErrorCode::kInvalidArgument, upkeep::format("\"{}\" is no time", text),
              "write it as 2026-01-31T12:00:00Z, or with another offset, as 2026-01-31T14:00:00+02:00");
}

}  // namespace upkeep
