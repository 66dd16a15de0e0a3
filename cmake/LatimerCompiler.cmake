# The one place for language level, warnings, sanitizers and include root. Every target links latimer_common.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 11)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
endif()
# -O3 grows the parsers without making them faster; line tables keep crash reports readable.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1 -DNDEBUG")
set(CMAKE_C_FLAGS_RELEASE "-O2 -g1 -DNDEBUG")

# Generic tuning clears and copies small structures with string instructions, which cost 30 cycles each before they
# begin: strace logs were read a fifth slower. Only the order and choice of instructions changes; any x86_64 runs them.
if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
  string(APPEND CMAKE_CXX_FLAGS_RELEASE " -mtune=skylake")
endif()

find_program(LATIMER_CCACHE ccache)
if(LATIMER_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_C_COMPILER_LAUNCHER "${LATIMER_CCACHE}")
  set(CMAKE_CXX_COMPILER_LAUNCHER "${LATIMER_CCACHE}")
endif()

add_library(latimer_common INTERFACE)
target_include_directories(latimer_common INTERFACE "${PROJECT_SOURCE_DIR}")
target_compile_definitions(latimer_common INTERFACE _GNU_SOURCE LATIMER_VERSION="${PROJECT_VERSION}")
target_compile_options(latimer_common INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wimplicit-fallthrough
  $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor -Woverloaded-virtual>)
# g++ 12 takes assigning a literal to a std::string for an overlapping copy (GCC bug 105651).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(latimer_common INTERFACE -Wno-restrict)
endif()
if(LATIMER_WERROR)
  target_compile_options(latimer_common INTERFACE -Werror)
endif()

if(LATIMER_SANITIZE)
  # Every target, libraries of the tests included: a program that is sanitized by half reports false alarms.
  add_compile_options(-fsanitize=${LATIMER_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${LATIMER_SANITIZE})
endif()
