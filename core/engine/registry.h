// Registry: what exists in this program. cli/built_in.cpp fills it.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "core/engine/backend.h"
#include "core/engine/exporter.h"

namespace latimer {

class Registry {
 public:
  void add(std::unique_ptr<Backend> backend) { backends_.push_back(std::move(backend)); }
  void add(std::unique_ptr<Exporter> exporter) { exporters_.push_back(std::move(exporter)); }

  // In the order of registration, which is the order of preference. nullptr: no such name.
  [[nodiscard]] Backend* backend(std::string_view name) const;
  [[nodiscard]] Exporter* exporter(std::string_view name) const;
  [[nodiscard]] const std::vector<std::unique_ptr<Backend>>& backends() const { return backends_; }
  [[nodiscard]] const std::vector<std::unique_ptr<Exporter>>& exporters() const { return exporters_; }

 private:
  std::vector<std::unique_ptr<Backend>> backends_;
  std::vector<std::unique_ptr<Exporter>> exporters_;
};

}  // namespace latimer
