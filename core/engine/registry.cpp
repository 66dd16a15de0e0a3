#include "core/engine/registry.h"

namespace latimer {

Backend* Registry::backend(std::string_view name) const {
  for (const auto& backend : backends_) {
    if (backend->descriptor().name == name) return backend.get();
  }
  return nullptr;
}

Exporter* Registry::exporter(std::string_view name) const {
  for (const auto& exporter : exporters_) {
    if (exporter->name() == name) return exporter.get();
  }
  return nullptr;
}

}  // namespace latimer
