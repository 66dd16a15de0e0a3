#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "core/model/text_escape.h"
#include "plugins/exporters/csv/csv_exporter.h"
#include "plugins/exporters/json/json_exporter.h"
#include "tests/unit/exporter_fixture.h"

using namespace latimer;
using Json = nlohmann::ordered_json;

namespace {

std::string json_text(const Report& report) {
  auto text = make_json_exporter()->serialize(report, {});
  REQUIRE(text.ok());
  return *text;
}

// RFC 4180, strictly.
std::vector<std::vector<std::string>> parse_csv(const std::string& text) {
  std::vector<std::vector<std::string>> rows(1, {""});
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    std::string& cell = rows.back().back();
    if (quoted) {
      if (c == '"' && i + 1 < text.size() && text[i + 1] == '"') {
        cell += '"';
        ++i;
      } else if (c == '"') {
        quoted = false;
      } else {
        cell += c;
      }
    } else if (c == '"') {
      REQUIRE(cell.empty());
      quoted = true;
    } else if (c == ',') {
      rows.back().emplace_back();
    } else if (c == '\r') {
      REQUIRE(text.at(i + 1) == '\n');
      ++i;
      rows.push_back({""});
    } else {
      REQUIRE(c != '\n');
      cell += c;
    }
  }
  REQUIRE(rows.back() == std::vector<std::string>{""});
  rows.pop_back();
  return rows;
}

std::vector<std::vector<std::string>> csv_rows(const Report& report, bool header = true) {
  ExportOptions options;
  options.interval_header = header;
  auto text = make_csv_exporter()->serialize(report, options);
  REQUIRE(text.ok());
  return parse_csv(*text);
}

std::size_t column(const std::vector<std::vector<std::string>>& rows, const std::string& name) {
  for (std::size_t i = 0; i < rows[0].size(); ++i) {
    if (rows[0][i] == name) return i;
  }
  FAIL("no column " << name);
  return 0;
}

}  // namespace

TEST_CASE("JSON is one line with the documented fields in their order") {
  const std::string text = json_text(test::sample_report());
  CHECK(text.find('\n') == text.size() - 1);
  const Json json = Json::parse(text);
  std::vector<std::string> names;
  for (const auto& [name, value] : json.items()) names.push_back(name);
  CHECK(names ==
        std::vector<std::string>{
            "schema_version", "command",          "backend",     "mode",   "complete",  "target",
            "environment",    "duration_ns",      "exit_status", "ledger", "syscalls",  "verdict",
            "overhead",       "warnings",         "end_reason",  "by",     "in_flight", "rows_hidden",
            "interval",       "in_flight_hidden", "log"});
  const Json& row = json["syscalls"][0];
  CHECK(row["name"] == "openat");
  CHECK(row["errors"] == Json({{"ENOENT", 1234}, {"EACCES", 3}}));
  CHECK(row["key"].is_null());
  CHECK(row["error_bound"] == 0.03125);
  CHECK(row["histogram"].size() > 10);
  CHECK(row["log2"].size() == 22);
  CHECK(row["log2"][21]["hi_ns"].is_null());
  CHECK(json["ledger"]["lost"]["ring_full"] == 0);
  CHECK(json["ledger"]["lost"]["map_full"].is_null());
  CHECK(json["ledger"]["enter_residual"] == 0);
  CHECK(json["in_flight"][0]["at_least"] == true);
}

TEST_CASE("JSON: unknown is null, never 0") {
  Report report = test::sample_report();
  report.exit_status.reset();
  report.verdict.reset();
  report.ledger.refused.reset();
  report.syscalls[0].p99_ns.reset();
  report.syscalls[0].logical_count.reset();
  const Json json = Json::parse(json_text(report));
  CHECK(json["exit_status"].is_null());
  CHECK(json["verdict"].is_null());
  CHECK(json["ledger"]["refused"].is_null());
  CHECK(json["ledger"]["exit_residual"].is_null());
  CHECK(json["syscalls"][0]["p99_ns"].is_null());
  CHECK(json["syscalls"][0]["logical_count"].is_null());
  CHECK(json["interval"].is_null());
}

TEST_CASE("JSON: the numbers of 64 bits survive") {
  Report report = test::sample_report();
  report.syscalls[0].total_ns = UINT64_MAX;
  CHECK(json_text(report).find("18446744073709551615") != std::string::npos);
}

TEST_CASE("JSON and CSV: any bytes come back") {
  std::string every;
  for (int c = 1; c < 256; ++c) every += static_cast<char>(c);
  Report report = test::sample_report();
  report.by = GroupBy::process;
  report.syscalls[0].subject.kind = GroupBy::process;
  report.syscalls[0].subject.pid = 7;
  report.syscalls[0].subject.name = every;
  const Json json = Json::parse(json_text(report));
  CHECK(*unescape_bytes(json["syscalls"][0]["key"]["name"].get<std::string>()) == every);
  CHECK(json["syscalls"][0]["key"]["pid"] == 7);
  const auto rows = csv_rows(report);
  CHECK(*unescape_bytes(rows[1][column(rows, "subject")]) == every);
}

TEST_CASE("CSV: rows of equal length, told apart by their record") {
  const auto rows = csv_rows(test::sample_report());
  for (const auto& row : rows) CHECK(row.size() == rows[0].size());
  CHECK(rows[0][0] == "record");
  CHECK(rows[1][0] == "syscall");
  CHECK(rows[1][column(rows, "name")] == "openat");
  CHECK(rows[1][column(rows, "count")] == "2000");
  CHECK(rows[1][column(rows, "errors")] == "ENOENT=1234;EACCES=3");
  CHECK(rows[5][0] == "in_flight");
  CHECK(rows[6][0] == "ledger");
  CHECK(rows[6][column(rows, "name")] == "enters");
  CHECK(rows[6][column(rows, "count")] == "2073");
  CHECK(csv_rows(test::sample_report(), false).size() == rows.size() - 1);
}

TEST_CASE("CSV: no text begins a formula, and it still comes back") {
  for (const std::string name : {"=1+1", "+cmd", "-x", "@SUM(A1)", "\t=1", "\r=1", "a,b\"c"}) {
    Report report = test::sample_report();
    report.in_flight[0].comm = name;
    const auto rows = csv_rows(report);
    const std::string& cell = rows[5][column(rows, "subject")];
    INFO(cell);
    CHECK(std::string("=+-@\t\r").find(cell[0]) == std::string::npos);
    CHECK(*unescape_bytes(cell) == name);
  }
}
