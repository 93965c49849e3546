// Weights as Keras 1, Theano and cuDNN kept them.
#pragma once

#include "convert/formats/shared/keras.hpp"

namespace upkeep::formats {

// The weights of a layer of a file that Keras 1 wrote, in the layout and under the names of Keras 2: gates of recurrent layers together,
// the axes of kernels in today's order. Other layers' stay as they are.
NamedTensors weights_of_keras_one(const LayerSpec& layer, NamedTensors tensors);

// Theano turned the windows of its convolutions round: kernels of a file that it wrote, as everybody else has them.
NamedTensors weights_of_theano(const LayerSpec& layer, NamedTensors tensors);

// CuDNNGRU and CuDNNLSTM of Keras 2 kept each gate's matrices the other way round, and a bias of the input and one of the state. Their
// weights as GRU and LSTM have them; other layers' stay as they are.
NamedTensors weights_of_cudnn(const LayerSpec& layer, NamedTensors tensors);

}  // namespace upkeep::formats
