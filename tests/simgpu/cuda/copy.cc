#include "tests/simgpu/cuda/copy.h"

#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "tests/simgpu/cuda/executor.h"
#include "tests/simgpu/cuda/host_memory.h"
#include "tests/simgpu/cuda/memory.h"
#include "tests/simgpu/cuda/options.h"
#include "tests/simgpu/simgpu.h"

namespace tessera::simgpu {
namespace {

size_t extent(const Side& side, const Rows& rows) { return (rows.height - 1) * side.pitch + rows.width; }

/// The allocation's serial (0 for host memory), or nullopt after a misuse line.
std::optional<int64_t> check(const Call& call, const Side& side, const Rows& rows) {
  if (rows.height > 1 && side.pitch < rows.width) {
    call.misuse(kInvalidValue, "the pitch is less than the width");
    return std::nullopt;
  }
  if (!side.device) {
    if (side.address != 0 && !memory::is_device(side.address)) return 0;
    call.misuse(kInvalidValue, side.address ? "a device address where host memory is wanted" : "a null host pointer");
    return std::nullopt;
  }
  const auto allocation = memory::find(side.address, extent(side, rows), call.name());
  if (!allocation) return std::nullopt;
  if (allocation->context != context::current())
    call.misuse(kInvalidContext, "memory of another context than the current");
  return allocation->serial;
}

bool still_there(const Side& side, const Rows& rows, int64_t serial, const char* call) {
  if (!side.device) return true;
  const auto now = memory::peek(side.address, extent(side, rows));
  if (now && now->serial == serial) return true;
  simgpu_misuse("%s: allocation #%lld was freed before the queued copy ran", call, static_cast<long long>(serial));
  return false;
}

unsigned char* bytes_of(const Side& side) {
  return side.device ? memory::data(side.address) : reinterpret_cast<unsigned char*>(side.address);
}

void move_rows(unsigned char* to, size_t to_pitch, const unsigned char* from, size_t from_pitch, const Rows& rows) {
  for (size_t y = 0; y < rows.height; ++y) std::memmove(to + y * to_pitch, from + y * from_pitch, rows.width);
}

void count(const Side& to, const Side& from, const Rows& rows) {
  const std::string direction = std::string(from.device ? "d" : "h") + "to" + (to.device ? "d" : "h");
  const auto bytes = static_cast<int64_t>(rows.width * rows.height);
  simgpu_count(("bytes." + direction).c_str(), bytes);
  if (rows.pixels) simgpu_count(("bytes." + direction + "_pixels").c_str(), bytes);
}

bool pageable(const Side& side, const Rows& rows) {
  return !side.device && !host_memory::pinned(reinterpret_cast<const void*>(side.address), extent(side, rows));
}

}  // namespace

Side anywhere(uint64_t address) { return {memory::is_device(address), address, 0}; }

CUresult copy(const Call& call, Side to, Side from, Rows rows, CUstream stream, bool blocking) {
  if (call.refused()) return call.code();
  stream = context::check(call, stream, true);
  if (!stream) return kInvalidHandle;
  if (rows.width == 0 || rows.height == 0) return CUDA_SUCCESS;
  const auto to_serial = check(call, to, rows), from_serial = check(call, from, rows);
  if (!to_serial || !from_serial) return kInvalidValue;
  count(to, from, rows);
  std::vector<unsigned char> staged;
  if (options().lazy && pageable(from, rows)) {
    staged.resize(rows.width * rows.height);
    move_rows(staged.data(), rows.width, bytes_of(from), from.pitch, rows);
  }
  auto op = executor::submit(
      stream, [=, name = call.name(), to_was = *to_serial, from_was = *from_serial, staged = std::move(staged)] {
        if (!still_there(to, rows, to_was, name) || !still_there(from, rows, from_was, name)) return;
        if (staged.empty())
          move_rows(bytes_of(to), to.pitch, bytes_of(from), from.pitch, rows);
        else
          move_rows(bytes_of(to), to.pitch, staged.data(), rows.width, rows);
      });
  const bool between_devices = to.device && from.device;  // the driver does not wait for these, blocking or not
  if ((blocking && !between_devices) || pageable(to, rows)) executor::wait(op);
  return CUDA_SUCCESS;
}

CUresult fill(const Call& call, Side to, unsigned value, size_t size, size_t count, size_t height, CUstream stream) {
  if (call.refused()) return call.code();
  stream = context::check(call, stream, true);
  if (!stream) return kInvalidHandle;
  const Rows rows{size * count, height, false};
  if (rows.width == 0 || rows.height == 0) return CUDA_SUCCESS;
  if (to.address % size != 0) return call.misuse(kInvalidValue, "the address is not aligned to the value's size");
  const auto serial = check(call, to, rows);
  if (!serial) return kInvalidValue;
  executor::submit(stream, [=, name = call.name(), was = *serial] {
    if (!still_there(to, rows, was, name)) return;
    for (size_t y = 0; y < rows.height; ++y)
      for (size_t x = 0; x < rows.width; x += size) std::memcpy(bytes_of(to) + y * to.pitch + x, &value, size);
  });
  return CUDA_SUCCESS;
}

}  // namespace tessera::simgpu
