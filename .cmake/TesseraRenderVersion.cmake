# The render version of DESIGN.md section 1: a hash of everything that decides the bytes of a rendered chunk, that is the
# engine's and the kernels' sources and the versions of the libraries that decode and encode. It is made anew whenever
# one of them changes, and compiled into engine/ladder.
file(GLOB_RECURSE render_sources CONFIGURE_DEPENDS
  ${CMAKE_SOURCE_DIR}/engine/*.cc ${CMAKE_SOURCE_DIR}/engine/*.h ${CMAKE_SOURCE_DIR}/kernels/*.cc ${CMAKE_SOURCE_DIR}/kernels/*.h)
list(SORT render_sources)
set(TESSERA_RENDER_VERSION_SOURCE ${CMAKE_BINARY_DIR}/generated/render_version.cc)
add_custom_command(
  OUTPUT ${TESSERA_RENDER_VERSION_SOURCE}
  COMMAND ${CMAKE_COMMAND} -DOUT=${TESSERA_RENDER_VERSION_SOURCE} -DROOT=${CMAKE_SOURCE_DIR}
          "-DLIBRARIES=${LIBAV_libavcodec_VERSION} ${LIBAV_libavformat_VERSION} ${LIBAV_libswscale_VERSION} ${LIBAV_libswresample_VERSION}"
          -P ${CMAKE_SOURCE_DIR}/.cmake/render_version.cmake
  DEPENDS ${render_sources} ${CMAKE_SOURCE_DIR}/.cmake/render_version.cmake
  VERBATIM)
