#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "engine/base/log.h"
#include "engine/device/device.h"
#include "engine/media/take_reader.h"
#include "engine/pipeline/render_device.h"
#include "random_plans.h"
#include "tests/support/check_kernels.h"

/// check_device plans KIND FIRST LAST: random plans, seed by seed, on the scalar reference and on a device.
/// check_device kernels FIRST LAST: random jobs of what frame plans do not use yet, on the scalar reference and on a
/// GPU. check_device picture FILE: how a hardware decoder lays out its first picture. Exit: 0 the same, 1 a difference,
/// 30 a device's error, as tessera.
namespace {

using namespace tessera;

int told(const Error& error) {
  std::fprintf(stderr, "check_device: error: %s\n", describe(error).c_str());
  return exit_code(error.code);
}

int compare_plans(const std::string& kind, uint32_t first, uint32_t last) {
  const auto cpu = device::create_device("cpu", {"scalar"});
  const auto other = device::create_device(kind, {});
  if (!cpu || !other) return told(cpu ? other.error() : cpu.error());
  int surfaces = 0, different = 0;
  for (uint32_t seed = first; seed <= last; ++seed) {
    device::RandomShow show(seed);
    const auto want = show.run(**cpu), got = show.run(**other);
    if (!want) return told(want.error());
    if (!got) return told(got.error());
    for (size_t i = 0; i < want->size(); ++i) {
      ++surfaces;
      const std::string where = device::difference(*(*want)[i], *(*got)[i]);
      if (where.empty()) continue;
      if (++different <= 10) std::printf("%s, surface %zu: %s\n", show.describe().c_str(), i, where.c_str());
    }
  }
  std::printf("%u plans, %d surfaces, %d different\n", last - first + 1, surfaces, different);
  return different == 0 ? 0 : 1;
}

#ifdef TESSERA_HAS_CUDA
int compare_kernels(uint32_t first, uint32_t last) {
  const auto found = check_kernels(first, last);
  if (!found) return told(found.error());
  std::printf("seeds %u to %u, %d planes, %d different\n", first, last, found->planes, found->different);
  return found->different == 0 ? 0 : 1;
}
#else
int compare_kernels(uint32_t, uint32_t) { return told(Error{Errc::kDevice, "device.cuda", "this build has no CUDA"}); }
#endif

int tell_picture(const std::string& file) {
  const media::MediaLimits limits;
  Log log(LogLevel::kOff, LogFormat::kText);
  const auto index = media::index_take(file, {}, limits, "", log);
  if (!index) return told(index.error());
  const auto device = device::create_device("cuda", {});
  if (!device) return told(device.error());
  auto hardware = pipeline::hardware_of(**device);
  if (!hardware) return told(hardware.error());
  const auto counters = std::make_shared<media::MediaCounters>();
  const auto reader = media::TakeReader::open(*index, limits, 1, {*hardware, counters});
  if (!reader) return told(reader.error());
  const auto picture = (*reader)->frame(0);
  if (!picture) return told(picture.error());
  const media::Frame& f = *picture->frame;
  const char* const where = f.memory == media::Memory::kCuda ? "on the GPU" : "in host memory";
  std::printf("%dx%d %s, pitch %td, chroma after %td rows of it, interleaved: %s, fall-backs %lld\n", f.format.width,
              f.format.height, where, f.planes[0].stride, (f.planes[1].data - f.planes[0].data) / f.planes[0].stride,
              f.format.semi_planar ? "yes" : "no", static_cast<long long>(counters->fall_backs.load()));
  return f.memory == media::Memory::kCuda ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 5 && std::strcmp(argv[1], "plans") == 0) {
    return compare_plans(argv[2], static_cast<uint32_t>(std::atoi(argv[3])), static_cast<uint32_t>(std::atoi(argv[4])));
  }
  if (argc == 4 && std::strcmp(argv[1], "kernels") == 0) {
    return compare_kernels(static_cast<uint32_t>(std::atoi(argv[2])), static_cast<uint32_t>(std::atoi(argv[3])));
  }
  if (argc == 3 && std::strcmp(argv[1], "picture") == 0) return tell_picture(argv[2]);
  std::fprintf(
      stderr,
      "usage: check_device plans KIND FIRST LAST | check_device kernels FIRST LAST | check_device picture FILE\n");
  return 2;
}
