// Lists as people write them on command lines: "adam:learning_rate=0.1,clipnorm=1", "crop:size=[4,4],rotation".
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace upkeep {

// The parts between commas outside of brackets and quotes; empty ones too.
std::vector<std::string> split_at_commas(std::string_view text);

}  // namespace upkeep
