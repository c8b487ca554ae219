// Kernels for the simulator's own tests, in the form in which the CPU build of the project's kernels comes.
#include <cstdint>

#define TEST_EXPORT extern "C" __attribute__((visibility("default")))

TEST_EXPORT int64_t tessera_kernels_delta;
int64_t tessera_kernels_delta = 0;

namespace {

template <class T>
T* at(uint64_t address) {
  return reinterpret_cast<T*>(address + static_cast<uint64_t>(tessera_kernels_delta));
}

template <class T>
T argument(void** args, int i) {
  return *static_cast<T*>(args[i]);
}

}  // namespace

// add(out, a, b, n): out[i] = a[i] + b[i] over bytes, i < n.
TEST_EXPORT const unsigned tessera_host_add_parameters;
const unsigned tessera_host_add_parameters = 4;
TEST_EXPORT void tessera_host_add(const unsigned grid[3], const unsigned block[3], void** args) {
  auto* out = at<uint8_t>(argument<uint64_t>(args, 0));
  const auto *a = at<uint8_t>(argument<uint64_t>(args, 1)), *b = at<uint8_t>(argument<uint64_t>(args, 2));
  const auto n = static_cast<uint64_t>(argument<int>(args, 3));
  for (uint64_t i = 0; i < uint64_t{grid[0]} * block[0] && i < n; ++i) out[i] = static_cast<uint8_t>(a[i] + b[i]);
}

// poke(out, offset, value): one byte, wherever that is.
TEST_EXPORT const unsigned tessera_host_poke_parameters;
const unsigned tessera_host_poke_parameters = 3;
TEST_EXPORT const unsigned tessera_host_poke_sizes[];
const unsigned tessera_host_poke_sizes[] = {8, 8, 1};
TEST_EXPORT void tessera_host_poke(const unsigned*, const unsigned*, void** args) {
  *at<uint8_t>(argument<uint64_t>(args, 0) + argument<uint64_t>(args, 1)) = argument<uint8_t>(args, 2);
}
