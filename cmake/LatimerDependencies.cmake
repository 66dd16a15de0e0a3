# Third-party libraries, each behind a target, so that no other file names a package.
#   fmt::fmt  Threads::Threads  latimer_boost  latimer_re2  latimer_zlib  latimer_zstd  latimer_bpf
#   latimer_json  Catch2::Catch2
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(fmt 9 REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
if(LATIMER_TESTS)
  find_package(Catch2 2.13 REQUIRED)
endif()

# Process v2 (header only) needs Boost.Filesystem: its std::filesystem mode does not compile in 1.81.
find_package(Boost 1.81 REQUIRED COMPONENTS program_options filesystem)
add_library(latimer_boost INTERFACE)
target_link_libraries(latimer_boost INTERFACE Boost::headers Boost::program_options Boost::filesystem Threads::Threads)

pkg_check_modules(RE2 REQUIRED IMPORTED_TARGET re2)
add_library(latimer_re2 INTERFACE)
target_link_libraries(latimer_re2 INTERFACE PkgConfig::RE2)

pkg_check_modules(ZLIB REQUIRED IMPORTED_TARGET zlib)
add_library(latimer_zlib INTERFACE)
target_link_libraries(latimer_zlib INTERFACE PkgConfig::ZLIB)

# 1.4: the first with ZSTD_DCtx_setParameter in its stable part.
pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd>=1.4)
add_library(latimer_zstd INTERFACE)
target_link_libraries(latimer_zstd INTERFACE PkgConfig::ZSTD)

pkg_check_modules(LIBBPF REQUIRED IMPORTED_TARGET libbpf>=1.1)
add_library(latimer_bpf INTERFACE)
target_link_libraries(latimer_bpf INTERFACE PkgConfig::LIBBPF)

add_library(latimer_json INTERFACE)
target_link_libraries(latimer_json INTERFACE nlohmann_json::nlohmann_json)
