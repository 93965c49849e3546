// Settings that clients may read, and change to what they are.
#pragma once

#include "serve/endpoints/endpoint.hpp"

namespace upkeep::endpoints {

// The settings, after a request to change some: `wanted` is an object, or null where nothing is to change. Refuses unknown names, and every
// change that would be one.
serve::Answer<Json> fixed_settings(const Json& settings, const Json& wanted);

}  // namespace upkeep::endpoints
