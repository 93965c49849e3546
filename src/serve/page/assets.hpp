// The server's page: one HTML file without anything from elsewhere, written into the program by cmake/embed.cmake.
#pragma once

#include <string_view>

namespace upkeep::serve {

extern const std::string_view kPage;

}  // namespace upkeep::serve
