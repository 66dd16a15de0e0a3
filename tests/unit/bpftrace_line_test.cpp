// What bpftrace prints of Latimer's program, line by line, as text and as JSON.
#include "backends/bpftrace/line.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "backends/bpftrace/json_line.h"

using namespace latimer::bpftrace;

namespace {

template <typename Kind>
Kind as(std::string_view line) {
  const Parsed parsed = parse_line(line);
  INFO(std::string(line));
  REQUIRE(std::holds_alternative<Kind>(parsed));
  return std::get<Kind>(parsed);
}

std::vector<Parsed> of_json(std::string_view line) {
  std::vector<Parsed> items;
  parse_json_line(line, [&items](const Parsed& parsed) { items.push_back(parsed); });
  return items;
}

bool rejects_json(std::string_view line) {
  const std::vector<Parsed> items = of_json(line);
  return !items.empty() && std::holds_alternative<Rejected>(items.back());
}

}  // namespace

TEST_CASE("a record of a call that has returned", "[bpftrace]") {
  const auto record = as<CallRecord>("c 72287929380016 1155 3265 3266 59 0 -2");
  CHECK(record.kind == CallKind::completed);
  CHECK(record.start_ns == 72287929380016);
  CHECK(record.duration_ns == 1155);
  CHECK(record.pid == 3265);
  CHECK(record.tid == 3266);
  CHECK(record.number == 59);
  CHECK_FALSE(record.compat);
  CHECK(record.value == -2);
  CHECK_FALSE(record.named);
}

TEST_CASE("a name is sixteen bytes, whatever it holds", "[bpftrace]") {
  const auto odd = as<CallRecord>("r 0 0 3 3 39 0 -1 0a 20 62 5c 22 ff 25 7c 61 61 61 61 61 61 00 00");
  CHECK(odd.named);
  CHECK(std::string(odd.comm.data()) == "\n b\\\"\xff%|aaaaaa");
  CHECK(std::holds_alternative<Rejected>(
      parse_line("c 9 1 3 3 0 1 0 61 62 zz 00 00 00 00 00 00 00 00 00 00 00 00 00")));
}

TEST_CASE("or two words, as earlier programs printed it", "[bpftrace]") {
  CHECK(std::string(as<CallRecord>("c 9 1 3 3 0 1 0 6563617274667062 0").comm.data()) == "bpftrace");
  const auto odd = as<CallRecord>("r 0 0 3 3 39 0 -1 7c25ff225c62200a 616161616161");
  CHECK(odd.named);
  CHECK(std::string(odd.comm.data()) == "\n b\\\"\xff%|aaaaaa");
  // The kernel's names end with a zero.
  CHECK(as<CallRecord>("c 9 1 3 3 0 1 0 6161616161616161 6161616161616161").comm.back() == '\0');
}

TEST_CASE("arguments and a path come behind the name", "[bpftrace]") {
  const std::string name = " 6c 73 00 00 00 00 00 00 00 00 00 00 00 00 00 00";
  const auto plain = as<CallRecord>("c 9 1 3 3 0 0 10" + name + " 3 7ffc5d 400 0 ffffffff 0");
  CHECK(plain.has_args);
  CHECK(plain.args == std::array<std::uint64_t, 6>{3, 0x7ffc5d, 0x400, 0, 0xffffffff, 0});
  CHECK_FALSE(plain.has_path);
  const std::string begin = "c 9 1 3 3 257 0 3" + name + " ffffff9c 7f 0 0 0 0";
  CHECK(as<CallRecord>(begin + " /etc/a b").path == "/etc/a b");
  CHECK(as<CallRecord>(begin + " ").has_path);
  for (const char* bad : {" 3 7ffc5d 400 0 0", " 3 7ffc5d 400 0 0 g", " 3 4 5 6 7 8/x", " 3"})
    CHECK(std::holds_alternative<Rejected>(parse_line("c 9 1 3 3 0 0 10" + name + bad)));
  const auto born = as<Birth>("f 9 10 11 1200011");
  CHECK(born.parent == 10);
  CHECK(born.child == 11);
  CHECK(born.flags == 0x1200011);
  for (const char* bad : {"f 9 10 11", "f 9 10 11 12 13", "f 9 10 0 0", "f -1 10 11 0", "f 9 10 11 g"})
    CHECK(std::holds_alternative<Rejected>(parse_line(bad)));
}

TEST_CASE("a path in JSON may hold anything", "[bpftrace]") {
  const std::string begin =
      R"({"type": "printf", "data": "c 9 1 3 3 257 0 3 6c 73 00 00 00 00 00 00 00 00 00 00 00 00 00 00 3 7f 0 0 0 0 )";
  const auto path = [&begin](const std::string& text) -> std::string {
    std::string found = "(none)";
    parse_json_line(begin + text + R"(\n"})", [&found](const Parsed& parsed) {
      if (const auto* record = std::get_if<CallRecord>(&parsed)) found = record->path;
    });
    return found;
  };
  CHECK(path("/etc/passwd") == "/etc/passwd");
  // As bpftrace 0.17 wrote it of a file that was made for this.
  CHECK(path(R"(oddn/a\"b\\c\nd\te\u0001f\uffffffc3\uffffffa9\uffffffff)") ==
        "oddn/a\"b\\c\nd\te\x01"
        "f\xc3\xa9\xff");
  CHECK(path(R"(x\nc 1 1 1 1 1 0 0)") == "x\nc 1 1 1 1 1 0 0");  // no record of its own
  for (const char* bad : {R"(\x41)", R"(\u00)", R"(\uffffff)", R"(a"b)"}) CHECK(path(bad) == "(none)");
}

