# Writes OUT, a C++ source with the SHA-256 of the sources under ROOT and of the library versions in LIBRARIES.
file(GLOB_RECURSE sources RELATIVE ${ROOT} ${ROOT}/engine/*.cc ${ROOT}/engine/*.h ${ROOT}/kernels/*.cc ${ROOT}/kernels/*.h)
list(SORT sources)
set(all "${LIBRARIES}\n")
foreach(source ${sources})
  file(SHA256 ${ROOT}/${source} hash)
  string(APPEND all "${source} ${hash}\n")
endforeach()
string(SHA256 version "${all}")
file(CONFIGURE OUTPUT ${OUT} @ONLY CONTENT [[
#include "engine/ladder/render_version.h"
namespace tessera::ladder {
const char* render_version() { return "@version@"; }
}  // namespace tessera::ladder
]])
