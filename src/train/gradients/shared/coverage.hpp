// Every operator of ONNX, and how a gradient passes it.
#pragma once

#include <string>
#include <vector>

namespace upkeep::gradients {

struct Coverage {
  std::string domain;
  std::string name;
  std::vector<int> versions;  // operator sets that changed it
  // "rule"; "stops": 0 almost everywhere; "lowered": written in other operators first; "integers": no float goes in and comes out, so that
  // no gradient can pass; "none".
  std::string gradient;
  std::string help;  // the formula, or what it becomes
};
std::vector<Coverage> coverage();  // by domain and name

}  // namespace upkeep::gradients
