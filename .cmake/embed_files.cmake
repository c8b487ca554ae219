# Writes OUT, a C++ source that holds the files FILES (a list) as tessera::cli::web_files(): see cli/web_files.h.
set(arrays "")
set(entries "")
set(n 0)
foreach(file ${FILES})
  get_filename_component(name ${file} NAME)
  file(READ ${file} hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
  string(APPEND arrays "constexpr unsigned char kFile${n}[] = {${bytes}};\n")
  string(APPEND entries "    {\"${name}\", {reinterpret_cast<const char*>(kFile${n}), sizeof kFile${n}}},\n")
  math(EXPR n "${n} + 1")
endforeach()
file(CONFIGURE OUTPUT ${OUT} @ONLY CONTENT [[
#include "cli/web_files.h"
namespace tessera::cli {
namespace {
@arrays@
const WebFile kFiles[] = {
@entries@};
}  // namespace
std::span<const WebFile> web_files() { return kFiles; }
}  // namespace tessera::cli
]])
