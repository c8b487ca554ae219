#include "engine/device/cuda/memory.h"

#include <array>
#include <string>

namespace tessera::device::cuda {
namespace {

constexpr size_t kPitchAlign = 512;
constexpr size_t kRowAlign = 64;

constexpr size_t round_up(size_t n, size_t to) { return (n + to - 1) / to * to; }

/// The planes of a picture in one block of memory that begins at 0. Returns the block's bytes.
size_t lay_out(const media::FrameFormat& format, size_t align, std::array<media::Plane, 4>& planes,
               std::array<size_t, 4>& offsets) {
  const auto sample = static_cast<size_t>(format.bytes_per_sample());
  const size_t pitch = round_up(static_cast<size_t>(format.width) * sample, align);
  const size_t chroma_pitch = format.semi_planar ? pitch : pitch >> format.chroma_shift_x;
  size_t at = 0;
  const auto place = [&](size_t i, size_t row, int width, int height, int step) {
    planes[i] = {nullptr, static_cast<ptrdiff_t>(row), width, height, step};
    offsets[i] = at;
    at += row * static_cast<size_t>(height);
  };
  const int width = format.chroma_width(), height = format.chroma_height();
  place(0, pitch, format.width, format.height, 1);
  if (format.semi_planar) {
    place(1, chroma_pitch, width, height, 2);
    planes[2] = planes[1];
    offsets[2] = offsets[1] + sample;
  } else {
    place(2, chroma_pitch, width, height, 1);
    place(1, chroma_pitch, width, height, 1);
  }
  if (format.has_alpha) place(3, pitch, format.width, format.height, 1);
  return round_up(at, align);
}

std::shared_ptr<media::Frame> frame_of(const media::FrameFormat& format, const std::array<media::Plane, 4>& planes,
                                       const std::array<size_t, 4>& offsets, uint8_t* base) {
  auto frame = std::make_shared<media::Frame>();
  frame->format = format;
  for (size_t i = 0; i < planes.size(); ++i) {
    frame->planes[i] = planes[i];
    if (planes[i].height > 0) frame->planes[i].data = base + offsets[i];
  }
  return frame;
}

/// "wanted 4096 bytes, 512 of 1048576 are free"
std::string shortage(const Context& context, size_t wanted) {
  std::string text = "wanted " + std::to_string(wanted) + " bytes";
  size_t free_bytes = 0, all_bytes = 0;
  if (context.api().cuMemGetInfo(&free_bytes, &all_bytes) != CUDA_SUCCESS) return text;
  return text + ", " + std::to_string(free_bytes) + " of " + std::to_string(all_bytes) + " are free";
}

}  // namespace

Result<std::shared_ptr<DeviceMemory>> DeviceMemory::allocate(std::shared_ptr<Context> context, size_t bytes) {
  TESSERA_TRY_ASSIGN(const auto current, context->enter());
  CUdeviceptr address = 0;
  auto made = TESSERA_CU(context->api(), cuMemAlloc, &address, bytes);
  if (!made) {
    made.error().detail += ": " + shortage(*context, bytes);
    return tl::unexpected<Error>(made.error());
  }
  context->count_allocation();
  return std::shared_ptr<DeviceMemory>(new DeviceMemory(std::move(context), address, bytes));
}

DeviceMemory::~DeviceMemory() {
  context_->give_back([this] { return TESSERA_CU(context_->api(), cuMemFree, address_); });
}

Result<std::shared_ptr<PinnedMemory>> PinnedMemory::allocate(std::shared_ptr<Context> context, size_t bytes) {
  TESSERA_TRY_ASSIGN(const auto current, context->enter());
  void* data = nullptr;
  TESSERA_TRY(TESSERA_CU(context->api(), cuMemHostAlloc, &data, bytes, 0));
  context->count_allocation();
  return std::shared_ptr<PinnedMemory>(new PinnedMemory(std::move(context), static_cast<uint8_t*>(data), bytes));
}

PinnedMemory::~PinnedMemory() {
  context_->give_back([this] { return TESSERA_CU(context_->api(), cuMemFreeHost, data_); });
}

Result<std::shared_ptr<media::Frame>> make_surface(const std::shared_ptr<Context>& context,
                                                   const media::FrameFormat& format) {
  std::array<media::Plane, 4> planes{};
  std::array<size_t, 4> offsets{};
  TESSERA_TRY_ASSIGN(const auto memory, DeviceMemory::allocate(context, lay_out(format, kPitchAlign, planes, offsets)));
  auto frame = frame_of(format, planes, offsets, reinterpret_cast<uint8_t*>(memory->address()));
  frame->owner = memory;
  frame->memory = media::Memory::kCuda;
  return frame;
}

Result<std::shared_ptr<media::Frame>> make_pinned(const std::shared_ptr<Context>& context,
                                                  const media::FrameFormat& format) {
  std::array<media::Plane, 4> planes{};
  std::array<size_t, 4> offsets{};
  TESSERA_TRY_ASSIGN(const auto memory,
                     PinnedMemory::allocate(context, lay_out(format, 2 * kRowAlign, planes, offsets)));
  auto frame = frame_of(format, planes, offsets, memory->data());
  frame->owner = memory;
  return frame;
}

Result<int64_t> queue_copy(const Context& context, const media::Frame& to, const media::Frame& from) {
  const bool up = to.memory == media::Memory::kCuda;
  int64_t bytes = 0;
  for (size_t i = 0; i < to.planes.size(); ++i) {
    const media::Plane &a = from.planes[i], &b = to.planes[i];
    if (b.height == 0 || (i == 2 && to.format.semi_planar)) continue;
    CUDA_MEMCPY2D copy{};
    copy.srcMemoryType = up ? CU_MEMORYTYPE_HOST : CU_MEMORYTYPE_DEVICE;
    copy.dstMemoryType = up ? CU_MEMORYTYPE_DEVICE : CU_MEMORYTYPE_HOST;
    if (up) {
      copy.srcHost = a.data;
      copy.dstDevice = reinterpret_cast<CUdeviceptr>(b.data);
    } else {
      copy.srcDevice = reinterpret_cast<CUdeviceptr>(a.data);
      copy.dstHost = b.data;
    }
    copy.srcPitch = static_cast<size_t>(a.stride);
    copy.dstPitch = static_cast<size_t>(b.stride);
    copy.WidthInBytes =
        static_cast<size_t>(b.width) * static_cast<size_t>(b.step) * static_cast<size_t>(to.format.bytes_per_sample());
    copy.Height = static_cast<size_t>(b.height);
    TESSERA_TRY(TESSERA_CU(context.api(), cuMemcpy2DAsync, &copy, context.stream()));
    bytes += static_cast<int64_t>(copy.WidthInBytes * copy.Height);
  }
  return bytes;
}

}  // namespace tessera::device::cuda
