// RoiAlign reads half a pixel further since 16, unless it is told not to. GridSample's modes have other names since 20, and take images of
// any rank.

#include "graph/opsets/adapter.hpp"

namespace upkeep::opsets {

static constexpr const char* kRegionCoordinates = "coordinate_transformation_mode";

static void say_output_half_pixel(Step& step) { step.set(kRegionCoordinates, std::string("output_half_pixel")); }

static void only_output_half_pixel(Step& step) {
  if (step.attribute<std::string>(kRegionCoordinates, "half_pixel") != "output_half_pixel")
    step.refuse("it reads without half a pixel there (\"output_half_pixel\")");
  step.erase(kRegionCoordinates);
}

static void rename_mode(Step& step, const std::vector<std::pair<std::string, std::string>>& names) {
  if (!step.has_attribute("mode")) return;
  const auto mode = step.attribute<std::string>("mode", "");
  for (const auto& [old, now] : names)
    if (mode == old) step.set("mode", now);
}

static void plain_modes(Step& step) { rename_mode(step, {{"bilinear", "linear"}, {"bicubic", "cubic"}}); }

static void modes_of_planes(Step& step) {
  if (step.rank(0).value_or(4) != 4) step.refuse("it samples images of rank 4 there");
  rename_mode(step, {{"linear", "bilinear"}, {"cubic", "bicubic"}});
}

void add_sampling(AdapterCatalog& catalog) {
  catalog.add(
      {.name = "sampling",
       .help = "RoiAlign reads half a pixel further since 16; GridSample's modes have other names since 20",
       .changes = {{{"RoiAlign"}, 16, say_output_half_pixel, only_output_half_pixel}, {{"GridSample"}, 20, plain_modes, modes_of_planes}}});
}

}  // namespace upkeep::opsets
