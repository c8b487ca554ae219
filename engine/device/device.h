#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/device/frame_plan.h"
#include "engine/media/frame.h"
#include "engine/media/hw.h"

namespace tessera::device {

/// What a device can do. 0 means: not at all.
struct Limits {
  int max_side = 0;  ///< pixels of a surface
  bool depth10 = false;
  int max_frames_in_flight = 1;
};

/// What a device did since it was made. Steady state: the byte counters of pixels and `allocations` stand still.
struct Counters {
  int64_t host_to_device_bytes = 0;  ///< of pictures: samples only
  int64_t uploads = 0;               ///< pictures moved host->device
  int64_t parameter_bytes = 0;       ///< all else that was moved host->device: what to do, and tables
  int64_t device_to_host_bytes = 0;
  int64_t launches = 0;     ///< batches executed; of a GPU, its dispatches
  int64_t submissions = 0;  ///< times work was handed to a GPU's queue
  int64_t allocations = 0;  ///< surfaces and scratch made, not taken from a pool
};

/// Where planes live and operations run. The CPU device's surfaces are host frames, so nothing is ever copied. Other
/// devices' surfaces must not be read or written through their planes' pointers; download() gives what can be read.
///
/// Thread-safety: one caller at a time; surfaces and downloaded frames may be released on any thread, and downloaded
/// frames read on any.
class Device {
 public:
  virtual ~Device() = default;
  virtual std::string name() const = 0;  ///< "cpu"
  virtual const Limits& limits() const = 0;
  virtual Counters counters() const = 0;

  /// A surface from the pool of its format; goes back there when the last reference is dropped. Content undefined.
  /// @retval kLimit sides outside the limits; kCapacity no memory
  virtual Result<std::shared_ptr<media::Frame>> surface(const media::FrameFormat& format) = 0;

  /// Executes a frame plan: its operations in order, as the specification in kernels/README.md says, exactly. Frames
  /// read that are not this device's surfaces are taken from host memory, once for as long as they live. On the CPU it
  /// returns when all is done; elsewhere when all is queued, which waits only for the plan
  /// limits().max_frames_in_flight before this one. What the plan uses stays alive until it is done.
  /// @retval kDevice the device was lost, or did not answer; kCapacity no memory; after either, make another device
  virtual Result<void> execute(const FramePlan& plan) = 0;

  /// A surface as a frame in host memory that stays as it is while the caller holds it, and while nothing writes to
  /// the surface. Waits until what was queued for it is done. Quick for what the last plans named as their results.
  /// @retval kDevice, kCapacity as execute()
  virtual Result<media::FrameRef> download(const media::FrameRef& surface) = 0;

  /// Waits until all plans so far are done, and says whether they were. What reads surfaces on the device, as encoders
  /// there do, has read right samples only then.
  /// @retval kDevice, kCapacity as execute()
  virtual Result<void> finish() { return {}; }

  /// Of a CUDA device, what decoders and encoders share with it; else nothing.
  virtual std::optional<media::CudaHandles> cuda_handles() const { return std::nullopt; }
};

struct DeviceOptions {
  /// Which vector instructions the cpu device uses: "auto" (the best this machine has), or one of simd_levels(). The
  /// bytes are the same for all.
  std::string simd = "auto";
  /// Run with the Khronos validation layer, any message of which is then an error (vulkan device only). Also where the
  /// environment has TESSERA_VULKAN_VALIDATION=1.
  bool validation = false;
  /// Told why "auto" does not use an NVIDIA GPU that is there; may be empty.
  std::function<void(const Error&)> skipped = nullptr;
};

/// A GPU, or what stands in for one, and whether it can be used.
struct Adapter {
  std::string name;     ///< "llvmpipe (LLVM 15.0.6, 256 bits)"
  std::string type;     ///< "discrete", "integrated", "virtual", "software" or "other"
  std::string driver;   ///< name and version, free text
  std::string api;      ///< version of the interface: "1.3.230"
  std::string missing;  ///< why it can't be used; empty where it can
};

/// Every Vulkan device that the installed drivers know. @retval kDevice there can't be any, and why
Result<std::vector<Adapter>> vulkan_adapters();

/// An NVIDIA GPU, and whether it can be used.
struct CudaAdapter {
  std::string name;          ///< "NVIDIA L4"
  std::string capability;    ///< compute capability: "8.9"
  int64_t memory_bytes = 0;  ///< in all
  std::string driver;        ///< its version, "580.65.06"; empty where the system does not say
  std::string cuda;          ///< the newest CUDA that the driver knows: "13.0"
  std::string kernels;       ///< what this build has for it: "sm_89", or "PTX" that the driver compiles; empty: nothing
  std::string missing;       ///< why it can't be used; empty where it can
};

/// The oldest NVIDIA driver that takes this build's kernels: "580"; empty: a build without CUDA, or not known.
std::string wanted_cuda_driver();

/// Every NVIDIA GPU that the driver knows. @retval kDevice there can't be any, and what to do
Result<std::vector<CudaAdapter>> cuda_adapters();

/// What DeviceOptions::simd can name on this machine, beside "auto": "scalar", then every level in rising order, such
/// as "sse4", "avx2", "avx512", "avx512vnni".
std::vector<std::string> simd_levels();

/// @param kind "cpu"; "cuda": the first usable NVIDIA GPU; "vulkan": the first usable Vulkan device, software ones
/// last; "auto": an NVIDIA GPU, else a Vulkan device that is no software one, else the CPU
/// @retval kUsage an unknown word, or a SIMD level that this machine does not have (lists those it has); kDevice a
/// known device this build or machine lacks (says what is missing)
Result<std::unique_ptr<Device>> create_device(const std::string& kind, const DeviceOptions& options);

}  // namespace tessera::device
