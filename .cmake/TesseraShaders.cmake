# Vulkan is optional: where its headers or glslc are missing, engine/device is built without and says so at run time.
find_path(TESSERA_VULKAN_INCLUDE_DIR vulkan/vulkan.h)
find_program(TESSERA_GLSLC glslc)
find_program(TESSERA_SPIRV_VAL spirv-val)
set(TESSERA_HAS_VULKAN OFF)
if(TESSERA_VULKAN_INCLUDE_DIR AND TESSERA_GLSLC)
  set(TESSERA_HAS_VULKAN ON)
else()
  message(STATUS "without Vulkan: vulkan/vulkan.h or glslc not found (Debian: libvulkan-dev, glslc)")
endif()

# tessera_embed_shaders(OUT): compiles shaders/*.comp, checks them, and writes the C++ source OUT that holds them.
function(tessera_embed_shaders out)
  file(GLOB shaders CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/shaders/*.comp)
  file(GLOB included CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/shaders/*.glsl)
  set(compiled "")
  foreach(shader ${shaders})
    get_filename_component(name ${shader} NAME_WE)
    set(spirv ${CMAKE_BINARY_DIR}/generated/shaders/${name}.spv)
    set(check "")
    if(TESSERA_SPIRV_VAL)
      set(check COMMAND ${TESSERA_SPIRV_VAL} --target-env vulkan1.2 ${spirv})
    endif()
    add_custom_command(
      OUTPUT ${spirv}
      COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/generated/shaders
      COMMAND ${TESSERA_GLSLC} -Werror -O --target-env=vulkan1.2 ${shader} -o ${spirv}
      ${check}
      DEPENDS ${shader} ${included}
      VERBATIM)
    list(APPEND compiled ${spirv})
  endforeach()
  add_custom_command(
    OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} -DOUT=${out} "-DFILES=${compiled}" -P ${CMAKE_SOURCE_DIR}/.cmake/embed_spirv.cmake
    DEPENDS ${compiled} ${CMAKE_SOURCE_DIR}/.cmake/embed_spirv.cmake
    VERBATIM)
endfunction()
