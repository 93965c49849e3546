#include "optimize/removal/rules.hpp"

#include <unordered_map>

namespace upkeep::removal {

Rule rule_of(const Node& node) {
  static const std::unordered_map<std::string_view, Rule> kRules = {{"Conv", convolution_rule},
                                                                    {"ConvTranspose", transposed_convolution_rule},
                                                                    {"Gemm", gemm_rule},
                                                                    {"MatMul", matmul_rule},
                                                                    {"Einsum", einsum_rule},
                                                                    {"LSTM", recurrent_rule},
                                                                    {"GRU", recurrent_rule},
                                                                    {"RNN", recurrent_rule},
                                                                    {"BatchNormalization", batch_normalization_rule},
                                                                    {"InstanceNormalization", instance_normalization_rule},
                                                                    {"GroupNormalization", group_normalization_rule},
                                                                    {"LayerNormalization", layer_normalization_rule},
                                                                    {"RMSNormalization", layer_normalization_rule},
                                                                    {"Softmax", softmax_rule},
                                                                    {"LogSoftmax", softmax_rule},
                                                                    {"Hardmax", softmax_rule},
                                                                    {"MaxPool", pooling_rule},
                                                                    {"AveragePool", pooling_rule},
                                                                    {"LpPool", pooling_rule},
                                                                    {"GlobalMaxPool", pooling_rule},
                                                                    {"GlobalAveragePool", pooling_rule},
                                                                    {"GlobalLpPool", pooling_rule},
                                                                    {"ReduceMean", reduction_rule},
                                                                    {"ReduceSum", reduction_rule},
                                                                    {"ReduceMax", reduction_rule},
                                                                    {"ReduceMin", reduction_rule},
                                                                    {"ReduceProd", reduction_rule},
                                                                    {"ReduceL1", reduction_rule},
                                                                    {"ReduceL2", reduction_rule},
                                                                    {"ReduceLogSumExp", reduction_rule},
                                                                    {"ReduceSumSquare", reduction_rule},
                                                                    {"ArgMax", reduction_rule},
                                                                    {"ArgMin", reduction_rule},
                                                                    {"Expand", expand_rule},
                                                                    {"Constant", constant_rule},
                                                                    {"Transpose", transpose_rule},
                                                                    {"Squeeze", squeeze_rule},
                                                                    {"Unsqueeze", squeeze_rule},
                                                                    {"Concat", concat_rule},
                                                                    {"Split", split_rule},
                                                                    {"Slice", slice_rule},
                                                                    {"Gather", gather_rule},
                                                                    {"Pad", pad_rule},
                                                                    {"Resize", resize_rule},
                                                                    {"Upsample", resize_rule},
                                                                    {"Shape", shape_rule},
                                                                    {"DepthToSpace", depth_to_space_rule},
                                                                    {"SpaceToDepth", space_to_depth_rule},
                                                                    {"Reshape", reshape_rule},
                                                                    {"Flatten", reshape_rule}};
  if (!node.domain.empty() || node.inputs.empty() != (node.op == "Constant")) return nullptr;
  if (const auto found = kRules.find(node.op); found != kRules.end()) return found->second;
  if (is_broadcasting(node)) return broadcasting_rule;
  return is_elementwise(node) || node.op == "Dropout" ? elementwise_rule : nullptr;
}

}  // namespace upkeep::removal
