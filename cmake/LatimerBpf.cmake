# latimer_bpf_object(TARGET NAME name SOURCE file.bpf.c [DEPENDS header...] [INCLUDES dir...] [DEFINES def...])
#
# Compiles one BPF C file and makes the interface target TARGET, whose users may write
#   #include "<name>.skel.h"
# The skeleton embeds the object, so the program needs no file beside it. NAME is also the prefix of the skeleton's
# functions (<name>__open and so on). Headers are tracked by the compiler's own dependency file; DEPENDS is only for
# files that it cannot see.
find_program(LATIMER_CLANG NAMES clang clang-14 clang-15 clang-16 clang-17 clang-18 clang-19 REQUIRED)
# bpftool lives in sbin, which is not on every user's PATH.
find_program(LATIMER_BPFTOOL bpftool HINTS /usr/sbin /sbin /usr/local/sbin REQUIRED)

if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64)$")
  set(LATIMER_BPF_ARCH x86)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64)$")
  set(LATIMER_BPF_ARCH arm64)
else()
  set(LATIMER_BPF_ARCH "${CMAKE_SYSTEM_PROCESSOR}")
endif()

function(latimer_bpf_object target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "NAME;SOURCE" "DEPENDS;INCLUDES;DEFINES")
  if(NOT arg_NAME OR NOT arg_SOURCE)
    message(FATAL_ERROR "latimer_bpf_object(${target}): NAME and SOURCE are needed")
  endif()
  cmake_path(ABSOLUTE_PATH arg_SOURCE BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}" OUTPUT_VARIABLE source)
  set(out "${CMAKE_CURRENT_BINARY_DIR}/bpf")
  file(MAKE_DIRECTORY "${out}")
  set(object "${out}/${arg_NAME}.bpf.o")
  set(skeleton "${out}/${arg_NAME}.skel.h")
  list(TRANSFORM arg_INCLUDES PREPEND -I)
  list(TRANSFORM arg_DEFINES PREPEND -D)

  # -g makes the BTF that CO-RE needs. v3 has 32-bit jumps and atomics, and every kernel that is supported knows it.
  add_custom_command(OUTPUT "${object}"
    COMMAND "${LATIMER_CLANG}" -target bpf -mcpu=v3 -O2 -g -std=gnu11
      -Wall -Wextra -Werror -Wno-unused-parameter -Wno-missing-declarations
      -D__TARGET_ARCH_${LATIMER_BPF_ARCH} "-I${PROJECT_SOURCE_DIR}" ${arg_INCLUDES} ${arg_DEFINES}
      -MD -MF "${object}.d" -MT "${object}" -c "${source}" -o "${object}"
    DEPENDS "${source}" ${arg_DEPENDS}
    DEPFILE "${object}.d"
    COMMENT "BPF ${arg_NAME}" VERBATIM COMMAND_EXPAND_LISTS)
  # Written beside and renamed: a bpftool that fails must not leave an empty header that looks new.
  add_custom_command(OUTPUT "${skeleton}"
    COMMAND sh -c "\"$1\" gen skeleton \"$2\" name \"$3\" > \"$4.new\" && mv \"$4.new\" \"$4\""
      skeleton "${LATIMER_BPFTOOL}" "${object}" "${arg_NAME}" "${skeleton}"
    DEPENDS "${object}"
    COMMENT "BPF skeleton ${arg_NAME}" VERBATIM)

  add_custom_target(${target}_generated DEPENDS "${skeleton}")
  add_library(${target} INTERFACE)
  add_dependencies(${target} ${target}_generated)
  # SYSTEM: the generated header is not ours to keep free of warnings.
  target_include_directories(${target} SYSTEM INTERFACE "${out}")
  target_link_libraries(${target} INTERFACE latimer_bpf)
endfunction()
