// The pages of pass after pass, and an index of them, newest first.
//
// Of `--report DIR/pass.html` the index is that file, the pages are DIR/pass/<UTC time>.html, and DIR/pass/passes.json is what the index is
// made of. A pass that says what the one before said replaces its page, and the newest 500 pages are kept.
#pragma once

#include <filesystem>

#include "maintain/maintain.hpp"

namespace upkeep {

// Throws Error{kIo}; {kCorrupt}: passes.json is none.
void keep_pass(const std::filesystem::path& index, const MaintainResult& result, TimePoint now);

}  // namespace upkeep
