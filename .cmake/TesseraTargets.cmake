# Folder = CMake target = test binary.

add_library(tessera_flags INTERFACE)
target_compile_options(tessera_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Werror -ffp-contract=off
  -Wno-restrict)  # g++ 12 sees overlaps in std::string concatenation that are not there (GCC bug 105651)
if(TESSERA_SANITIZE)
  target_compile_options(tessera_flags INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
    -g1)  # reports name lines; to know variables too would take an eighth longer to compile
  target_link_options(tessera_flags INTERFACE -fsanitize=address,undefined)
endif()
target_include_directories(tessera_flags INTERFACE ${CMAKE_SOURCE_DIR})

# What is not hot compiles in about two thirds of the time without all that -O3 does.
function(tessera_cold target)
  target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O1>)
endfunction()

# tessera_library(NAME [PRIVATE third-party targets...] DEPS tessera targets...): all *.cc of the calling folder.
function(tessera_library name)
  cmake_parse_arguments(ARG "" "" "DEPS;PRIVATE" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  add_library(tessera_${name} STATIC ${sources})
  list(TRANSFORM ARG_DEPS PREPEND tessera_)
  target_link_libraries(tessera_${name} PUBLIC tessera_flags tl::expected ${ARG_DEPS} PRIVATE ${ARG_PRIVATE})
endfunction()

add_custom_target(unit_tests)  # every test binary but the end-to-end ones

# tessera_test(NAME [LABEL unit|ops|e2e] DEPS tessera targets... [PRIVATE ...]): one binary, found test by test by CTest.
function(tessera_test name)
  cmake_parse_arguments(ARG "" "LABEL" "DEPS;PRIVATE" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  if(NOT sources)
    return()
  endif()
  add_executable(test_${name} ${sources})
  tessera_cold(test_${name})
  if(NOT ARG_LABEL STREQUAL e2e)
    add_dependencies(unit_tests test_${name})
  endif()
  list(TRANSFORM ARG_DEPS PREPEND tessera_)
  target_link_libraries(test_${name} PRIVATE ${ARG_DEPS} ${ARG_PRIVATE} GTest::gmock GTest::gtest_main)
  if(NOT ARG_LABEL)
    set(ARG_LABEL unit)
  endif()
  gtest_discover_tests(test_${name} DISCOVERY_MODE PRE_TEST PROPERTIES LABELS ${ARG_LABEL} TIMEOUT 600)
endfunction()
include(GoogleTest)
