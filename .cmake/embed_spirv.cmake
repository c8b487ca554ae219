# Writes OUT, a C++ source that holds the compiled shaders FILES (a list) as words: see engine/device/vulkan/spirv.h.
set(arrays "")
set(spans "")
foreach(file ${FILES})
  get_filename_component(name ${file} NAME_WE)
  file(READ ${file} hex HEX)
  # SPIR-V is in the byte order of the machine that compiled it, which is little endian wherever tessera is built.
  string(REGEX REPLACE "(..)(..)(..)(..)" "0x\\4\\3\\2\\1,\n" words "${hex}")
  string(APPEND arrays "constexpr uint32_t k_${name}[] = {\n${words}};\n")
  string(APPEND spans "const std::span<const uint32_t> ${name}(k_${name});\n")
endforeach()
file(CONFIGURE OUTPUT ${OUT} @ONLY CONTENT [[
#include "engine/device/vulkan/spirv.h"
namespace tessera::device::vulkan::spirv {
namespace {
@arrays@}  // namespace
@spans@}  // namespace tessera::device::vulkan::spirv
]])
