#pragma once

#include <cstdint>
#include <span>

/// The shaders, compiled when tessera was built.
namespace tessera::device::vulkan::spirv {

extern const std::span<const uint32_t> move, resample, convert, blend;

}  // namespace tessera::device::vulkan::spirv
