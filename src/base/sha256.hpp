// SHA-256, over OpenSSL.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace upkeep {

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256& update(std::string_view bytes);
  std::string hex();  // 64 lower-case digits; ends the hash

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::string sha256(std::string_view bytes);
std::string sha256_of_file(const std::filesystem::path& file);  // streamed

}  // namespace upkeep
