#pragma once

#include <cstdint>
#include <memory>

#include "engine/device/device.h"

/// What every GPU's device has to do, as GoogleTest expectations.
namespace tessera::device {

/// A picture of one value.
media::FrameRef flat_frame(int width, int height, uint8_t value);

/// Random plans give the bytes of the reference.
void expect_same_bytes(Device& gpu, uint32_t first_seed, uint32_t last_seed);
/// Frames in flight; every picture moved once; nothing made once all is there.
/// @param staged downloads are copies
void expect_steady(Device& gpu, bool staged);
/// Any surface can be downloaded, and what was is there after the device.
void expect_downloads_outlive(Result<std::unique_ptr<Device>> opened);
/// A surface written again by a plan that does not name it is downloaded as that plan left it.
void expect_downloads_are_of_now(Device& gpu);
void expect_refuses_and_goes_on(Device& gpu);
/// Surfaces of 48 MiB until there is no room, and again once they are dropped.
void expect_full_memory_is_told(Device& gpu);

}  // namespace tessera::device
