# Writes OUT, a C++ source that holds the fat binary FATBIN, made by the toolkit VERSION for ARCHITECTURES (a list):
# see engine/device/cuda/fatbin.h.
file(READ ${FATBIN} hex HEX)
string(LENGTH "${hex}" digits)
math(EXPR short "${digits} % 16")
if(short)
  message(FATAL_ERROR "${FATBIN}: want a multiple of 8 bytes")
endif()
# Both are in the byte order of little endian machines, which is what GPUs' hosts are.
string(REGEX REPLACE "(..)(..)(..)(..)(..)(..)(..)(..)" "0x\\8\\7\\6\\5\\4\\3\\2\\1,\n" words "${hex}")
string(REPLACE ";" ", " architectures "${ARCHITECTURES}")
file(CONFIGURE OUTPUT ${OUT} @ONLY CONTENT [[
#include "engine/device/cuda/fatbin.h"
namespace tessera::device::cuda {
namespace {
constexpr uint64_t kFatbin[] = {
@words@};
constexpr int kArchitectures[] = {@architectures@};
}  // namespace
const std::span<const uint64_t> fatbin(kFatbin);
const std::span<const int> fatbin_architectures(kArchitectures);
const int fatbin_cuda_version = @VERSION@;
}  // namespace tessera::device::cuda
]])
