// How each real workload is made; for the list in real_workload.cpp.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "validation/real/real_workload.h"

namespace latimer::real {

using Folder = const std::string&;

Result<Prepared> make_dd_512(Folder folder, std::uint64_t blocks);
Result<Prepared> make_dd_1m(Folder folder, std::uint64_t blocks);
Result<Prepared> make_compile(Folder folder, std::uint64_t units);
Result<Prepared> make_sqlite(Folder folder, std::uint64_t queries);
Result<Prepared> make_redis_get(Folder folder, std::uint64_t requests);
Result<Prepared> make_redis_set(Folder folder, std::uint64_t requests);
Result<Prepared> make_fio(Folder folder, std::uint64_t blocks);
Result<Prepared> make_getppid(Folder folder, std::uint64_t calls);
Result<Prepared> make_write_fsync(Folder folder, std::uint64_t writes);
Result<Prepared> make_cpu(Folder folder, std::uint64_t million_steps);

// A file of the workload's, complete.
Status write_file(const std::string& path, std::string_view text);

}  // namespace latimer::real
