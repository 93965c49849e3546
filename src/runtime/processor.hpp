// What the processor that this process runs on can do.
#pragma once

namespace upkeep {

// Whether it multiplies bytes into 32-bit sums in one instruction (x86: AVX-VNNI or AVX512-VNNI; arm64: dot product). Without, ONNX
// Runtime's kernels for x86 add pairs of products of uint8 and int8 in 16 bits, which overflow with weights of 8 bits.
bool multiplies_bytes_exactly();

}  // namespace upkeep
