#pragma once
// Clients of the simulated video libraries: an encoder on device memory, a decoder with or without the parser.
#include <memory>
#include <string>

#include "tests/simgpu/tests/driver.h"

#include <ffnvcodec/nvEncodeAPI.h>

namespace tessera::simgpu::test {

constexpr unsigned kWidth = 256, kHeight = 144, kPitch = 512;
constexpr size_t kSurfaceBytes = size_t{kPitch} * kHeight * 3 / 2;

/// The calls of both libraries.
const NV_ENCODE_API_FUNCTION_LIST& nvenc();
const CuvidFunctions& cuvid();

/// An H.264 session of kWidth x kHeight at constant quality.
struct EncoderClient {
  void* session = nullptr;
  NVENCSTATUS opened = NV_ENC_SUCCESS;

  explicit EncoderClient(CUcontext context, unsigned b_pictures = 0);

  NV_ENC_REGISTERED_PTR add(CUdeviceptr surface) const;
  NV_ENC_INPUT_PTR map(NV_ENC_REGISTERED_PTR registration) const;
  NV_ENC_OUTPUT_PTR output() const;
  NVENCSTATUS encode(NV_ENC_INPUT_PTR input, NV_ENC_OUTPUT_PTR output, unsigned flags = 0) const;
  NVENCSTATUS end() const;
  /// Locks, copies and unlocks; empty where locking fails, and `status` says why.
  std::vector<unsigned char> take(NV_ENC_OUTPUT_PTR output, NVENCSTATUS* status = nullptr) const;
  void close() const;
};

/// `pictures` grey pictures of kWidth x kHeight, each brighter than the one before, as H.264 with parameter sets.
std::vector<std::vector<unsigned char>> grey_stream(const Driver& d, CUcontext context, int pictures);
unsigned char grey_of(int picture);

}  // namespace tessera::simgpu::test
