#include "serve/service.hpp"

#include <algorithm>

#include "base/format.hpp"
#include "base/names.hpp"
#include "serve/content_encoding.hpp"
#include "serve/json_text.hpp"

namespace upkeep::serve {

static constexpr std::size_t kWorthCompressing = 1024;

Service::Service(endpoints::Context context, std::size_t max_body_bytes) : context_(context), max_body_bytes_(max_body_bytes) {
  for (const endpoints::Endpoint& endpoint : endpoints::catalog())
    for (const std::string& path : endpoint.paths) {
      Route route{.endpoint = &endpoint, .parts = split(path.substr(1), '/')};
      route.variables = static_cast<int>(std::ranges::count_if(route.parts, [](const std::string& part) { return part.starts_with('{'); }));
      routes_.push_back(std::move(route));
    }
  std::ranges::stable_sort(routes_, {}, &Route::variables);
}

// Takes the first part off the path "a/b/c".
static std::string_view take_part(std::string_view& path) {
  const std::size_t slash = path.find('/');
  const std::string_view part = path.substr(0, slash);
  path = slash == path.npos ? std::string_view() : path.substr(slash + 1);
  return part;
}

Service::Match Service::match(std::string_view method, std::string_view path) const {
  Match found;
  if (path.ends_with('/')) path.remove_suffix(1);
  if (!path.starts_with('/')) return found;
  const auto count = static_cast<std::size_t>(std::ranges::count(path, '/'));
  for (const Route& route : routes_) {
    if (route.parts.size() != count) continue;
    std::string_view rest = path.substr(1), model, version;
    const bool fits = std::ranges::all_of(route.parts, [&](const std::string& part) {
      const std::string_view given = take_part(rest);
      if (!part.starts_with('{')) return part == given;
      (part == "{model}" ? model : version) = given;
      return !given.empty();
    });
    if (!fits) continue;
    const std::string& its_method = route.endpoint->method;
    if (its_method == method || (method == "HEAD" && its_method == "GET")) return {route.endpoint, model, version, its_method};
    if (!found.allowed.contains(its_method))
      found.allowed += (found.allowed.empty() ? "" : ", ") + its_method + (its_method == "GET" ? ", HEAD" : "");
  }
  return found;
}

HttpResponse Service::dispatch(const HttpRequest& request, const Match& match) {
  try {
    return match.endpoint->answer({request, match.model, match.version, context_});
  } catch (const Error& error) {
    return to_response(to_refusal(error));
  } catch (const std::bad_alloc&) {
    return to_response({503, "out of memory"});
  } catch (const std::exception& error) {
    return to_response({500, error.what()});
  }
}

HttpResponse Service::answer(const HttpRequest& request, const Match& match) {
  if (!match.endpoint && match.allowed.empty())
    return to_response({404, upkeep::format("there is nothing at {}", printable(request.path))});
  if (!match.endpoint) {
    HttpResponse response = request.method == "OPTIONS"
                                ? HttpResponse{.status = 204}
                                : to_response({405, upkeep::format("{} is not for {}, which takes {}", printable(request.method),
                                                                   printable(request.path), match.allowed)});
    response.headers.emplace_back("Allow", match.allowed + ", OPTIONS");
    return response;
  }
  const std::string_view encoding = request.header("Content-Encoding");
  if (encoding.empty() || encoding == "identity") return dispatch(request, match);
  Answer<std::string> plain = decompress(request.body, encoding, max_body_bytes_);
  if (!plain) {
    HttpResponse response = to_response(plain.error());
    if (response.status == 415) response.headers.emplace_back("Accept-Encoding", "gzip, deflate");
    return response;
  }
  HttpRequest unpacked = request;
  unpacked.body = *plain;
  return dispatch(unpacked, match);
}

HttpResponse Service::handle(const HttpRequest& request) {
  context_.telemetry.in_flight(1);
  const Match found = match(request.method, request.path);
  HttpResponse response = answer(request, found);
  if (response.body.size() >= kWorthCompressing) {
    const std::string_view encoding = best_encoding(request.header("Accept-Encoding"));
    if (!encoding.empty()) {
      response.body = compress(response.body, encoding);
      response.headers.emplace_back("Content-Encoding", encoding);
    }
  }
  context_.telemetry.request(found.endpoint ? found.endpoint->name : "none", response.status);
  context_.telemetry.in_flight(-1);
  return response;
}

}  // namespace upkeep::serve
