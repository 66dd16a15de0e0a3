#include "core/engine/joined_logs.h"

#include <algorithm>
#include <utility>

#include "core/engine/joined_source.h"

namespace latimer {

JoinedLogs::JoinedLogs(std::vector<LogShare> shares) : shares_(std::move(shares)) {
  descriptor_.can_launch = descriptor_.can_attach = false;
  descriptor_.reads_logs = descriptor_.can_aggregate = true;
  descriptor_.groups = shares_.front().reader->descriptor().groups;
  descriptor_.clock = shares_.front().reader->descriptor().clock;
  for (const LogShare& share : shares_) {
    const BackendDescriptor& reader = share.reader->descriptor();
    descriptor_.name += (descriptor_.name.empty() ? "" : "+") + reader.name;
    descriptor_.resolution_ns = std::max(descriptor_.resolution_ns, reader.resolution_ns);
    std::erase_if(descriptor_.groups, [&reader](GroupBy by) {
      return std::find(reader.groups.begin(), reader.groups.end(), by) == reader.groups.end();
    });
  }
}

Result<std::unique_ptr<EventSource>> JoinedLogs::open(const CaptureRequest& request) {
  const LogTarget whole = std::get<LogTarget>(request.target);
  std::vector<JoinedSource::Part> parts;
  for (const LogShare& share : shares_) {
    CaptureRequest own = request;
    LogTarget target = whole;
    target.inputs = share.inputs;
    own.target = std::move(target);
    auto source = share.reader->open(own);
    if (!source) return std::move(source).error();
    parts.emplace_back(share.reader->descriptor().name, std::move(source).value());
  }
  return std::unique_ptr<EventSource>(
      std::make_unique<JoinedSource>(std::move(parts), request.mode == CaptureMode::aggregate));
}

}  // namespace latimer
