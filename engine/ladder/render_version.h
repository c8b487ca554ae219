#pragma once
namespace tessera::ladder {
/// The build-time hash of the engine's sources and library versions (DESIGN.md section 1): 64 hexadecimal digits.
/// Static.
const char* render_version();
}  // namespace tessera::ladder
