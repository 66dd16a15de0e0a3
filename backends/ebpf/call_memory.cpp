#include "backends/ebpf/call_memory.h"

#include <string_view>

#include "core/model/syscall_arguments.h"
#include "core/model/syscall_table.h"

namespace latimer::ebpf {
namespace {

unsigned memory(unsigned kind, int argument) {
  return argument < 0 ? 0U : LAT_MEMORY(kind, static_cast<unsigned>(argument));
}

unsigned of_call(std::string_view name, const CallSpec& spec) {
  if (name == "accept" || name == "accept4" || name == "recvfrom" || name == "getsockname" ||
      name == "getpeername")
    return memory(LAT_MEMORY_ADDRESS_OUT, spec.address);
  if (spec.address >= 0) return memory(LAT_MEMORY_ADDRESS, spec.address);
  if (name == "pipe" || name == "pipe2") return memory(LAT_MEMORY_EIGHT_BYTES, spec.find("fildes"));
  if (name == "socketpair") return memory(LAT_MEMORY_EIGHT_BYTES, spec.find("usockvec"));
  if (name == "sendmsg") return memory(LAT_MEMORY_NAME, spec.find("msg"));
  if (name == "recvmsg")
    return memory(LAT_MEMORY_CONTROL, spec.find("msg")) | memory(LAT_MEMORY_NAME, spec.find("msg")) << 8;
  if (name == "memfd_create") return memory(LAT_MEMORY_STRING, spec.find("uname"));
  const unsigned path = memory(LAT_MEMORY_STRING, spec.path);
  if (name == "openat2") return path | memory(LAT_MEMORY_EIGHT_BYTES, spec.find("how")) << 8;  // its flags
  return path | memory(LAT_MEMORY_STRING, spec.second_path) << 8;
}

}  // namespace

CallMemory choose_call_memory() {
  CallMemory result{};
  for (const Abi abi : {Abi::x86_64, Abi::i386}) {
    for (int number = 0; number < LAT_DIRECT_NUMBERS; ++number) {
      const CallSpec& spec = call_spec(abi, number);
      const auto index =
          static_cast<std::size_t>(abi) * LAT_DIRECT_NUMBERS + static_cast<std::size_t>(number);
      if (spec.known)
        result[index] = static_cast<unsigned short>(of_call(syscall_name_or_empty(abi, number), spec));
    }
  }
  return result;
}

}  // namespace latimer::ebpf
