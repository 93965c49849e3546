// Written by tests/house/public_headers.py from the catalogs; a test compares.
//
// What a program chooses from: optimisers, losses, metrics, ... Each has a struct of settings, and a function that makes the choice. One
// without settings can be given by its name alone: {.optimizer = optimizers::Sgd({.momentum = 0.9}), .loss = "mse"}.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "upkeep/setting.hpp"

namespace upkeep::api {

// clang-format off

// --- train/optimizers ----------------------------------------------------------------------------------------------

using Optimizer = Choice<struct OptimizerRoom>;

namespace optimizers {

// steps in the size of earlier steps
struct AdadeltaSettings {
  double learning_rate = 0.001;  // step size; [0, 1e+06]
  double rho = 0.95;  // share of the running sizes kept; [0, 1]
  double epsilon = 1e-07;  // added inside both roots; [0, 1]
  std::optional<double> weight_decay{};  // share of each weight taken off per update, times the learning rate; [0, 1e+06]
  std::vector<std::string> exclude_from_weight_decay{};  // regular expressions; weights in whose names one is found do not decay ("bias")
  std::optional<double> clipnorm{};  // largest L2 norm of each weight's gradient; (0, 1e+30]
  std::optional<double> clipvalue{};  // largest magnitude of a gradient's element; (0, 1e+30]
  std::optional<double> global_clipnorm{};  // largest L2 norm of all gradients together; (0, 1e+30]
  bool use_ema = false;  // keep a moving average of the weights, which they become at the end
  double ema_momentum = 0.99;  // share of the average kept per batch; [0, 1]
  std::optional<std::int64_t> ema_overwrite_frequency{};  // also set the weights to their average this often; null: never; [1, 1e+15] updates
  std::optional<double> loss_scale_factor{};  // multiplies the loss, and is taken out of the gradients again; (0, 1e+30]
  std::optional<std::int64_t> gradient_accumulation_steps{};  // update once per so many batches, by the mean of their gradients; [2, 1e+09] batches
};
Optimizer Adadelta(const AdadeltaSettings& settings = {});

// adam-like steps with little memory
struct AdafactorSettings {
  double learning_rate = 0.001;  // step size; [0, 1e+06]
  double beta_2_decay = -0.8;  // power of the updates in the share of the moments that is fresh; [-10, 0]
  double epsilon_1 = 1e-30;  // added to the squares of the gradient; [0, 1]
  double epsilon_2 = 0.001;  // smallest size of a weight to which its steps are in proportion; [0, 1]
  double clip_threshold = 1.0;  // steps of a larger root mean square are scaled down to it; (0, 1e+30]
  bool relative_step = true;  // steps are at most 1 / sqrt(t), which they are in any case
  std::optional<double> weight_decay{};  // share of each weight taken off per update, times the learning rate; [0, 1e+06]
  std::vector<std::string> exclude_from_weight_decay{};  // regular expressions; weights in whose names one is found do not decay ("bias")
  std::optional<double> clipnorm{};  // largest L2 norm of each weight's gradient; (0, 1e+30]
  std::optional<double> clipvalue{};  // largest magnitude of a gradient's element; (0, 1e+30]
  std::optional<double> global_clipnorm{};  // largest L2 norm of all gradients together; (0, 1e+30]
  bool use_ema = false;  // keep a moving average of the weights, which they become at the end
  double ema_momentum = 0.99;  // share of the average kept per batch; [0, 1]
  std::optional<std::int64_t> ema_overwrite_frequency{};  // also set the weights to their average this often; null: never; [1, 1e+15] updates
  std::optional<double> loss_scale_factor{};  // multiplies the loss, and is taken out of the gradients again; (0, 1e+30]
  std::optional<std::int64_t> gradient_accumulation_steps{};  // update once per so many batches, by the mean of their gradients; [2, 1e+09] batches
};
Optimizer Adafactor(const AdafactorSettings& settings = {});

// steps scaled by all gradients so far
struct AdagradSettings {
  double learning_rate = 0.001;  // step size; [0, 1e+06]
  double initial_accumulator_value = 0.1;  // start of the sum of squares; [0, 1e+06]
  double epsilon = 1e-07;  // added to the sum, inside the root; [0, 1]
  std::optional<double> weight_decay{};  // share of each weight taken off per update, times the learning rate; [0, 1e+06]
  std::vector<std::string> exclude_from_weight_decay{};  // regular expressions; weights in whose names one is found do not decay ("bias")
  std::optional<double> clipnorm{};  // largest L2 norm of each weight's gradient; (0, 1e+30]
  std::optional<double> clipvalue{};  // largest magnitude of a gradient's element; (0, 1e+30]
  std::optional<double> global_clipnorm{};  // largest L2 norm of all gradients together; (0, 1e+30]
  bool use_ema = false;  // keep a moving average of the weights, which they become at the end
  double ema_momentum = 0.99;  // share of the average kept per batch; [0, 1]
  std::optional<std::int64_t> ema_overwrite_frequency{};  // also set the weights to their average this often; null: never; [1, 1e+15] updates
  std::optional<double> loss_scale_factor{};  // multiplies the loss, and is taken out of the gradients again; (0, 1e+30]
  std::optional<std::int64_t> gradient_accumulation_steps{};  // update once per so many batches, by the mean of their gradients; [2, 1e+09] batches
};
Optimizer Adagrad(const AdagradSettings& settings = {});

// steps scaled by running moments of the gradient
struct AdamSettings {
  double learning_rate = 0.001;  // step size; [0, 1e+06]
  double beta_1 = 0.9;  // share of the first moment kept; [0, 1)
  double beta_2 = 0.999;  // share of the second moment kept; [0, 1)
  double epsilon = 1e-07;  // added to the root of the second moment; [0, 1]
  bool amsgrad = false;  // divide by the largest second moment so far (Reddi et al. 2018)
  std::optional<double> weight_decay{};  // share of each weight taken off per update, times the learning rate; [0, 1e+06]
  std::vector<std::string> exclude_from_weight_decay{};  // regular expressions; weights in whose names one is found do not decay ("bias")
  std::optional<double> clipnorm{};  // largest L2 norm of each weight's gradient; (0, 1e+30]
  std::optional<double> clipvalue{};  // largest magnitude of a gradient's element; (0, 1e+30]
  std::optional<double> global_clipnorm{};  // largest L2 norm of all gradients together; (0, 1e+30]
  bool use_ema = false;  // keep a moving average of the weights, which they become at the end
  double ema_momentum = 0.99;  // share of the average kept per batch; [0, 1]
  std::optional<std::int64_t> ema_overwrite_frequency{};  // also set the weights to their average this often; null: never; [1, 1e+15] updates
  std::optional<double> loss_scale_factor{};  // multiplies the loss, and is taken out of the gradients again; (0, 1e+30]
  std::optional<std::int64_t> gradient_accumulation_steps{};  // update once per so many batches, by the mean of their gradients; [2, 1e+09] batches
};
Optimizer Adam(const AdamSettings& settings = {});

// adam with the largest gradient in place of the second moment
struct AdamaxSettings {
  double learning_rate = 0.001;  // step size; [0, 1e+06]
  double beta_1 = 0.9;  // share of the first moment kept; [0, 1)
  double beta_2 = 0.999;  // share of the largest magnitude kept; [0, 1)
  double epsilon = 1e-07;  // added to the largest magnitude; [0, 1]
  std::optional<double> weight_decay{};  // share of each weight taken off per update, times the learning rate; [0, 1e+06]
  std::vector<std::string> exclude_from_weight_decay{};  // regular expressions; weights in whose names one is found do not decay ("bias")
  std::optional<double> clipnorm{};  // largest L2 norm of each weight's gradient; (0, 1e+30]
  std::optional<double> clipvalue{};  // largest magnitude of a gradient's element; (0, 1e+30]
  std::optional<double> global_clipnorm{};  // largest L2 norm of all gradients together; (0, 1e+30]
  bool use_ema = false;  // keep a moving average of the weights, which they become at the end
  double ema_momentum = 0.99;  // share of the average kept per batch; [0, 1]
  std::optional<std::int64_t> ema_overwrite_frequency{};  // also set the weights to their average this often; null: never; [1, 1e+15] updates
  std::optional<double> loss_scale_factor{};  // multiplies the loss, and is taken out of the gradients again; (0, 1e+30]
  std::optional<std::int64_t> gradient_accumulation_steps{};  // update once per so many batches, by the mean of their gradients; [2, 1e+09] batches
};
Optimizer Adamax(const AdamaxSettings& settings = {});

// adam with weight decay
struct AdamwSettings {
  double learning_rate = 0.001;  // step size; [0, 1e+06]
  double beta_1 = 0.9;  // share of the first moment kept; [0, 1)
  double beta_2 = 0.999;  // share of the second moment kept; [0, 1)
  double epsilon = 1e-07;  // added to the root of the second moment; [0, 1]
  bool amsgrad = false;  // divide by the largest second moment so far (Reddi et al. 2018)
  std::optional<double> weight_decay = 0.004;  // share of each weight taken off per update, times the learning rate; [0, 1e+06]
  std::vector<std::string> exclude_from_weight_decay{};  // regular expressions; weights in whose names one is found do not decay ("bias")
  std::optional<double> clipnorm{};  // largest L2 norm of each weight's gradient; (0, 1e+30]
  std::optional<double> clipvalue{};  // largest magnitude of a gradient's element; (0, 1e+30]
  std::optional<double> global_clipnorm{};  // largest L2 norm of all gradients together; (0, 1e+30]
  bool use_ema = false;  // keep a moving average of the weights, which they become at the end
  double ema_momentum = 0.99;  // share of the average kept per batch; [0, 1]
  std::optional<std::int64_t> ema_overwrite_frequency{};  // also set the weights to their average this often; null: never; [1, 1e+15] updates
  std::optional<double> loss_scale_factor{};  // multiplies the loss, and is taken out of the gradients again; (0, 1e+30]
  std::optional<std::int64_t> gradient_accumulation_steps{};  // update once per so many batches, by the mean of their gradients; [2, 1e+09] batches
};
Optimizer Adamw(const AdamwSettings& settings = {});

// follow the regularized leader, for sparse wide models
struct FtrlSettings {
  double learning_rate = 0.001;  // step size; [0, 1e+06]
  double learning_rate_power = -0.5;  // power of the sum of squares in the rate; [-10, 0]
  double initial_accumulator_value = 0.1;  // start of the sum of squares; [0, 1e+06]
  double l1_regularization_strength = 0.0;  // sets small weights to zero; [0, 1e+06]
  double l2_regularization_strength = 0.0;  // keeps weights small; [0, 1e+06]
  double l2_shrinkage_regularization_strength = 0.0;  // as l2, but in the gradient only; [0, 1e+06]
  double beta = 0.0;  // added to the root of the sum of squares; [0, 1e+06]
  std::optional<double> weight_decay{};  // share of each weight taken off per update, times the learning rate; [0, 1e+06]
  std::vector<std::string> exclude_from_weight_decay{};  // regular expressions; weights in whose names one is found do not decay ("bias")
  std::optional<double> clipnorm{};  // largest L2 norm of each weight's gradient; (0, 1e+30]
  std::optional<double> clipvalue{};  // largest magnitude of a gradient's element; (0, 1e+30]
  std::optional<double> global_clipnorm{};  // largest L2 norm of all gradients together; (0, 1e+30]
  bool use_ema = false;  // keep a moving average of the weights, which they become at the end
  double ema_momentum = 0.99;  // share of the average kept per batch; [0, 1]
  std::optional<std::int64_t> ema_overwrite_frequency{};  // also set the weights to their average this often; null: never; [1, 1e+15] updates
  std::optional<double> loss_scale_factor{};  // multiplies the loss, and is taken out of the gradients again; (0, 1e+30]
  std::optional<std::int64_t> gradient_accumulation_steps{};  // update once per so many batches, by the mean of their gradients; [2, 1e+09] batches
};
Optimizer Ftrl(const FtrlSettings& settings = {});

// adam whose steps are in proportion to each weight
struct LambSettings {
  double learning_rate = 0.001;  // step size; [0, 1e+06]
  double beta_1 = 0.9;  // share of the first moment kept; [0, 1)
  double beta_2 = 0.999;  // share of the second moment kept; [0, 1)
  double epsilon = 1e-07;  // added to the root of the second moment; [0, 1]
  std::optional<double> weight_decay{};  // share of each weight taken off per update, times the learning rate; [0, 1e+06]
  std::vector<std::string> exclude_from_weight_decay{};  // regular expressions; weights in whose names one is found do not decay ("bias")
  std::optional<double> clipnorm{};  // largest L2 norm of each weight's gradient; (0, 1e+30]
  std::optional<double> clipvalue{};  // largest magnitude of a gradient's element; (0, 1e+30]
  std::optional<double> global_clipnorm{};  // largest L2 norm of all gradients together; (0, 1e+30]
  bool use_ema = false;  // keep a moving average of the weights, which they become at the end
  double ema_momentum = 0.99;  // share of the average kept per batch; [0, 1]
  std::optional<std::int64_t> ema_overwrite_frequency{};  // also set the weights to their average this often; null: never; [1, 1e+15] updates
  std::optional<double> loss_scale_factor{};  // multiplies the loss, and is taken out of the gradients again; (0, 1e+30]
  std::optional<std::int64_t> gradient_accumulation_steps{};  // update once per so many batches, by the mean of their gradients; [2, 1e+09] batches
};
Optimizer Lamb(const LambSettings& settings = {});

// steps of one size, by the sign of the momentum
struct LionSettings {
  double learning_rate = 0.001;  // step size; [0, 1e+06]
  double beta_1 = 0.9;  // share of the momentum in a step; (0, 1]
  double beta_2 = 0.99;  // share of the momentum kept; [0, 1]
  std::optional<double> weight_decay{};  // share of each weight taken off per update, times the learning rate; [0, 1e+06]
  std::vector<std::string> exclude_from_weight_decay{};  // regular expressions; weights in whose names one is found do not decay ("bias")
  std::optional<double> clipnorm{};  // largest L2 norm of each weight's gradient; (0, 1e+30]
  std::optional<double> clipvalue{};  // largest magnitude of a gradient's element; (0, 1e+30]
  std::optional<double> global_clipnorm{};  // largest L2 norm of all gradients together; (0, 1e+30]
  bool use_ema = false;  // keep a moving average of the weights, which they become at the end
  double ema_momentum = 0.99;  // share of the average kept per batch; [0, 1]
  std::optional<std::int64_t> ema_overwrite_frequency{};  // also set the weights to their average this often; null: never; [1, 1e+15] updates
  std::optional<double> loss_scale_factor{};  // multiplies the loss, and is taken out of the gradients again; (0, 1e+30]
  std::optional<std::int64_t> gradient_accumulation_steps{};  // update once per so many batches, by the mean of their gradients; [2, 1e+09] batches
};
Optimizer Lion(const LionSettings& settings = {});

// orthogonal steps for matrices, adam for the rest
struct MuonSettings {
  double learning_rate = 0.001;  // step size; [0, 1e+06]
  double adam_beta_1 = 0.9;  // share of the first moment kept; [0, 1)
  double adam_beta_2 = 0.999;  // share of the second moment kept; [0, 1)
  std::optional<double> adam_weight_decay = 0.004;  // weight_decay of the weights that take Adam's step; [0, 1e+06]
  double epsilon = 1e-07;  // added to the root of the second moment; [0, 1]
  std::vector<std::string> exclude_layers{};  // regular expressions; weights in whose names one is found take Adam's step
  bool exclude_embeddings = true;  // embeddings take Adam's step
  double muon_a = 3.4445;  // coefficient of X
  double muon_b = -4.775;  // coefficient of A X
  double muon_c = 2.0315;  // coefficient of A A X
  double adam_lr_ratio = 1.0;  // multiplies the learning rate of Adam's step; [0, 1e+06]
  double momentum = 0.95;  // share of the momentum kept; [0, 1]
  std::int64_t ns_steps = 5;  // rounds of Newton-Schulz; [1, 100]
  bool nesterov = true;  // look one step of momentum ahead
  std::optional<double> rms_rate = 0.2;  // root mean square of a step, in units of the learning rate; null: as it comes; [0, 1e+06]
  std::optional<double> weight_decay = 0.004;  // share of each weight taken off per update, times the learning rate; [0, 1e+06]
  std::vector<std::string> exclude_from_weight_decay{};  // regular expressions; weights in whose names one is found do not decay ("bias")
  std::optional<double> clipnorm{};  // largest L2 norm of each weight's gradient; (0, 1e+30]
  std::optional<double> clipvalue{};  // largest magnitude of a gradient's element; (0, 1e+30]
  std::optional<double> global_clipnorm{};  // largest L2 norm of all gradients together; (0, 1e+30]
  bool use_ema = false;  // keep a moving average of the weights, which they become at the end
  double ema_momentum = 0.99;  // share of the average kept per batch; [0, 1]
  std::optional<std::int64_t> ema_overwrite_frequency{};  // also set the weights to their average this often; null: never; [1, 1e+15] updates
  std::optional<double> loss_scale_factor{};  // multiplies the loss, and is taken out of the gradients again; (0, 1e+30]
  std::optional<std::int64_t> gradient_accumulation_steps{};  // update once per so many batches, by the mean of their gradients; [2, 1e+09] batches
};
Optimizer Muon(const MuonSettings& settings = {});

// adam with look-ahead
struct NadamSettings {
  double learning_rate = 0.001;  // step size; [0, 1e+06]
  double beta_1 = 0.9;  // share of the first moment kept; [0, 1)
  double beta_2 = 0.999;  // share of the second moment kept; [0, 1)
  double epsilon = 1e-07;  // added to the root of the second moment; [0, 1]
  std::optional<double> weight_decay{};  // share of each weight taken off per update, times the learning rate; [0, 1e+06]
  std::vector<std::string> exclude_from_weight_decay{};  // regular expressions; weights in whose names one is found do not decay ("bias")
  std::optional<double> clipnorm{};  // largest L2 norm of each weight's gradient; (0, 1e+30]
  std::optional<double> clipvalue{};  // largest magnitude of a gradient's element; (0, 1e+30]
  std::optional<double> global_clipnorm{};  // largest L2 norm of all gradients together; (0, 1e+30]
  bool use_ema = false;  // keep a moving average of the weights, which they become at the end
  double ema_momentum = 0.99;  // share of the average kept per batch; [0, 1]
  std::optional<std::int64_t> ema_overwrite_frequency{};  // also set the weights to their average this often; null: never; [1, 1e+15] updates
  std::optional<double> loss_scale_factor{};  // multiplies the loss, and is taken out of the gradients again; (0, 1e+30]
  std::optional<std::int64_t> gradient_accumulation_steps{};  // update once per so many batches, by the mean of their gradients; [2, 1e+09] batches
};
Optimizer Nadam(const NadamSettings& settings = {});

// steps scaled by the running size of the gradient
struct RmspropSettings {
  double learning_rate = 0.001;  // step size; [0, 1e+06]
  double rho = 0.9;  // share of the running size kept; [0, 1]
  double momentum = 0.0;  // share of the last step kept; [0, 1]
  double epsilon = 1e-07;  // added to the second moment, inside the root; [0, 1]
  bool centered = false;  // scale by the variance instead of the second moment
  std::optional<double> weight_decay{};  // share of each weight taken off per update, times the learning rate; [0, 1e+06]
  std::vector<std::string> exclude_from_weight_decay{};  // regular expressions; weights in whose names one is found do not decay ("bias")
  std::optional<double> clipnorm{};  // largest L2 norm of each weight's gradient; (0, 1e+30]
  std::optional<double> clipvalue{};  // largest magnitude of a gradient's element; (0, 1e+30]
  std::optional<double> global_clipnorm{};  // largest L2 norm of all gradients together; (0, 1e+30]
  bool use_ema = false;  // keep a moving average of the weights, which they become at the end
  double ema_momentum = 0.99;  // share of the average kept per batch; [0, 1]
  std::optional<std::int64_t> ema_overwrite_frequency{};  // also set the weights to their average this often; null: never; [1, 1e+15] updates
  std::optional<double> loss_scale_factor{};  // multiplies the loss, and is taken out of the gradients again; (0, 1e+30]
  std::optional<std::int64_t> gradient_accumulation_steps{};  // update once per so many batches, by the mean of their gradients; [2, 1e+09] batches
};
Optimizer Rmsprop(const RmspropSettings& settings = {});

// adam that needs no schedule: it averages its weights
struct SchedulefreeadamwSettings {
  double learning_rate = 0.0025;  // step size; [0, 1e+06]
  double beta_1 = 0.9;  // where between the last step and the mean the weights stand; (0, 1]
  double beta_2 = 0.999;  // share of the second moment kept; [0, 1)
  double epsilon = 1e-08;  // added to the root of the second moment; [0, 1]
  std::int64_t warmup_steps = 0;  // updates in which the rate grows to its full size; [0, 1e+15] updates
  std::optional<double> weight_decay{};  // share of each weight taken off per update, times the learning rate; [0, 1e+06]
  std::vector<std::string> exclude_from_weight_decay{};  // regular expressions; weights in whose names one is found do not decay ("bias")
  std::optional<double> clipnorm{};  // largest L2 norm of each weight's gradient; (0, 1e+30]
  std::optional<double> clipvalue{};  // largest magnitude of a gradient's element; (0, 1e+30]
  std::optional<double> global_clipnorm{};  // largest L2 norm of all gradients together; (0, 1e+30]
  bool use_ema = false;  // keep a moving average of the weights, which they become at the end
  double ema_momentum = 0.99;  // share of the average kept per batch; [0, 1]
  std::optional<std::int64_t> ema_overwrite_frequency{};  // also set the weights to their average this often; null: never; [1, 1e+15] updates
  std::optional<double> loss_scale_factor{};  // multiplies the loss, and is taken out of the gradients again; (0, 1e+30]
  std::optional<std::int64_t> gradient_accumulation_steps{};  // update once per so many batches, by the mean of their gradients; [2, 1e+09] batches
};
Optimizer Schedulefreeadamw(const SchedulefreeadamwSettings& settings = {});

// gradient descent, with momentum if asked
struct SgdSettings {
  double learning_rate = 0.01;  // step size; [0, 1e+06]
  double momentum = 0.0;  // share of the last step kept; [0, 1]
  bool nesterov = false;  // look one step of momentum ahead
  std::optional<double> weight_decay{};  // share of each weight taken off per update, times the learning rate; [0, 1e+06]
  std::vector<std::string> exclude_from_weight_decay{};  // regular expressions; weights in whose names one is found do not decay ("bias")
  std::optional<double> clipnorm{};  // largest L2 norm of each weight's gradient; (0, 1e+30]
  std::optional<double> clipvalue{};  // largest magnitude of a gradient's element; (0, 1e+30]
  std::optional<double> global_clipnorm{};  // largest L2 norm of all gradients together; (0, 1e+30]
  bool use_ema = false;  // keep a moving average of the weights, which they become at the end
  double ema_momentum = 0.99;  // share of the average kept per batch; [0, 1]
  std::optional<std::int64_t> ema_overwrite_frequency{};  // also set the weights to their average this often; null: never; [1, 1e+15] updates
  std::optional<double> loss_scale_factor{};  // multiplies the loss, and is taken out of the gradients again; (0, 1e+30]
  std::optional<std::int64_t> gradient_accumulation_steps{};  // update once per so many batches, by the mean of their gradients; [2, 1e+09] batches
};
Optimizer Sgd(const SgdSettings& settings = {});

}  // namespace optimizers

// --- train/losses --------------------------------------------------------------------------------------------------

using Loss = Choice<struct LossRoom>;

namespace losses {

// crossentropy of independent yes/no answers
struct BinaryCrossentropySettings {
  bool from_logits = false;  // predictions are logits, not probabilities
  double label_smoothing = 0.0;  // share of the targets that moves to 1/2; [0, 1]
  std::int64_t axis = -1;  // the loss of a sample is the mean over this axis
  std::string reduction = "sum_over_batch_size";  // how the losses of the samples become one number; "sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", "none"
};
Loss BinaryCrossentropy(const BinaryCrossentropySettings& settings = {});

// binary crossentropy in which easy answers weigh little
struct BinaryFocalCrossentropySettings {
  bool apply_class_balancing = false;  // weigh yes by alpha, no by 1 - alpha
  double alpha = 0.25;  // weight of yes; [0, 1]
  double gamma = 2.0;  // power of the probability of the wrong answer; [0, 100]
  bool from_logits = false;  // predictions are logits, not probabilities
  double label_smoothing = 0.0;  // share of the targets that moves to 1/2; [0, 1]
  std::int64_t axis = -1;  // the loss of a sample is the mean over this axis
  std::string reduction = "sum_over_batch_size";  // how the losses of the samples become one number; "sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", "none"
};
Loss BinaryFocalCrossentropy(const BinaryFocalCrossentropySettings& settings = {});

// crossentropy of one class out of K, given as a vector
struct CategoricalCrossentropySettings {
  bool from_logits = false;  // predictions are logits, not probabilities
  double label_smoothing = 0.0;  // share of the targets that moves to 1/K; [0, 1]
  std::int64_t axis = -1;  // the axis of the classes
  std::string reduction = "sum_over_batch_size";  // how the losses of the samples become one number; "sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", "none"
};
Loss CategoricalCrossentropy(const CategoricalCrossentropySettings& settings = {});

// categorical crossentropy in which easy answers weigh little
struct CategoricalFocalCrossentropySettings {
  std::vector<double> alpha = {0.25};  // weight of all classes, or of each
  double gamma = 2.0;  // power of the probability of the wrong answers; [0, 100]
  bool from_logits = false;  // predictions are logits, not probabilities
  double label_smoothing = 0.0;  // share of the targets that moves to 1/K; [0, 1]
  std::int64_t axis = -1;  // the axis of the classes
  std::string reduction = "sum_over_batch_size";  // how the losses of the samples become one number; "sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", "none"
};
Loss CategoricalFocalCrossentropy(const CategoricalFocalCrossentropySettings& settings = {});

// embeddings of one class together, of two classes apart; targets are class indices
struct CircleSettings {
  double gamma = 80.0;  // scale; [0, 1e+06]
  double margin = 0.4;  // relaxation; [0, 1]
  bool remove_diagonal = true;  // a sample is no pair with itself
  std::string reduction = "sum_over_batch_size";  // how the losses of the samples become one number; "sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", "none"
};
Loss Circle(const CircleSettings& settings = {});

// negative cosine of the angle between prediction and target
struct CosineSimilaritySettings {
  std::int64_t axis = -1;  // the axis of the vectors
  std::string reduction = "sum_over_batch_size";  // how the losses of the samples become one number; "sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", "none"
};
Loss CosineSimilarity(const CosineSimilaritySettings& settings = {});

// labels read from a longer sequence; predictions are logits, class 0 is the blank, targets end in zeros
struct CtcSettings {
  std::string reduction = "sum_over_batch_size";  // how the losses of the samples become one number; "sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", "none"
};
Loss Ctc(const CtcSettings& settings = {});

// distance to the right side of a margin
struct HingeSettings {
  std::string reduction = "sum_over_batch_size";  // how the losses of the samples become one number; "sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", "none"
};
Loss Hinge(const HingeSettings& settings = {});

// squared distance to the right side of a margin
struct SquaredHingeSettings {
  std::string reduction = "sum_over_batch_size";  // how the losses of the samples become one number; "sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", "none"
};
Loss SquaredHinge(const SquaredHingeSettings& settings = {});

// margin between the right class and the best wrong one
struct CategoricalHingeSettings {
  std::string reduction = "sum_over_batch_size";  // how the losses of the samples become one number; "sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", "none"
};
Loss CategoricalHinge(const CategoricalHingeSettings& settings = {});

// squared error near zero, absolute error beyond (Huber 1964)
struct HuberSettings {
  double delta = 1.0;  // error at which it becomes linear; (0, inf)
  std::string reduction = "sum_over_batch_size";  // how the losses of the samples become one number; "sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", "none"
};
Loss Huber(const HuberSettings& settings = {});

// logarithm of the hyperbolic cosine of the error
struct LogCoshSettings {
  std::string reduction = "sum_over_batch_size";  // how the losses of the samples become one number; "sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", "none"
};
Loss LogCosh(const LogCoshSettings& settings = {});

// Kullback-Leibler divergence of two distributions
struct KlDivergenceSettings {
  std::string reduction = "sum_over_batch_size";  // how the losses of the samples become one number; "sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", "none"
};
Loss KlDivergence(const KlDivergenceSettings& settings = {});

// negative log-likelihood of a Poisson rate, without its constant
struct PoissonSettings {
  std::string reduction = "sum_over_batch_size";  // how the losses of the samples become one number; "sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", "none"
};
Loss Poisson(const PoissonSettings& settings = {});

// mean squared error
struct MseSettings {
  std::string reduction = "sum_over_batch_size";  // how the losses of the samples become one number; "sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", "none"
};
Loss Mse(const MseSettings& settings = {});

// mean absolute error
struct MaeSettings {
  std::string reduction = "sum_over_batch_size";  // how the losses of the samples become one number; "sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", "none"
};
Loss Mae(const MaeSettings& settings = {});

// mean absolute percentage error
struct MapeSettings {
  std::string reduction = "sum_over_batch_size";  // how the losses of the samples become one number; "sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", "none"
};
Loss Mape(const MapeSettings& settings = {});

// mean squared error of log(1 + x)
struct MsleSettings {
  std::string reduction = "sum_over_batch_size";  // how the losses of the samples become one number; "sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", "none"
};
Loss Msle(const MsleSettings& settings = {});

// crossentropy of one class out of K, given as its index
struct SparseCategoricalCrossentropySettings {
  bool from_logits = false;  // predictions are logits, not probabilities
  std::optional<std::int64_t> ignore_class{};  // targets of this index do not count; null: all do
  std::int64_t axis = -1;  // the axis of the classes; the last one; [-1, 64]
  std::string reduction = "sum_over_batch_size";  // how the losses of the samples become one number; "sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", "none"
};
Loss SparseCategoricalCrossentropy(const SparseCategoricalCrossentropySettings& settings = {});

// crossentropy that bears noisy labels; targets are class indices
struct CategoricalGeneralizedCrossEntropySettings {
  double q = 0.5;  // 0: near crossentropy, 1: mean absolute error; (0, 1]
  std::string reduction = "sum_over_batch_size";  // how the losses of the samples become one number; "sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", "none"
};
Loss CategoricalGeneralizedCrossEntropy(const CategoricalGeneralizedCrossEntropySettings& settings = {});

// share of prediction and target that does not overlap
struct DiceSettings {
  std::optional<std::vector<std::int64_t>> axis{};  // the overlap is over these axes; null: over all, the batch included
  std::string reduction = "sum_over_batch_size";  // how the losses of the samples become one number; "sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", "none"
};
Loss Dice(const DiceSettings& settings = {});

// dice with weights for what is missed and what is wrong
struct TverskySettings {
  std::optional<std::vector<std::int64_t>> axis{};  // the overlap is over these axes; null: over all, the batch included
  double alpha = 0.5;  // weight of what is missed; [0, 1e+06]
  double beta = 0.5;  // weight of what is wrong; [0, 1e+06]
  std::string reduction = "sum_over_batch_size";  // how the losses of the samples become one number; "sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", "none"
};
Loss Tversky(const TverskySettings& settings = {});

}  // namespace losses

// --- metrics -------------------------------------------------------------------------------------------------------

using Metric = Choice<struct MetricRoom>;

namespace metrics {

// share of right answers: binary, categorical or sparse categorical, as the shapes say
Metric Accuracy();

// area under the ROC curve (or PR); 0.5 is chance
struct AucSettings {
  std::int64_t num_thresholds = 200;  // points of the curve; [2, 1e+06]
  std::vector<double> thresholds{};  // the curve's points between both ends, from 0 to 1; empty: num_thresholds of them, evenly spread
  std::string curve = "ROC";  // receiver operating characteristic, or precision-recall; "ROC", "PR"
  std::string summation_method = "interpolation";  // between the points; "interpolation", "minoring", "majoring"
  bool from_logits = false;  // predictions are logits: their sigmoid counts
  bool exact = false;  // from the ranks of all scores (kept in memory) instead of thresholds
  bool multi_label = false;  // a curve for each column, and the mean of their areas
  std::vector<double> label_weights{};  // weights of the columns in that mean; empty: all 1
};
Metric Auc(const AucSettings& settings = {});

// share of right yes-or-no answers
struct BinaryAccuracySettings {
  double threshold = 0.5;  // predictions above it count as 1 (0 for logits)
};
Metric BinaryAccuracy(const BinaryAccuracySettings& settings = {});

// share of right classes; targets are one-hot
Metric CategoricalAccuracy();

// cosine of the angle between prediction and target
Metric CosineSimilarity();

// crossentropy of independent yes/no answers
struct BinaryCrossentropySettings {
  bool from_logits = false;  // predictions are logits, not probabilities
  double label_smoothing = 0.0;  // share of the targets that moves to 1/2; [0, 1]
};
Metric BinaryCrossentropy(const BinaryCrossentropySettings& settings = {});

// crossentropy of one class out of K, given as a vector
struct CategoricalCrossentropySettings {
  bool from_logits = false;  // predictions are logits, not probabilities
  double label_smoothing = 0.0;  // share of the targets that moves to 1/K; [0, 1]
};
Metric CategoricalCrossentropy(const CategoricalCrossentropySettings& settings = {});

// crossentropy of one class out of K, given as its index
struct SparseCategoricalCrossentropySettings {
  bool from_logits = false;  // predictions are logits, not probabilities
  std::optional<std::int64_t> ignore_class{};  // targets of this index do not count; null: all do
};
Metric SparseCategoricalCrossentropy(const SparseCategoricalCrossentropySettings& settings = {});

// share of predictions that equal their targets exactly
Metric Equality();

// harmonic mean of precision and recall
struct F1ScoreSettings {
  std::string average = "macro";  // how the classes become one number; "macro", "micro", "weighted"
  std::optional<double> threshold{};  // predictions above it are positive; null: the largest of a row; (0, 1]
};
Metric F1Score(const F1ScoreSettings& settings = {});

// mean of precision and recall, recall weighing beta^2 times as much
struct FbetaScoreSettings {
  double beta = 1.0;  // weight of recall in units of precision's; (0, 1e+06]
  std::string average = "macro";  // how the classes become one number; "macro", "micro", "weighted"
  std::optional<double> threshold{};  // predictions above it are positive; null: the largest of a row; (0, 1]
};
Metric FbetaScore(const FbetaScoreSettings& settings = {});

// distance to the right side of a margin
Metric Hinge();

// squared distance to the right side of a margin
Metric SquaredHinge();

// margin between the right class and the best wrong one
Metric CategoricalHinge();

// Kullback-Leibler divergence of the predicted distribution from the true one
Metric KlDivergence();

// negative log-likelihood of a Poisson rate, without its constant
Metric Poisson();

// mean absolute error, in the target's unit
Metric Mae();

// mean absolute error, in percent of the target
Metric Mape();

// mean squared error of log(1 + x)
Metric Msle();

// mean logarithm of the hyperbolic cosine of the error
Metric Logcosh();

// mean intersection over union of all classes
struct MeanIouSettings {
  std::int64_t num_classes = 2;  // classes; [1, 1e+05]
  std::optional<std::int64_t> ignore_class{};  // targets of this class do not count; null: all do
  bool sparse_y_true = true;  // targets are class indices, not vectors
  bool sparse_y_pred = true;  // predictions are class indices, not vectors
};
Metric MeanIou(const MeanIouSettings& settings = {});

// intersection over union of some classes
struct IouSettings {
  std::int64_t num_classes = 2;  // classes; [1, 1e+05]
  std::vector<std::int64_t> target_class_ids = {0};  // classes whose mean is taken
  std::optional<std::int64_t> ignore_class{};  // targets of this class do not count; null: all do
  bool sparse_y_true = true;  // targets are class indices, not vectors
  bool sparse_y_pred = true;  // predictions are class indices, not vectors
};
Metric Iou(const IouSettings& settings = {});

// mean intersection over union of all classes, given as vectors
struct OneHotMeanIouSettings {
  std::int64_t num_classes = 2;  // classes; [1, 1e+05]
  std::optional<std::int64_t> ignore_class{};  // targets of this class do not count; null: all do
  bool sparse_y_true = false;  // targets are class indices, not vectors
  bool sparse_y_pred = false;  // predictions are class indices, not vectors
};
Metric OneHotMeanIou(const OneHotMeanIouSettings& settings = {});

// intersection over union of some classes, given as vectors
struct OneHotIouSettings {
  std::int64_t num_classes = 2;  // classes; [1, 1e+05]
  std::vector<std::int64_t> target_class_ids = {0};  // classes whose mean is taken
  std::optional<std::int64_t> ignore_class{};  // targets of this class do not count; null: all do
  bool sparse_y_true = false;  // targets are class indices, not vectors
  bool sparse_y_pred = false;  // predictions are class indices, not vectors
};
Metric OneHotIou(const OneHotIouSettings& settings = {});

// intersection over union of yes-or-no answers
struct BinaryIouSettings {
  std::vector<std::int64_t> target_class_ids = {0, 1};  // classes whose mean is taken
  double threshold = 0.5;  // predictions at or above it are of class 1
};
Metric BinaryIou(const BinaryIouSettings& settings = {});

// mean of the predictions
Metric Mean();

// sum of the predictions
Metric Sum();

// mean squared error
Metric Mse();

// linear correlation of prediction and target in each row
Metric PearsonCorrelation();

// correlation in each row that also wants equal means and scales
Metric ConcordanceCorrelation();

// share of true ones among those predicted
struct PrecisionSettings {
  std::optional<double> threshold{};  // predictions above it count as positive (default 0.5, with top_k none; 0 for logits)
  std::optional<std::int64_t> top_k{};  // only the k largest of a row count as positive; [1, 1e+09]
  std::optional<std::int64_t> class_id{};  // only this class counts; [0, 1e+09]
};
Metric Precision(const PrecisionSettings& settings = {});

// coefficient of determination: 1 is perfect, 0 is no better than the mean
struct R2Settings {
  std::string class_aggregation = "uniform_average";  // how the columns of the targets are averaged; "uniform_average", "variance_weighted_average"
  std::int64_t num_regressors = 0;  // independent regressors, for the adjusted score; 0 for the plain one; [0, 1e+09]
};
Metric R2(const R2Settings& settings = {});

// share of those found among the true ones
struct RecallSettings {
  std::optional<double> threshold{};  // predictions above it count as positive (default 0.5, with top_k none; 0 for logits)
  std::optional<std::int64_t> top_k{};  // only the k largest of a row count as positive; [1, 1e+09]
  std::optional<std::int64_t> class_id{};  // only this class counts; [0, 1e+09]
};
Metric Recall(const RecallSettings& settings = {});

// root of the mean squared error, in the target's unit
Metric Rmse();

// best true positive rate where few negatives are predicted positive
struct SensitivityAtSpecificitySettings {
  double specificity = 0.5;  // lowest specificity that will do; [0, 1]
  std::int64_t num_thresholds = 200;  // how many thresholds are tried; [1, 1e+06]
  std::optional<std::int64_t> class_id{};  // only this class counts; null: all; [0, 1e+09]
};
Metric SensitivityAtSpecificity(const SensitivityAtSpecificitySettings& settings = {});

// best true negative rate where most positives are found
struct SpecificityAtSensitivitySettings {
  double sensitivity = 0.5;  // lowest sensitivity that will do; [0, 1]
  std::int64_t num_thresholds = 200;  // how many thresholds are tried; [1, 1e+06]
  std::optional<std::int64_t> class_id{};  // only this class counts; null: all; [0, 1e+09]
};
Metric SpecificityAtSensitivity(const SpecificityAtSensitivitySettings& settings = {});

// best precision where most positives are found
struct PrecisionAtRecallSettings {
  double recall = 0.5;  // lowest recall that will do; [0, 1]
  std::int64_t num_thresholds = 200;  // how many thresholds are tried; [1, 1e+06]
  std::optional<std::int64_t> class_id{};  // only this class counts; null: all; [0, 1e+09]
};
Metric PrecisionAtRecall(const PrecisionAtRecallSettings& settings = {});

// best recall where most answers are right
struct RecallAtPrecisionSettings {
  double precision = 0.5;  // lowest precision that will do; [0, 1]
  std::int64_t num_thresholds = 200;  // how many thresholds are tried; [1, 1e+06]
  std::optional<std::int64_t> class_id{};  // only this class counts; null: all; [0, 1e+09]
};
Metric RecallAtPrecision(const RecallAtPrecisionSettings& settings = {});

// share of right classes; targets are class indices
Metric SparseCategoricalAccuracy();

// share of true classes among the k best; targets are one-hot
struct TopKCategoricalAccuracySettings {
  std::int64_t k = 5;  // how many answers are allowed; [1, 1e+09]
};
Metric TopKCategoricalAccuracy(const TopKCategoricalAccuracySettings& settings = {});

// share of true classes among the k best; targets are class indices
struct SparseTopKCategoricalAccuracySettings {
  std::int64_t k = 5;  // how many answers are allowed; [1, 1e+09]
};
Metric SparseTopKCategoricalAccuracy(const SparseTopKCategoricalAccuracySettings& settings = {});

// positives predicted so
struct TruePositivesSettings {
  double threshold = 0.5;  // predictions above it are positive
};
Metric TruePositives(const TruePositivesSettings& settings = {});

// negatives predicted so
struct TrueNegativesSettings {
  double threshold = 0.5;  // predictions above it are positive
};
Metric TrueNegatives(const TrueNegativesSettings& settings = {});

// negatives predicted positive
struct FalsePositivesSettings {
  double threshold = 0.5;  // predictions above it are positive
};
Metric FalsePositives(const FalsePositivesSettings& settings = {});

// positives predicted negative
struct FalseNegativesSettings {
  double threshold = 0.5;  // predictions above it are positive
};
Metric FalseNegatives(const FalseNegativesSettings& settings = {});

}  // namespace metrics

// --- train/schedules -----------------------------------------------------------------------------------------------

using Schedule = Choice<struct ScheduleRoom>;

namespace schedules {

// one rate throughout
struct ConstantSettings {
  std::optional<double> learning_rate{};  // null: the optimiser's; [0, 1e+06]
};
Schedule Constant(const ConstantSettings& settings = {});

// half a wave of a cosine, after a warm-up if asked
struct CosineDecaySettings {
  std::optional<double> initial_learning_rate{};  // null: the optimiser's; [0, 1e+06]
  std::int64_t decay_steps = 1000;  // length of the wave; [1, 1e+15] updates
  double alpha = 0.0;  // lowest rate, as a share of the highest; [0, 1]
  std::optional<double> warmup_target{};  // rate at the end of the warm-up; null: no warm-up; [0, 1e+06]
  std::int64_t warmup_steps = 0;  // length of the warm-up; [0, 1e+15] updates
};
Schedule CosineDecay(const CosineDecaySettings& settings = {});

// waves of a cosine, one longer than the other
struct CosineDecayRestartsSettings {
  std::optional<double> initial_learning_rate{};  // null: the optimiser's; [0, 1e+06]
  std::int64_t first_decay_steps = 1000;  // length of the first wave; [1, 1e+15] updates
  double t_mul = 2.0;  // length of a wave in lengths of the one before; [1, 1e+06]
  double m_mul = 1.0;  // height of a wave in heights of the one before; [0, 1e+06]
  double alpha = 0.0;  // lowest rate, as a share of the highest; [0, 1]
};
Schedule CosineDecayRestarts(const CosineDecayRestartsSettings& settings = {});

// a zigzag between two rates
struct CyclicSettings {
  std::optional<double> base_learning_rate{};  // lowest rate; null: the optimiser's; [0, 1e+06]
  double max_learning_rate = 0.01;  // highest rate; [0, 1e+06]
  std::int64_t step_size_up = 2000;  // way up; [1, 1e+15] updates
  std::optional<std::int64_t> step_size_down{};  // way down; null: as long as up; [1, 1e+15] updates
  std::string mode = "triangular";  // height of the teeth; "triangular", "triangular2", "exp_range"
  double gamma = 1.0;  // factor of the height per update, in mode exp_range; [0, 1]
};
Schedule Cyclic(const CyclicSettings& settings = {});

// initial rate * decay_rate ^ (iteration / decay_steps)
struct ExponentialDecaySettings {
  std::optional<double> initial_learning_rate{};  // null: the optimiser's; [0, 1e+06]
  std::int64_t decay_steps = 1000;  // updates in which the rate falls by decay_rate; [1, 1e+15] updates
  double decay_rate = 0.96;  // factor per decay_steps; (0, 10]
  bool staircase = false;  // fall in steps instead of steadily
};
Schedule ExponentialDecay(const ExponentialDecaySettings& settings = {});

// initial rate / (1 + decay_rate * iteration / decay_steps)
struct InverseTimeDecaySettings {
  std::optional<double> initial_learning_rate{};  // null: the optimiser's; [0, 1e+06]
  std::int64_t decay_steps = 1000;  // unit of the time; [1, 1e+15] updates
  double decay_rate = 0.5;  // how fast it falls; [0, 1e+06]
  bool staircase = false;  // fall in steps instead of steadily
};
Schedule InverseTimeDecay(const InverseTimeDecaySettings& settings = {});

// up in a line, then constant
struct LinearWarmupSettings {
  std::optional<double> learning_rate{};  // rate after the warm-up; null: the optimiser's; [0, 1e+06]
  std::int64_t warmup_steps = 1000;  // length of the warm-up; [1, 1e+15] updates
  double start_factor = 0.0;  // first rate, as a share; [0, 1]
};
Schedule LinearWarmup(const LinearWarmupSettings& settings = {});

// up to the highest rate, then down far below the first
struct OneCycleSettings {
  std::optional<double> max_learning_rate{};  // highest rate; null: the optimiser's; [0, 1e+06]
  std::int64_t total_steps = 1000;  // length of the cycle; [2, 1e+15] updates
  double pct_start = 0.3;  // share of the updates that go up; [0, 1]
  std::string anneal_strategy = "cos";  // the way between two rates; "cos", "linear"
  double div_factor = 25.0;  // highest rate in units of the first; [1, 1e+12]
  double final_div_factor = 10000.0;  // first rate in units of the last; [1, 1e+12]
  bool three_phase = false;  // come down to the first rate, then to the last
};
Schedule OneCycle(const OneCycleSettings& settings = {});

// one rate after the other
struct PiecewiseConstantDecaySettings {
  std::vector<std::int64_t> boundaries = {1000, 2000};  // last updates with each rate but the last, rising
  std::vector<double> values = {0.001, 0.0005, 0.0001};  // the rates, one more than boundaries
};
Schedule PiecewiseConstantDecay(const PiecewiseConstantDecaySettings& settings = {});

// from the initial rate to the end's, in a line (power 1) or a curve
struct PolynomialDecaySettings {
  std::optional<double> initial_learning_rate{};  // null: the optimiser's; [0, 1e+06]
  std::int64_t decay_steps = 1000;  // when the end is reached; [1, 1e+15] updates
  double end_learning_rate = 0.0001;  // lowest rate; [0, 1e+06]
  double power = 1.0;  // of the share that is left; [0, 100]
  bool cycle = false;  // begin again, lower, when the end is reached
};
Schedule PolynomialDecay(const PolynomialDecaySettings& settings = {});

// lower the rate when a figure stops improving
struct ReduceOnPlateauSettings {
  std::optional<std::string> monitor{};  // figure to watch; null: val_loss, or loss where nothing is held out
  double factor = 0.1;  // multiplier of the rate; [0, 1)
  std::int64_t patience = 10;  // time without improvement before acting; [0, 1e+09] epochs
  std::string mode = "auto";  // what counts as better; auto: by the figure's name; "auto", "min", "max"
  double min_delta = 0.0001;  // a smaller change is no improvement; absolute; [0, 1e+30]
  std::int64_t cooldown = 0;  // time after acting in which nothing is counted; [0, 1e+09] epochs
  double min_lr = 0.0;  // lowest rate; [0, 1e+06]
};
Schedule ReduceOnPlateau(const ReduceOnPlateauSettings& settings = {});

}  // namespace schedules

// --- train/callbacks -----------------------------------------------------------------------------------------------

using Callback = Choice<struct CallbackRoom>;

namespace callbacks {

// write each epoch's figures to a CSV file as it ends
struct CsvLoggerSettings {
  std::string filename{};  // the file
  std::string separator = ",";  // between the columns
  bool append = false;  // go on with a file that is there
};
Callback CsvLogger(const CsvLoggerSettings& settings = {});

// stop when a figure no longer improves
struct EarlyStoppingSettings {
  std::optional<std::string> monitor{};  // figure to watch; null: val_loss, or loss where nothing is held out
  double min_delta = 0.0;  // a smaller change is no improvement; absolute; [0, 1e+30]
  std::int64_t patience = 0;  // time without improvement before stopping; [0, 1e+09] epochs
  std::string mode = "auto";  // what counts as better; auto: by the figure's name; "auto", "min", "max"
  std::optional<double> baseline{};  // what the figure has to beat
  bool restore_best_weights = false;  // end with the weights of the best epoch
  std::int64_t start_from_epoch = 0;  // epochs before it begins to watch; [0, 1e+09]
};
Callback EarlyStopping(const EarlyStoppingSettings& settings = {});

// save the model after each epoch, or when it is the best so far
struct ModelCheckpointSettings {
  std::string filepath{};  // the .onnx file; {epoch} and {FIGURE} in it stand for their values
  std::optional<std::string> monitor{};  // figure to watch; null: val_loss, or loss where nothing is held out
  bool save_best_only = false;  // save only when the figure improves
  std::string mode = "auto";  // what counts as better; auto: by the figure's name; "auto", "min", "max"
  std::optional<double> initial_value_threshold{};  // what the first saved model has to beat
};
Callback ModelCheckpoint(const ModelCheckpointSettings& settings = {});

// set the smallest weights to zero while the model trains, more of them by and by
struct PruneSettings {
  double sparsity = 0.5;  // part of each kernel that is zero at the end; [0, 1)
  double start = 0.0;  // part of each kernel that is zero at the beginning; [0, 1)
  double begin = 0.0;  // when pruning begins; [0, 1e+09] epochs
  double end = 10.0;  // when the sparsity is reached; [0, 1e+09] epochs
  double power = 3.0;  // of the schedule: 3 prunes fast at first, 1 evenly; (0, 100]
  std::int64_t frequency = 100;  // from one pruning to the next; [1, 1e+09] batches
};
Callback Prune(const PruneSettings& settings = {});

// go back to the best weights, slots, step and data position when training diverges or stands still, and lower the rate
struct RollbackSettings {
  std::optional<std::string> monitor{};  // figure that says which epoch is best; null: val_loss, or loss where nothing is held out
  std::string mode = "auto";  // what counts as better; auto: by the figure's name; "auto", "min", "max"
  double min_delta = 0.0;  // a smaller change is no improvement; absolute; [0, 1e+30]
  double factor = 0.5;  // multiplier of the rate; (0, 1]
  double spike_factor = 3.0;  // training diverges when the smoothed loss is this many times its lowest; 0: only a loss that is not finite counts; [0, 1e+09]
  std::int64_t readings = 3;  // batches in a row that have to say so; [1, 1e+09]
  double smoothing = 0.9;  // share of the running mean of the loss kept per batch; [0, 1)
  std::int64_t patience = 0;  // time without improvement before going back; 0: never for that; [0, 1e+09] epochs
  std::int64_t skip_batches = 0;  // batches up to the one that diverged to leave out from then on; [0, 1e+09]
  std::int64_t max_rollbacks = 5;  // times after which training gives up; [1, 1e+09]
};
Callback Rollback(const RollbackSettings& settings = {});

// write event files that TensorBoard opens
struct TensorboardSettings {
  std::string log_dir = "logs";  // folder of the run
  std::string update_freq = "epoch";  // epoch, batch, or a number: the loss also after so many batches
};
Callback Tensorboard(const TensorboardSettings& settings = {});

// stop, instead of failing, when a loss is not finite; the weights are those from before that epoch
Callback TerminateOnNan();

}  // namespace callbacks

// --- train/regularizers --------------------------------------------------------------------------------------------

using Regularizer = Choice<struct RegularizerRoom>;

namespace regularizers {

// l1 * sum |w|: drives weights to zero
struct L1Settings {
  double l1 = 0.01;  // factor; [0, inf)
};
Regularizer L1(const L1Settings& settings = {});

// l2 * sum w^2: keeps weights small
struct L2Settings {
  double l2 = 0.01;  // factor; [0, inf)
};
Regularizer L2(const L2Settings& settings = {});

// l1 * sum |w| + l2 * sum w^2
struct L1L2Settings {
  double l1 = 0.01;  // factor of the absolute values; [0, inf)
  double l2 = 0.01;  // factor of the squares; [0, inf)
};
Regularizer L1L2(const L1L2Settings& settings = {});

// makes the rows (or columns) of a matrix orthogonal
struct OrthogonalRegularizerSettings {
  double factor = 0.01;  // size of the penalty; [0, inf)
  std::string mode = "rows";  // what is to be orthogonal; "rows", "columns"
};
Regularizer OrthogonalRegularizer(const OrthogonalRegularizerSettings& settings = {});

}  // namespace regularizers

// --- train/constraints ---------------------------------------------------------------------------------------------

using Constraint = Choice<struct ConstraintRoom>;

namespace constraints {

// no norm above a bound
struct MaxNormSettings {
  double max_value = 2.0;  // largest norm; [0, 1e+30]
  std::vector<std::int64_t> axis = {0};  // the norm is over these axes
};
Constraint MaxNorm(const MaxNormSettings& settings = {});

// every norm is one
struct UnitNormSettings {
  std::vector<std::int64_t> axis = {0};  // the norm is over these axes
};
Constraint UnitNorm(const UnitNormSettings& settings = {});

// norms between two bounds
struct MinMaxNormSettings {
  double min_value = 0.0;  // smallest norm; [0, 1e+30]
  double max_value = 1.0;  // largest norm; [0, 1e+30]
  double rate = 1.0;  // share of the way that each update goes; [0, 1]
  std::vector<std::int64_t> axis = {0};  // the norm is over these axes
};
Constraint MinMaxNorm(const MinMaxNormSettings& settings = {});

// no weight below zero
Constraint NonNeg();

}  // namespace constraints

// --- data/augment --------------------------------------------------------------------------------------------------

using Augmenter = Choice<struct AugmenterRoom>;

namespace augmenters {

// make the image lighter or darker
struct BrightnessSettings {
  std::vector<double> factor = {0.2};  // largest change either way, or [low, high], as a part of the range of values
  std::vector<double> value_range{};  // smallest and largest value of a pixel (default: those of the data)
};
Augmenter Brightness(const BrightnessSettings& settings = {});

// spread the values about their mean, or draw them together
struct ContrastSettings {
  std::vector<double> factor = {0.2};  // most that is taken from 1 or added to it; or two numbers, [taken, added]
  std::vector<double> value_range{};  // smallest and largest value of a pixel (default: those of the data)
};
Augmenter Contrast(const ContrastSettings& settings = {});

// cut a window from a random place
struct CropSettings {
  std::optional<std::int64_t> height{};  // of the window (default: as the image); [1, 65536] pixels
  std::optional<std::int64_t> width{};  // of the window (default: as the image); [1, 65536] pixels
  std::int64_t padding = 0;  // added on every side first; [0, 65536] pixels
  std::string fill_mode = "constant";  // what is added; "constant", "nearest", "reflect", "wrap"
  double fill_value = 0.0;  // the value that is added, with fill_mode constant
};
Augmenter Crop(const CropSettings& settings = {});

// paste a rectangle of another sample of the batch in, and mix their labels by its area
struct CutmixSettings {
  std::vector<double> factor = {1.0};  // shape of the Beta distribution of areas: drawn from [0, factor] or [low, high]
};
Augmenter Cutmix(const CutmixSettings& settings = {});

// deform the image elastically
struct ElasticSettings {
  std::vector<double> factor = {1.0, 1.0};  // probability: drawn from [0, factor] or [low, high] for each image
  std::optional<double> alpha{};  // strength (default: 34 / 28 of the larger side); [0, 1e+06] pixels
  std::optional<double> sigma{};  // smoothness (default: 4 / 28 of the smaller side); (0, 10000] pixels
  std::string interpolation = "bilinear";  // how a place between pixels is read; "nearest", "bilinear"
  std::string fill_mode = "reflect";  // what lies beyond the edge; "constant", "nearest", "reflect", "wrap"
  double fill_value = 0.0;  // the value beyond the edge, with fill_mode constant
};
Augmenter Elastic(const ElasticSettings& settings = {});

// delete a rectangle
struct ErasingSettings {
  std::vector<double> factor = {1.0};  // probability: drawn from [0, factor] or [low, high] for each image
  std::vector<double> scale = {0.02, 0.33};  // width and height are square roots of numbers from [low, high], as parts of the image's
  std::optional<double> fill_value{};  // the value of deleted pixels (default: noise)
  std::vector<double> value_range{};  // smallest and largest value of a pixel (default: those of the data)
};
Augmenter Erasing(const ErasingSettings& settings = {});

// delete single pixels
struct PixelErasingSettings {
  double rate = 0.05;  // part of the pixels; [0, 1]
  std::optional<double> fill_value{};  // the value of deleted pixels (default: noise)
  std::vector<double> value_range{};  // smallest and largest value of a pixel (default: those of the data)
};
Augmenter PixelErasing(const PixelErasingSettings& settings = {});

// take features out of a table's row
struct FeatureDropoutSettings {
  double rate = 0.1;  // probability for each feature; [0, 1]
  double fill_value = 0.0;  // what they become
};
Augmenter FeatureDropout(const FeatureDropoutSettings& settings = {});

// mirror the image
struct FlipSettings {
  std::string mode = "horizontal_and_vertical";  // the directions that may be mirrored; "horizontal", "vertical", "horizontal_and_vertical"
  double probability = 0.5;  // of each direction; [0, 1]
};
Augmenter Flip(const FlipSettings& settings = {});

// mirror the image, left to right
struct FlipHorizontalSettings {
  double probability = 0.5;  // of a mirrored image; [0, 1]
};
Augmenter FlipHorizontal(const FlipHorizontalSettings& settings = {});

// mirror the image, top to bottom
struct FlipVerticalSettings {
  double probability = 0.5;  // of a mirrored image; [0, 1]
};
Augmenter FlipVertical(const FlipVerticalSettings& settings = {});

// add noise to pixels, or to the features of a table
struct GaussianNoiseSettings {
  double stddev = 0.1;  // standard deviation of the noise; [0, 1e+06]
  bool relative = false;  // stddev counts in the images' range of values, or in each feature's standard deviation
};
Augmenter GaussianNoise(const GaussianNoiseSettings& settings = {});

// turn the circle of colours
struct HueSettings {
  std::vector<double> factor = {0.1};  // twice the largest turn either way, or [low, high]; 1 is the whole circle
  std::vector<double> value_range{};  // smallest and largest value of a pixel (default: those of the data)
};
Augmenter Hue(const HueSettings& settings = {});

// lay another sample of the batch over it, and mix their labels alike
struct MixupSettings {
  double alpha = 0.2;  // of the Beta distribution of weights: near 0 one of the two nearly vanishes, 1 is any weight; (0, 1000]
};
Augmenter Mixup(const MixupSettings& settings = {});

// look at the image from aslant
struct PerspectiveSettings {
  std::vector<double> factor = {1.0};  // probability: drawn from [0, factor] or [low, high] for each image
  double scale = 1.0;  // how far the corners move: by up to half of this part of the image; [0, 1]
  std::string interpolation = "bilinear";  // how a place between pixels is read; "nearest", "bilinear"
  std::string fill_mode = "constant";  // what lies beyond the edge; "constant", "nearest", "reflect", "wrap"
  double fill_value = 0.0;  // the value beyond the edge, with fill_mode constant
};
Augmenter Perspective(const PerspectiveSettings& settings = {});

// cut a window of random size and proportions, and resize it
struct ResizedCropSettings {
  std::optional<std::int64_t> height{};  // of the result (default: as the image); [1, 65536] pixels
  std::optional<std::int64_t> width{};  // of the result (default: as the image); [1, 65536] pixels
  std::vector<double> scale = {0.08, 1.0};  // area of the window, [low, high], as a part of the image's
  std::vector<double> ratio = {0.75, 1.3333333333333333};  // width by height of the window, [low, high]
  std::string interpolation = "bilinear";  // how a place between pixels is read; "nearest", "bilinear"
};
Augmenter ResizedCrop(const ResizedCropSettings& settings = {});

// turn the image about its centre
struct RotationSettings {
  std::vector<double> factor = {0.05};  // largest turn either way, or [low, high], as a part of the whole circle
  std::string interpolation = "bilinear";  // how a place between pixels is read; "nearest", "bilinear"
  std::string fill_mode = "reflect";  // what lies beyond the edge; "constant", "nearest", "reflect", "wrap"
  double fill_value = 0.0;  // the value beyond the edge, with fill_mode constant
};
Augmenter Rotation(const RotationSettings& settings = {});

// make the colours paler or stronger
struct SaturationSettings {
  std::vector<double> factor = {0.3, 0.7};  // [low, high], or the top of [0, factor]; 0.5 changes nothing
  std::vector<double> value_range{};  // smallest and largest value of a pixel (default: those of the data)
};
Augmenter Saturation(const SaturationSettings& settings = {});

// slant the image
struct ShearSettings {
  std::vector<double> x_factor = {0.1};  // most that a row slips against the next, or [low, high], in pixels; either way
  std::vector<double> y_factor = {0.0};  // the same for columns
  std::string interpolation = "bilinear";  // how a place between pixels is read; "nearest", "bilinear"
  std::string fill_mode = "reflect";  // what lies beyond the edge; "constant", "nearest", "reflect", "wrap"
  double fill_value = 0.0;  // the value beyond the edge, with fill_mode constant
};
Augmenter Shear(const ShearSettings& settings = {});

// shift the image
struct TranslationSettings {
  std::vector<double> height_factor = {0.1};  // largest shift up or down, or [low, high], as a part of the height
  std::vector<double> width_factor = {0.1};  // largest shift left or right, or [low, high], as a part of the width
  std::string interpolation = "bilinear";  // how a place between pixels is read; "nearest", "bilinear"
  std::string fill_mode = "reflect";  // what lies beyond the edge; "constant", "nearest", "reflect", "wrap"
  double fill_value = 0.0;  // the value beyond the edge, with fill_mode constant
};
Augmenter Translation(const TranslationSettings& settings = {});

// show less of the image, or more
struct ZoomSettings {
  std::vector<double> height_factor = {0.1};  // largest change either way, or [low, high]; -0.1 shows a tenth less
  std::vector<double> width_factor{};  // the same across (default: as the height, which keeps proportions)
  std::string interpolation = "bilinear";  // how a place between pixels is read; "nearest", "bilinear"
  std::string fill_mode = "reflect";  // what lies beyond the edge; "constant", "nearest", "reflect", "wrap"
  double fill_value = 0.0;  // the value beyond the edge, with fill_mode constant
};
Augmenter Zoom(const ZoomSettings& settings = {});

}  // namespace augmenters

// --- data/sources --------------------------------------------------------------------------------------------------

using Source = Choice<struct SourceRoom>;

namespace sources {

// text, a line for each row; types are inferred, and what the first lines say for certain of the settings is detected
struct CsvSettings {
  std::string separator{};  // between values: a character, or tab, comma, semicolon, space (any number of them), pipe (default: detected; tab of a .tsv)
  std::string decimal{};  // mark in numbers: . or , as in d.csv:separator=;,decimal=, (default: detected)
  std::string quote{};  // around values that hold separators (default: ", or ' where the header has it)
  std::string encoding{};  // utf-8, utf-16, latin-1, windows-1252, or another that iconv knows (default: detected; windows-1252 for what is not UTF-8)
  std::string comment{};  // character that begins lines to leave out (default: # or % where the file begins with such lines)
  std::optional<bool> header{};  // the first line holds the names of the columns (default: unless it holds fractions above numbers)
  std::vector<std::string> missing{};  // values that stand for missing ones, beside empty ones, ?, NA, NaN, null and their kin
};
Source Csv(const CsvSettings& settings = {});

// JPEG, PNG and WebP images: a folder with a sub-folder for each class, or one file
struct ImagesSettings {
  std::optional<std::int64_t> height{};  // to resize to (default: the images are of one size); [1, 65500] pixels
  std::optional<std::int64_t> width{};  // to resize to (default: the images are of one size); [1, 65500] pixels
  std::string color_mode = "rgb";  // what is made of every image; "rgb", "grayscale"
};
Source Images(const ImagesSettings& settings = {});

// NumPy's archive of arrays; each is a column, its first axis the row, or a scalar; objects are refused
Source Npz();

// typed, compressed columns; lists of equal length are tensors
Source Parquet();

}  // namespace sources

// --- optimize/prune ------------------------------------------------------------------------------------------------

using PruneMethod = Choice<struct PruneMethodRoom>;

namespace pruning {

// what raises the loss least to second order goes, by the squares of gradients; needs data
struct FisherSettings {
  double sparsity = 0.5;  // part of the elements, or of the channels, that goes; [0, 1)
  std::string scope = "layer";  // rank within each weight tensor or group of channels, over those that the same operators read, or over all together; "layer", "isomorphic", "global"
  std::vector<std::string> weights{};  // names or patterns such as dense_1/* (default: every kernel)
};
PruneMethod Fisher(const FisherSettings& settings = {});

// channels near the geometric median of all, for which the others can stand in, go
struct FpgmSettings {
  double sparsity = 0.5;  // part of the elements, or of the channels, that goes; [0, 1)
  std::string scope = "layer";  // rank within each weight tensor or group of channels, over those that the same operators read, or over all together; "layer", "isomorphic", "global"
  std::vector<std::string> weights{};  // names or patterns such as dense_1/* (default: every kernel)
};
PruneMethod Fpgm(const FpgmSettings& settings = {});

// the smallest weights go
struct MagnitudeSettings {
  double sparsity = 0.5;  // part of the elements, or of the channels, that goes; [0, 1)
  std::string scope = "layer";  // rank within each weight tensor or group of channels, over those that the same operators read, or over all together; "layer", "isomorphic", "global"
  std::vector<std::string> weights{};  // names or patterns such as dense_1/* (default: every kernel)
};
PruneMethod Magnitude(const MagnitudeSettings& settings = {});

// channels with the smallest scale in their batch normalisation go
struct NormalizationScaleSettings {
  double sparsity = 0.5;  // part of the elements, or of the channels, that goes; [0, 1)
  std::string scope = "layer";  // rank within each weight tensor or group of channels, over those that the same operators read, or over all together; "layer", "isomorphic", "global"
  std::vector<std::string> weights{};  // names or patterns such as dense_1/* (default: every kernel)
};
PruneMethod NormalizationScale(const NormalizationScaleSettings& settings = {});

// what goes is drawn by chance
struct RandomSettings {
  double sparsity = 0.5;  // part of the elements, or of the channels, that goes; [0, 1)
  std::string scope = "layer";  // rank within each weight tensor or group of channels, over those that the same operators read, or over all together; "layer", "isomorphic", "global"
  std::vector<std::string> weights{};  // names or patterns such as dense_1/* (default: every kernel)
  std::int64_t seed = 0;  // the same seed draws the same
};
PruneMethod Random(const RandomSettings& settings = {});

// the connections that the loss feels least go, by |gradient times weight|; needs data
struct SnipSettings {
  double sparsity = 0.5;  // part of the elements, or of the channels, that goes; [0, 1)
  std::string scope = "layer";  // rank within each weight tensor or group of channels, over those that the same operators read, or over all together; "layer", "isomorphic", "global"
  std::vector<std::string> weights{};  // names or patterns such as dense_1/* (default: every kernel)
};
PruneMethod Snip(const SnipSettings& settings = {});

// what changes the loss least goes, by gradient times weight; needs data
struct TaylorSettings {
  double sparsity = 0.5;  // part of the elements, or of the channels, that goes; [0, 1)
  std::string scope = "layer";  // rank within each weight tensor or group of channels, over those that the same operators read, or over all together; "layer", "isomorphic", "global"
  std::vector<std::string> weights{};  // names or patterns such as dense_1/* (default: every kernel)
};
PruneMethod Taylor(const TaylorSettings& settings = {});

// the smallest weights times what they multiply go; needs rows, but no loss
struct WandaSettings {
  double sparsity = 0.5;  // part of the elements, or of the channels, that goes; [0, 1)
  std::string scope = "layer";  // rank within each weight tensor or group of channels, over those that the same operators read, or over all together; "layer", "isomorphic", "global"
  std::vector<std::string> weights{};  // names or patterns such as dense_1/* (default: every kernel)
};
PruneMethod Wanda(const WandaSettings& settings = {});

}  // namespace pruning

// --- optimize/prune/patterns ---------------------------------------------------------------------------------------

using PrunePattern = Choice<struct PrunePatternRoom>;

namespace patterns {

// rectangles of the kernel, as a matrix of what is read by what is made, become zero
struct BlockSettings {
  std::int64_t rows = 4;  // channels read in a block; [1, 1048576]
  std::int64_t columns = 4;  // channels made in a block; [1, 1048576]
};
PrunePattern Block(const BlockSettings& settings = {});

// single weights become zero
PrunePattern Element();

// of M weights in a row that are added up, N stay
struct NOfMSettings {
  std::int64_t n = 2;  // weights that stay; [1, 1024]
  std::int64_t m = 4;  // weights in a row, along the channels that are read; [2, 1024]
};
PrunePattern NOfM(const NOfMSettings& settings = {});

}  // namespace patterns

// --- optimize/quantize ---------------------------------------------------------------------------------------------

using QuantizeMethod = Choice<struct QuantizeMethodRoom>;

namespace quantization {

// each weight from a table of few numbers (k-means): a file that zips well, as fast as before
struct CodebookSettings {
  std::int64_t colours = 16;  // different numbers in a weight; [2, 256]
  std::int64_t smallest = 256;  // elements that a weight has at least; [0, 1e+12]
};
QuantizeMethod Codebook(const CodebookSettings& settings = {});

// weights as integers, activations as integers with the range of each batch; needs no rows
struct DynamicSettings {
  bool per_channel = true;  // one scale for each output channel of a weight, instead of one for all
  std::string reduce_range = "auto";  // weights of 7 bits; auto: where the processor would overflow with 8; "auto", "true", "false"
  bool convolutions = false;  // convolutions too (ConvInteger, which is slower than floats on most processors)
  bool lstm = true;  // LSTM layers too (com.microsoft.DynamicQuantizeLSTM)
};
QuantizeMethod Dynamic(const DynamicSettings& settings = {});

// integers for the weights of a model that static:trainable=true made and that was trained since
QuantizeMethod Finish();

// weights and arithmetic in float16, but for layers that lose too much; needs no rows
struct Float16Settings {
  std::string io = "float32";  // type of the model's inputs and outputs; "float32", "float16"
};
QuantizeMethod Float16(const Float16Settings& settings = {});

// weights and activations as integers with fixed scales, from calibration rows
struct StaticSettings {
  std::string activations = "uint8";  // integers of the activations; ONNX Runtime has kernels for 8 bits; "uint8", "int8", "uint16", "int16"
  std::string weights = "int8";  // integers of the weights; "int8", "uint8"
  std::int64_t weight_bits = 8;  // of each weight, in integers of 8 bits: fewer zip better and run as fast; [2, 8]
  bool per_channel = true;  // one scale for each output channel of a weight, instead of one for all
  bool symmetric = false;  // activations with 0 in the middle of the integers, but for those that a ReLU cuts at 0
  std::string reduce_range = "auto";  // weights of 7 bits; auto: where the processor would overflow with 8; "auto", "true", "false"
  std::string calibrator = "best";  // one of `upkeep catalog optimize/quantize/calibrators`; best: the one with the smallest error
  std::string rounding = "auto";  // nearest; adaptive: weights up or down by what the sums of their layer become on the rows, where that helps; auto: adaptive where weights have 6 bits or fewer; "auto", "nearest", "adaptive"
  bool bias_correction = true;  // take out what the rounding of weights adds on average, where that helps
  std::string equalize = "auto";  // even out the weights of layers that follow each other; auto: where a weight has one scale; "auto", "true", "false"
  std::string smooth = "auto";  // move outliers of a LayerNormalization into the weights behind it; auto: where that helps; "auto", "true", "false"
  bool trainable = false;  // weights stay floats behind conversions, for `upkeep train`; the method finish makes integers of them afterwards
  std::int64_t rows = 512;  // most calibration rows that are used, evenly spaced; [1, 1e+09]
};
QuantizeMethod Static(const StaticSettings& settings = {});

// weights with few bits, computed with in floats; needs no rows
struct WeightOnlySettings {
  std::string type = "int8";  // what the weights are kept as; "int8", "int4", "uint4", "float16", "bfloat16"
  std::int64_t block = 32;  // weights of a channel that share a scale, for 4 bits: a power of two; [16, 256]
  std::string form = "standard";  // matmul-nbits: dense layers by ONNX Runtime's own operator, for 4 bits; "standard", "matmul-nbits"
  std::int64_t smallest = 256;  // elements that a weight has at least; [0, 1e+12]
  std::string rounding = "auto";  // nearest; adaptive: up or down by what the sums of the layer become on rows (--data); auto: adaptive where there are rows and a weight has 4 bits; "auto", "nearest", "adaptive"
};
QuantizeMethod WeightOnly(const WeightOnlySettings& settings = {});

}  // namespace quantization

// --- optimize/factorize --------------------------------------------------------------------------------------------

using FactorizeMethod = Choice<struct FactorizeMethodRoom>;

namespace factorization {

// a depthwise convolution between two of a window of one place
struct CpSettings {
  double energy = 0.8;  // part of the kernel's squared norm that the factors keep at least; without a rank; (0, 1)
  std::optional<std::int64_t> rank{};  // channels of the middle instead; [1, 1048576]
  std::int64_t iterations = 60;  // turns of least squares; [1, 10000]
  std::int64_t seed = 0;  // of the factors at the start
  std::vector<std::string> layers{};  // names or patterns such as block_* (default: every convolution of one or two axes with a window)
};
FactorizeMethod Cp(const CpSettings& settings = {});

// truncated singular value decomposition
struct SvdSettings {
  double energy = 0.99;  // part of the kernel's squared norm that the two factors keep at least; without a rank; (0, 1)
  std::optional<std::int64_t> rank{};  // of all factors instead; [1, 1048576]
  std::vector<std::string> layers{};  // names or patterns such as block_* (default: every dense and convolution layer)
};
FactorizeMethod Svd(const SvdSettings& settings = {});

// a convolution of fewer channels and filters between two of a window of one place
struct TuckerSettings {
  double energy = 0.9;  // part of the kernel's squared norm that the factors keep, at least nearly; without a rank; (0, 1)
  std::optional<std::int64_t> rank{};  // channels and filters of the middle instead; [1, 1048576]
  std::vector<std::string> layers{};  // names or patterns such as block_* (default: every convolution with a window)
};
FactorizeMethod Tucker(const TuckerSettings& settings = {});

}  // namespace factorization

// --- optimize/rewrites ---------------------------------------------------------------------------------------------

using Rewrite = Choice<struct RewriteRoom>;

namespace rewrites {

// take out the Transposes between channels-last and channels-second that can be avoided
Rewrite Channels();

// floats instead of the integers of QuantizeLinear and DequantizeLinear
Rewrite Dequantize();

// take out units, filters and heads on which no answer depends
Rewrite DropDeadChannels();

// take out operators that change nothing, and nodes and weights that nobody reads
Rewrite DropIdentities();

// let the first dimension of inputs and outputs vary
struct DynamicBatchSettings {
  std::string symbol = "batch";  // what the dimension is called
  std::vector<std::string> inputs{};  // inputs that have a batch (default: all that are no single number)
};
Rewrite DynamicBatch(const DynamicBatchSettings& settings = {});

// give the first dimension of inputs and outputs a number
struct FixedBatchSettings {
  std::int64_t size = 1;  // rows in a batch; [1, 1e+06]
};
Rewrite FixedBatch(const FixedBatchSettings& settings = {});

// give the sizes of inputs as numbers, by name or position: INPUT=1x3x320x320; ? leaves a size open
Rewrite FixedShape();

// keep weights and compute in float16
struct Float16Settings {
  std::string io = "float32";  // type of the model's inputs and outputs; "float32", "float16"
  std::string beyond = "clamp";  // what to do with weights beyond 65504; "clamp", "refuse"
  std::vector<std::string> keep{};  // operators (LayerNormalization) or nodes, by name, that stay float32
};
Rewrite Float16(const Float16Settings& settings = {});

// keep weights and compute in float32, where a model was written in float16 or bfloat16
Rewrite Float32();

// put the factors of a normalisation into the weights of the convolution or dense layer before it
Rewrite FoldBatchNormalization();

// compute what does not depend on the inputs
struct FoldConstantsSettings {
  std::int64_t growth = 65536;  // most that one result may add to the model; [0, 1e+12] bytes
};
Rewrite FoldConstants(const FoldConstantsSettings& settings = {});

// quantised layers as operators on integers (QLinearConv, MatMulInteger) instead of conversions around
Rewrite IntegerOperators();

// give attention heads that are folded into an open batch an axis of their own
Rewrite SplitHeads();

// cut by one Slice for each part what Split cuts in one go
Rewrite SplitToSlices();

}  // namespace rewrites

// --- convert/formats -----------------------------------------------------------------------------------------------

using Format = Choice<struct FormatRoom>;

namespace formats {

// C++20 that computes the model with the standard library alone: one row at a time, no heap, no exceptions; written only
Format CppHeader();

// Keras's HDF5 model file: reads what Keras 1.2 to 3 write, writes what Keras 3 reads; weights alone are read with --weights
Format KerasH5();

// weights alone in several files, as Keras 3 writes them with max_shard_size; read with --weights
Format KerasShards();

// Keras 3's file, or the folder it unpacks to, with compile settings and optimiser state
Format Keras();

// NumPy's archive of arrays: the weights alone, by "LAYER/WEIGHT"; read with --weights
Format Npz();

// ONNX, with layers, compile settings and optimiser state in its metadata
struct OnnxSettings {
  std::optional<std::int64_t> opset{};  // operator set of ai.onnx to write the model in (default: as it is); [7, 22]
  std::optional<std::int64_t> ir_version{};  // version of the file format to declare (default: as it is); [4, 10]
  bool external_data = false;  // put the weights into a file beside the model; beyond 1.9 GB they go there by themselves
  std::int64_t external_bytes = 1024;  // smaller weights stay in the model; [0, 1e+12] bytes
};
Format Onnx(const OnnxSettings& settings = {});

// ONNX as text, for models with small weights
Format OnnxText();

// ONNX Runtime's format for phones; can be run and compared, not read back
struct OrtSettings {
  std::string optimize = "extended";  // how far ONNX Runtime optimises the graph; `all` fits the processor that writes; "none", "basic", "extended", "all"
};
Format Ort(const OrtSettings& settings = {});

// Hugging Face's format of weights, by "LAYER/WEIGHT"; with the layers in the metadata it is a model, others' files are read with --weights
Format Safetensors();

}  // namespace formats

// --- explain/methods -----------------------------------------------------------------------------------------------

using ExplainMethod = Choice<struct ExplainMethodRoom>;

namespace explaining {

// Shapley values without sampling, up to about 12 features
struct ExactShapleySettings {
  std::int64_t most_features = 14;  // features that differ from the background; each doubles the evaluations; [1, 20]
};
ExplainMethod ExactShapley(const ExactShapleySettings& settings = {});

// integrated gradients over the whole background, by samples with standard errors
struct ExpectedGradientsSettings {
  std::int64_t samples = 200;  // in one round; [2, 1e+06]
  std::int64_t most_samples = 100000;  // in all, where an error is asked for; [2, 1e+08]
};
ExplainMethod ExpectedGradients(const ExpectedGradientsSettings& settings = {});

// gradient times the row, one run
ExplainMethod InputXGradient();

// what each feature adds on the straight way from the background to the row
struct IntegratedGradientsSettings {
  std::int64_t steps = 16;  // of each way at first; they double while the error is too large; [1, 1e+05]
  std::int64_t most_steps = 512;  // of each way; [1, 1e+05]
  double error = 0.01;  // allowed between the sum of the values and answer - base, as a share of it; [0, 1]
};
ExplainMethod IntegratedGradients(const IntegratedGradientsSettings& settings = {});

// Shapley values by weighted least squares over sampled coalitions
struct KernelShapSettings {
  std::int64_t samples = 0;  // coalitions; 0: 2048 and two for each feature; [0, 1e+09]
  std::int64_t most_samples = 262144;  // coalitions at most, where an error is asked for; [1, 1e+09]
};
ExplainMethod KernelShap(const KernelShapSettings& settings = {});

// a linear model of the answers around the row, with its R2
struct LimeSettings {
  std::int64_t samples = 5000;  // rows around the explained one; [2, 1e+09]
  double width = 0.0;  // of the kernel, in features; 0: 0.75 times the root of their number; [0, 1e+06]
  double ridge = 1.0;  // penalty of squared values; [0, 1e+09]
};
ExplainMethod Lime(const LimeSettings& settings = {});

// what the answer loses when one feature is hidden behind the background
ExplainMethod Occlusion();

// Owen values of a hierarchy of features; adds up at any number of samples, for many features too
struct PartitionShapSettings {
  std::int64_t samples = 512;  // coalitions; [2, 1e+09]
  std::string hierarchy = "correlation";  // what the halves are made by; "correlation", "order"
  std::vector<std::string> groups{};  // features that are joined first: names or patterns with | between them
};
ExplainMethod PartitionShap(const PartitionShapSettings& settings = {});

// Shapley values by orders of the features, walked forwards and backwards
struct PermutationShapSettings {
  std::int64_t permutations = 10;  // orders, each walked forwards and backwards; [2, 1e+09]
  std::int64_t most_permutations = 100000;  // orders at most, where an error is asked for; [2, 1e+09]
};
ExplainMethod PermutationShap(const PermutationShapSettings& settings = {});

// gradient of the answer by each feature, one run
struct SaliencySettings {
  bool absolute = true;  // magnitudes without their signs
};
ExplainMethod Saliency(const SaliencySettings& settings = {});

// mean gradient over rows with noise, in one run
struct SmoothGradSettings {
  std::int64_t samples = 50;  // rows with noise; [2, 1e+05]
  double noise = 0.15;  // standard deviation, as a share of the range; [0, 10]
  bool absolute = false;  // magnitude of the mean without its sign
};
ExplainMethod SmoothGrad(const SmoothGradSettings& settings = {});

}  // namespace explaining

// --- explain/effects -----------------------------------------------------------------------------------------------

using EffectKind = Choice<struct EffectKindRoom>;

namespace effects {

// accumulated local effects: the effect of a feature where rows are, also under correlated features
struct AleSettings {
  std::int64_t bins = 20;  // quantiles of a number; [1, 1000]
  std::int64_t replicates = 200;  // of the bootstrap behind the intervals; [20, 10000]
};
EffectKind Ale(const AleSettings& settings = {});

// accumulated local effects of pairs: what two features do together beyond each alone
struct AlePairsSettings {
  std::int64_t bins = 10;  // quantiles of each number; [1, 200]
  std::int64_t most_features = 6;  // numbers, whose pairs are measured; [2, 100]
};
EffectKind AlePairs(const AlePairsSettings& settings = {});

// how much two features do together that is not the sum of both (Friedman's H)
struct InteractionsSettings {
  std::int64_t rows = 50;  // rows at most, drawn by seed; each pair takes their square in evaluations; [2, 10000]
  std::int64_t most_features = 10;  // features, whose pairs are measured; [2, 1000]
};
EffectKind Interactions(const InteractionsSettings& settings = {});

// mean answer by the value of a feature, with curves of single rows (ICE)
struct PartialDependenceSettings {
  std::int64_t points = 50;  // values of a number; [2, 1000]
  std::int64_t rows = 1000;  // rows at most, drawn by seed; [1, 1e+07]
  std::int64_t ice = 30;  // rows whose own curves are kept; [0, 10000]
};
EffectKind PartialDependence(const PartialDependenceSettings& settings = {});

// how much the loss rises when a feature is shuffled, with repeats
struct PermutationImportanceSettings {
  std::int64_t repeats = 10;  // shuffles of each feature; [2, 100]
};
EffectKind PermutationImportance(const PermutationImportanceSettings& settings = {});

}  // namespace effects

// clang-format on

}  // namespace upkeep::api
