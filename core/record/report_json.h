// Parts of a Report as JSON, there and back: of reports (plugins/exporters/json) and of trace files, alike.
// The fields are those of docs/schema.md.
#pragma once

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <vector>

#include "core/model/report.h"
#include "core/model/result.h"

namespace latimer {

// Ordered: fields come in the order of docs/schema.md, so that two reports can be compared with diff.
using Json = nlohmann::ordered_json;

template <typename T>
[[nodiscard]] Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

[[nodiscard]] Json escaped_array(const std::vector<std::string>& strings);
[[nodiscard]] Json target_json(const TargetInfo& target);
[[nodiscard]] Json environment_json(const EnvironmentInfo& environment);
[[nodiscard]] Json ledger_json(const Ledger& ledger);
[[nodiscard]] Json in_flight_json(const InFlightCall& call);

// What is not there, or of another type, stays as it is by default.
[[nodiscard]] TargetInfo target_from_json(const Json& json);
[[nodiscard]] EnvironmentInfo environment_from_json(const Json& json);
[[nodiscard]] Ledger ledger_from_json(const Json& json);
[[nodiscard]] InFlightCall in_flight_from_json(const Json& json);

// The field `name` of an object; `fallback` where it is not there or of another type.
template <typename T>
[[nodiscard]] T field_or(const Json& json, const char* name, T fallback) {
  try {
    return json.value(name, std::move(fallback));
  } catch (const nlohmann::json::exception&) {
    return fallback;
  }
}

template <typename T>
[[nodiscard]] std::optional<T> optional_field(const Json& json, const char* name) {
  if (!json.is_object() || !json.contains(name)) return std::nullopt;
  try {
    return json.at(name).is_null() ? std::nullopt : std::optional<T>(json.at(name).get<T>());
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;
  }
}

// A field of text that was escaped (text_escape.h).
[[nodiscard]] std::string text_field(const Json& json, const char* name);

}  // namespace latimer