TEST_CASE("each kind of record has a letter", "[bpftrace]") {
  const std::pair<char, CallKind> kinds[] = {{'c', CallKind::completed},    {'r', CallKind::refused},
                                             {'a', CallKind::began_before}, {'b', CallKind::child_return},
                                             {'d', CallKind::died_inside},  {'l', CallKind::exit_lost}};
  for (const auto& [letter, kind] : kinds)
    CHECK(as<CallRecord>(std::string(1, letter) + " 0 0 1 1 0 0 0").kind == kind);
}

TEST_CASE("what is no whole record is rejected, with its place", "[bpftrace]") {
  CHECK(as<Rejected>("c 1 2 3").column == 7);
  for (const char* line : {"c ",
                           "c -1 2 3 4 5 0 0",
                           "c 1 -2 3 4 5 0 0",
                           "c 1 2 3 4 5 2 0",
                           "c 1 2 3 4 5 0 0 61",
                           "c 1 2 3 4 5 0 0 61 61 61",
                           "c 1 2 3 4 5 0 0x",
                           "c 1 2 3 4 99999999999 0 0",
                           "x 1 2 3 4 5 0 0",
                           "c 1 2 99999999999 4 5 0 0",
                           "c 99999999999999999999 2 3 4 5 0 0",
                           "c  1 2 3 4 5 0 0",
                           "begun",
                           "begun x",
                           "over -5",
                           "Lost many events",
                           "Lost 5 event",
                           "@s[1]: (1, 2, 3)",
                           "@s[x]: (1, 2, 3, 4)",
                           "@cut[1]: (1, 2) ",
                           "@enters: -1",
                           "@w[1]: 2",
                           "\xff",
                           "something else"}) {
    as<Rejected>(line);
  }
}

TEST_CASE("marks, losses and maps", "[bpftrace]") {
  CHECK(as<Mark>("latimer-bpftrace 1").kind == MarkKind::header);
  CHECK(as<Mark>("begun 5").time_ns == 5);
  CHECK(as<Mark>("over 72290000000000").kind == MarkKind::over);
  CHECK(as<Mark>("tick").kind == MarkKind::tick);
  CHECK(as<LostEvents>("Lost 5652 events").count == 5652);
  const auto state = as<MapElement>("@s[4621]: (72287929380016, -1, 3, 4620)");
  CHECK(state.map == MapName::state);
  CHECK(state.key == 4621);
  CHECK(state.values == std::array<std::int64_t, 4>{72287929380016, -1, 3, 4620});
  CHECK(as<MapElement>("@cut[7]: (1500, -512)").map == MapName::cut);
  CHECK(as<MapElement>("@w[7]: 1").map == MapName::watched);
  CHECK(as<MapElement>("@exits: 400003").values[0] == 400003);
  CHECK(as<Ignored>("@phase: 2").kind == "other map");
  CHECK(as<Ignored>("").kind == "blank");
  CHECK(as<Ignored>("Attaching 9 probes...").kind == "bpftrace's own");
}

TEST_CASE("a map without room, in three lines", "[bpftrace]") {
  as<MapFull>("stdin:18:11-12: WARNING: Failed to map_update_elem: Argument list too long (-7)");
  as<MapFull>("record.bt:18:11-12: WARNING: Failed to map_update_elem: Argument list too long (-7)");
  as<Ignored>("stdin:2:19-32: WARNING: Failed to map_delete_elem: No such file or directory (-2)");
  as<Ignored>("  @s[tid] = (nsecs, args->id, $f, (int64)pid);");
  as<Ignored>("          ~");
}

TEST_CASE("JSON says the same as the text", "[bpftrace]") {
  const auto printed = of_json(R"({"type": "printf", "data": "c 9 1 3 4 59 0 -2\n"})");
  REQUIRE(printed.size() == 1);
  CHECK(std::get<CallRecord>(printed[0]).tid == 4);
  CHECK(std::get<Mark>(of_json(R"({"type": "value", "data": "tick"})")[0]).kind == MarkKind::tick);
  CHECK(std::get<LostEvents>(of_json(R"({"type": "lost_events", "data": {"events": 2942}})")[0]).count ==
        2942);
  CHECK(std::holds_alternative<MapFull>(of_json(
      R"({"type": "helper_error", "helper": "map_update_elem", "retcode": -7, "line": 1, "col": 45})")[0]));
  const auto states =
      of_json(R"({"type": "map", "data": {"@s": {"5": [73522935209132,-3,4,5], "6": [7,8,9,10]}}})");
  REQUIRE(states.size() == 2);
  CHECK(std::get<MapElement>(states[0]).values[1] == -3);
  CHECK(std::get<MapElement>(states[1]).key == 6);
  CHECK(std::get<MapElement>(of_json(R"({"type": "map", "data": {"@enters": 17}})")[0]).values[0] == 17);
  const auto watched = of_json(R"({"type": "map", "data": {"@w": {"4": 1, "3": 1}}})");
  REQUIRE(watched.size() == 2);
  CHECK(std::get<MapElement>(watched[1]).key == 3);
}

TEST_CASE("JSON that is none of the program's", "[bpftrace]") {
  for (const char* line :
       {R"({"type": "printf", "data": "c 9 1)", R"({"type": "printf", "data": "a\\b\n"})",
        R"({"type": "printf", "data": "c 9 1 3 4 59 0 -2\n"} )",
        R"({"type": "map", "data": {"@s": {"5": [1,2)", R"({"type": "map", "data": {"@s": {"5": [1,2,3]}}})",
        R"({"type": "map", "data": {"s": 1}})", R"({"type": "lost_events", "data": {"events": -1}})",
        R"({"type": "time", "data": "23:44:29\n"})"}) {
    INFO(line);
    CHECK(rejects_json(line));
  }
  CHECK_FALSE(is_json_line("{\"kind\": 1}"));
}
