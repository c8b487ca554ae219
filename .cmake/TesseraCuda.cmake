# CUDA is optional: where nvcc or the codec headers are missing, engine/device is built without and says so at run time.
# No CUDA library is linked: the driver is loaded at run time.
find_program(TESSERA_NVCC nvcc HINTS ${CUDAToolkit_ROOT}/bin $ENV{CUDA_HOME}/bin /usr/local/cuda/bin)
find_path(TESSERA_FFNVCODEC_INCLUDE_DIR ffnvcodec/dynlink_loader.h)
set(TESSERA_HAS_CUDA OFF)
if(TESSERA_NVCC AND TESSERA_FFNVCODEC_INCLUDE_DIR)
  set(TESSERA_HAS_CUDA ON)
else()
  message(STATUS "without CUDA: nvcc or ffnvcodec/dynlink_loader.h not found (CUDA toolkit 13; Debian: libffmpeg-nvenc-dev)")
endif()

# Machine code for these compute capabilities, and PTX of the first, from which drivers make code for other GPUs.
set(TESSERA_CUDA_ARCHITECTURES 75 80 86 89 90 100 120)
# What ptxas told of each kernel: registers, spills, shared memory.
set(TESSERA_PTXAS_REPORT ${CMAKE_BINARY_DIR}/generated/kernels/ptxas.txt)

# The same of another build of these sources, to be taken instead of compiling for a minute: a sanitized build's kernels
# are no others.
set(TESSERA_KERNELS_FROM "" CACHE PATH "generated/kernels of another build of the same sources")

# tessera_embed_kernels(OUT): compiles kernels/cuda and writes the C++ source OUT that holds the fat binary: see
# engine/device/cuda/fatbin.h.
function(tessera_embed_kernels out)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/kernels/cuda/*.cu ${CMAKE_SOURCE_DIR}/kernels/cuda/*.h
    ${CMAKE_SOURCE_DIR}/kernels/ref/*.h)
  execute_process(COMMAND ${TESSERA_NVCC} --version OUTPUT_VARIABLE told)
  string(REGEX MATCH "V([0-9]+)\\.([0-9]+)" found "${told}")
  math(EXPR version "${CMAKE_MATCH_1} * 1000 + ${CMAKE_MATCH_2} * 10")
  set(fatbin ${CMAKE_BINARY_DIR}/generated/kernels/kernels.fatbin)
  if(TESSERA_KERNELS_FROM)
    set(made ${TESSERA_KERNELS_FROM}/kernels.fatbin ${TESSERA_KERNELS_FROM}/ptxas.txt)
    add_custom_command(
      OUTPUT ${fatbin} ${TESSERA_PTXAS_REPORT}
      COMMAND ${CMAKE_COMMAND} -E copy ${made} ${CMAKE_BINARY_DIR}/generated/kernels
      DEPENDS ${made}
      VERBATIM)
  else()
    add_custom_command(
      OUTPUT ${fatbin} ${TESSERA_PTXAS_REPORT}
      COMMAND ${CMAKE_COMMAND} -DNVCC=${TESSERA_NVCC} "-DARCHITECTURES=${TESSERA_CUDA_ARCHITECTURES}"
              -DROOT=${CMAKE_SOURCE_DIR} -DOUT=${fatbin} -DREPORT=${TESSERA_PTXAS_REPORT}
              -P ${CMAKE_SOURCE_DIR}/.cmake/compile_kernels.cmake
      DEPENDS ${sources} ${CMAKE_SOURCE_DIR}/kernels/ops.h ${CMAKE_SOURCE_DIR}/.cmake/compile_kernels.cmake
      COMMENT "Compiling the CUDA kernels"
      VERBATIM)
  endif()
  add_custom_command(
    OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} -DOUT=${out} -DFATBIN=${fatbin} -DVERSION=${version}
            "-DARCHITECTURES=${TESSERA_CUDA_ARCHITECTURES}" -P ${CMAKE_SOURCE_DIR}/.cmake/embed_fatbin.cmake
    DEPENDS ${fatbin} ${CMAKE_SOURCE_DIR}/.cmake/embed_fatbin.cmake
    VERBATIM)
endfunction()
