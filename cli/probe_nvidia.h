#pragma once

#include <nlohmann/json.hpp>
#include <string>

/// What `tessera probe` says of NVIDIA GPUs.
namespace tessera::cli {

/// Adds the GPUs ("adapters"), the driver that this build wants ("wanted_driver") and, of the one that is used, its
/// video engines ("video") to the row of the device "cuda".
/// @param usable whether that device can be used: if not, there is no "video"
void add_nvidia(nlohmann::ordered_json& row, bool usable);

/// The same to be read, in lines.
std::string nvidia_text(bool usable);

/// "  h264      yes  what": a line of `tessera probe`.
std::string row_text(const std::string& name, bool usable, const std::string& what);

}  // namespace tessera::cli
