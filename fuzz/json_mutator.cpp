// Changes of JSON that leave it JSON: a value becomes another one, goes, or stands twice. Half of all changes; the others are libFuzzer's
// own.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "upkeep/error.hpp"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);

namespace {

using upkeep::Json;

void collect(Json& json, std::vector<Json*>& all) {
  all.push_back(&json);
  if (json.is_structured())
    for (Json& part : json) collect(part, all);
}

Json odd_value(std::minstd_rand& random) {
  static const std::vector<Json> values = {nullptr,
                                           true,
                                           false,
                                           -1,
                                           0,
                                           1,
                                           2,
                                           3,
                                           1'000'003,
                                           std::numeric_limits<std::int64_t>::max(),
                                           std::numeric_limits<std::int64_t>::min(),
                                           0.5,
                                           -1e308,
                                           "",
                                           "relu",
                                           "same",
                                           "a/b:0",
                                           "channels_first",
                                           Json::array(),
                                           Json::object(),
                                           Json{1, 1},
                                           Json{{"class_name", "Dense"}},
                                           Json{nullptr, 0},
                                           Json{"x", 0, 0}};
  return values[random() % values.size()];
}

void change(Json& whole, std::minstd_rand& random) {
  std::vector<Json*> all;
  collect(whole, all);
  Json& place = *all[random() % all.size()];
  switch (random() % 5) {
    case 0: place = odd_value(random); break;
    case 1: place = Json(*all[random() % all.size()]); break;
    case 2:
      if (place.is_number_integer()) place = static_cast<std::int64_t>(random() % 7) - 1;
      else place = odd_value(random);
      break;
    case 3:
      if (place.is_structured() && !place.empty())
        place.erase(std::next(place.begin(), static_cast<std::ptrdiff_t>(random() % place.size())));
      break;
    default:
      if (place.is_array() && !place.empty()) place.push_back(Json(place[random() % place.size()]));
      else if (place.is_object()) place[std::to_string(random() % 3)] = odd_value(random);
  }
}

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most, unsigned seed) {
  std::minstd_rand random(seed);
  if (random() % 2 == 0) return LLVMFuzzerMutate(data, size, most);
  try {
    Json whole = upkeep::parse_json({reinterpret_cast<const char*>(data), size});
    for (std::size_t changes = 1 + random() % 3; changes > 0; --changes) change(whole, random);
    const std::string made = whole.dump(-1, ' ', false, Json::error_handler_t::replace);
    if (made.size() > most) return LLVMFuzzerMutate(data, size, most);
    std::ranges::copy(made, data);
    return made.size();
  } catch (const upkeep::Error&) {  // no JSON any more
    return LLVMFuzzerMutate(data, size, most);
  }
}
