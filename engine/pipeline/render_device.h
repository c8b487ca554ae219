#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "engine/base/log.h"
#include "engine/base/result.h"
#include "engine/device/device.h"
#include "engine/media/hw.h"

namespace tessera::pipeline {

/// The device of one thread, and the CPU in its place should it fail where the user left the choice to us. Every device
/// gives the same bytes, so work can go on anywhere.
/// Thread-safety: one caller at a time.
class RenderDevice {
 public:
  /// Makes a device of a kind.
  using Open = std::function<Result<std::unique_ptr<device::Device>>(const std::string& kind)>;

  /// @param kind as the user said; only "auto" is replaced
  /// @param said set once a failure was logged; shared by the threads of a run, so that it is said once
  static Result<std::unique_ptr<RenderDevice>> create(const std::string& kind, Open open, Log& log,
                                                      std::shared_ptr<std::atomic<bool>> said);

  device::Device& get() { return *device_; }

  /// What hardware decoders and encoders share with get(); null where it is no CUDA device.
  const std::shared_ptr<media::HwDevice>& hardware() const { return hardware_; }

  /// What hardware decoders share with get(); null once they gave their memory up, too.
  std::shared_ptr<media::HwDevice> decoders() const { return has_decoders_ ? hardware_ : nullptr; }

  /// After an error, with everything dropped that used the device: true where it was the device's and the work may
  /// succeed now. Where there was too little memory and hardware decoders had a part of it, takes are decoded by
  /// software from now on. Else get() is another one now: nothing may use the old one any more; its surfaces stay
  /// valid.
  bool recover(const Error& error);

  /// Of all devices it has had.
  device::Counters counters() const;

 private:
  RenderDevice(bool may_replace, Open open, Log& log, std::shared_ptr<std::atomic<bool>> said)
      : may_replace_(may_replace), open_(std::move(open)), log_(log), said_(std::move(said)) {}

  bool give_up_decoders(const Error& error);

  bool may_replace_;
  bool has_decoders_ = true;
  Open open_;
  Log& log_;
  std::shared_ptr<std::atomic<bool>> said_;
  std::unique_ptr<device::Device> device_;
  std::shared_ptr<media::HwDevice> hardware_;
  device::Counters before_;
};

/// Whether an error is a device's own, so that another device may do what this one could not.
bool is_of_device(const Error& error);

/// Whether a kind of device may turn out to be a CUDA one on this machine. Loads no more than its library.
bool may_be_cuda(const std::string& kind);

/// What hardware decoders and encoders share with a device; null where it is no CUDA device.
Result<std::shared_ptr<media::HwDevice>> hardware_of(const device::Device& device);

/// Options for a device that is opened for the user, whom `log` tells why a GPU that is there is not used.
device::DeviceOptions told_options(const std::string& simd, Log& log);

/// Warns of every take that software decodes in place of the hardware, once.
void tell_fall_backs(media::MediaCounters& media, Log& log);

/// Sums of counters.
device::Counters operator+(const device::Counters& a, const device::Counters& b);

}  // namespace tessera::pipeline
