#include "base/other_words.hpp"

#include <algorithm>

#include "base/names.hpp"

namespace upkeep {

namespace {

struct Meaning {
  std::string_view words;  // in plain letters, with blanks between
  std::string_view names;  // those here, the likeliest first
};

// A meaning is told only where its name is among the candidates, so that a list serves losses, metrics, layers and settings alike.
constexpr Meaning kMeanings[] = {
    {"bce bceloss bcewithlogits bcewithlogitsloss logloss logistic logisticloss binarylogloss binarycrossentropyloss",
     "binary_crossentropy"},
    {"ce xent crossentropy crossentropyloss nll nllloss negativeloglikelihood softmaxcrossentropy multinomial",
     "sparse_categorical_crossentropy categorical_crossentropy binary_crossentropy"},
    {"cce multiclass", "categorical_crossentropy"},
    {"scce sparsecrossentropy sparsecategorical", "sparse_categorical_crossentropy"},
    {"focal focalloss", "binary_focal_crossentropy categorical_focal_crossentropy"},
    {"l2 l2loss mseloss squarederror negmeansquarederror squared leastsquares ols", "mse"},
    {"l1 l1loss absoluteerror negmeanabsoluteerror meanabs", "mae"},
    {"rmseloss rootmse negrootmeansquarederror", "rmse"},
    {"smoothl1 smoothl1loss huberloss", "huber"},
    {"kl kldiv kldivloss", "kl_divergence"},
    {"diceloss", "dice"},
    {"f1 fscore f f1macro f1micro f1weighted", "f1_score"},
    {"fbeta f2 f2score", "fbeta_score"},
    {"accuracyscore balancedaccuracy acc1 top1", "accuracy"},
    {"rocauc auroc rocaucscore rocaucovr aucroc aucpr prauc averageprecision averageprecisionscore ap", "auc"},
    {"rsquared r2s explainedvariance", "r2"},
    {"precisionscore ppv", "precision"},
    {"recallscore sensitivity tpr", "recall"},
    {"specificity tnr", "specificity_at_sensitivity"},
    {"topk top5 top3 topkaccuracy top5accuracy topkaccuracyscore", "top_k_categorical_accuracy sparse_top_k_categorical_accuracy"},
    {"miou jaccard jaccardscore", "mean_iou iou"},
    {"pearson pearsonr corr correlation", "pearson_correlation"},
    {"momentum nesterov sgdm gd", "sgd"},
    {"cosine cosineannealing cosineannealinglr", "cosine-decay cosine_similarity"},
    {"sgdr cosineannealingwarmrestarts", "cosine-decay-restarts"},
    {"exponential exponentiallr exp", "exponential-decay"},
    {"step steplr multistep multisteplr stepdecay", "piecewise-constant-decay"},
    {"poly polynomial polynomiallr linear linearlr", "polynomial-decay"},
    {"warmup", "linear-warmup"},
    {"plateau", "reduce-on-plateau"},
    {"earlystop patience", "early-stopping"},
    {"checkpoint ckpt", "model-checkpoint"},
    {"tb", "tensorboard"},
    {"nan stoponnan", "terminate-on-nan"},
    {"lr eta stepsize", "learning_rate"},
    {"wd l2decay decay", "weight_decay"},
    {"betas beta", "beta_1 beta_2"},
    {"eps", "epsilon"},
    {"clip clipgrad maxgradnorm gradclip maxnorm", "global_clipnorm"},
    {"fit learn optimize", "train"},
    {"test score benchmark validate", "evaluate"},
    {"infer inference run classify forecast transform", "predict"},
    {"export save onnx", "convert"},
    {"summary info show print describe", "inspect"},
    {"compare", "diff"},
    {"publish deploy push register", "registry serve"},
    {"server api host", "serve"},
    {"lr lrfinder learningratefinder", "learning-rate"},
    {"linear fc fullyconnected lineal mlp", "dense"},
    {"bn batchnorm batchnorm1d batchnorm2d", "batch_normalization"},
    {"ln layernorm", "layer_normalization"},
    {"gn groupnorm", "group_normalization"},
    {"standardscaler standardize normalize scaler", "normalization"},
    {"scale", "rescaling"},
    {"conv convolution", "conv2d conv1d"},
    {"maxpool maxpool2d pool pooling", "max_pooling2d max_pooling1d"},
    {"avgpool avgpool2d meanpool", "average_pooling2d average_pooling1d"},
    {"gap adaptiveavgpool2d globalavgpool globalavgpool2d", "global_average_pooling2d global_average_pooling1d"},
    {"embed", "embedding"},
    {"view", "reshape"},
    {"concat cat", "concatenate"},
    {"residual skip", "add"},
    {"mha selfattention", "multi_head_attention"},
    {"upsample", "up_sampling2d"},
    {"neurons nodes outfeatures hiddensize hiddenunits dim outputdim size width", "units"},
    {"channels outchannels nfilters", "filters"},
    {"kernel ksize", "kernel_size"},
    {"stride", "strides"},
    {"pad", "padding"},
    {"act nonlinearity", "activation"},
    {"p prob droprate dropprob dropout probability", "rate"},
    {"l2reg weightdecay regularizer", "kernel_regularizer"},
    {"inputshape inputsize infeatures", "shape"},
};

}  // namespace

std::string plain_letters(std::string_view name) {
  std::string plain;
  for (const char c : name)
    if (c >= 'A' && c <= 'Z') plain += static_cast<char>(c - 'A' + 'a');
    else if (c != '-' && c != '_' && c != ' ' && c != '.') plain += c;
  return plain;
}

std::vector<std::string> meant_by(std::string_view name, const std::vector<std::string>& candidates) {
  const std::string plain = plain_letters(name);
  std::vector<std::string> meant;
  for (const std::string& candidate : candidates)
    if (plain_letters(candidate) == plain) meant.push_back(candidate);
  for (const Meaning& meaning : kMeanings)
    if (std::ranges::contains(split(meaning.words, ' '), plain))
      for (std::string& one : split(meaning.names, ' '))
        if (std::ranges::contains(candidates, one) && !std::ranges::contains(meant, one)) meant.push_back(std::move(one));
  return meant;
}

}  // namespace upkeep
