#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <map>
#include <string>

#include "plugins/exporters/html/html_exporter.h"
#include "plugins/exporters/html/markup.h"
#include "plugins/exporters/html/page_script.h"
#include "plugins/exporters/html/page_style.h"
#include "plugins/exporters/html/sha256.h"
#include "plugins/exporters/html/time_chart.h"
#include "plugins/exporters/markup_escape.h"
#include "tests/unit/analysis_fixture.h"

using namespace latimer;

namespace {

std::string render(const Report& report) {
  auto page = make_html_exporter()->serialize(report, {});
  REQUIRE(page.ok());
  return *page;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::size_t occurrences(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

// What lies between two marks, without them.
std::string between(const std::string& text, const std::string& from, const std::string& to) {
  const std::size_t start = text.find(from);
  REQUIRE(start != std::string::npos);
  const std::size_t end = text.find(to, start + from.size());
  REQUIRE(end != std::string::npos);
  return text.substr(start + from.size(), end - start - from.size());
}

std::string section(const std::string& page, const std::string& id) {
  return between(page, "<section id=\"" + id + "\"", "</section>");
}

std::string hex(const Sha256& digest) {
  std::string text;
  for (const std::uint8_t byte : digest) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

// Every tag has its end, in order: what a hostile name would break first.
void check_nesting(const std::string& page) {
  std::vector<std::string> open;
  for (std::size_t at = page.find('<'); at != std::string::npos; at = page.find('<', at + 1)) {
    if (page[at + 1] == '!') continue;
    const std::size_t end = page.find('>', at);
    REQUIRE(end != std::string::npos);
    const bool closes = page[at + 1] == '/';
    const std::string name =
        page.substr(at + (closes ? 2 : 1), page.find_first_of(" >/", at + 2) - at - (closes ? 2 : 1));
    if (closes) {
      REQUIRE_FALSE(open.empty());
      REQUIRE(open.back() == name);
      open.pop_back();
    } else if (page[end - 1] != '/' && name != "meta" && name != "br") {
      open.push_back(name);
    }
    // Neither is HTML inside.
    if (!closes && (name == "script" || name == "style")) at = page.find("</" + name, end) - 1;
  }
  CHECK(open.empty());
}

using Colours = std::map<std::string, unsigned>;

// The custom properties of one block of declarations.
Colours colours_in(std::string text) {
  Colours colours;
  for (std::size_t at = text.find("--"); at != std::string::npos; at = text.find("--", at + 1)) {
    const std::size_t colon = text.find(":#", at);
    if (colon == std::string::npos) break;
    colours[text.substr(at + 2, colon - at - 2)] =
        static_cast<unsigned>(std::stoul(text.substr(colon + 2, 6), nullptr, 16));
  }
  return colours;
}

double luminance(unsigned colour) {
  const auto channel = [&](int shift) {
    const double value = static_cast<double>(colour >> shift & 255U) / 255;
    return value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
  };
  return 0.2126 * channel(16) + 0.7152 * channel(8) + 0.0722 * channel(0);
}

// As WCAG 2 defines it.
double contrast(unsigned a, unsigned b) {
  const double light = std::max(luminance(a), luminance(b)), dark = std::min(luminance(a), luminance(b));
  return (light + 0.05) / (dark + 0.05);
}

}  // namespace

TEST_CASE("the HTML page has every part, in order, whatever the report holds") {
  Report bare;
  bare.command = "latency";
  Report untimed = test::analyzed_report();
  untimed.analysis->timeline.reset();
  untimed.verdict.reset();
  for (SyscallRow& row : untimed.syscalls) {
    row.total_ns = row.avg_ns = row.p50_ns = row.p95_ns = row.p99_ns = row.max_ns = std::nullopt;
    row.log2.clear();
  }
  for (const Report& report : {test::analyzed_report(), test::sample_report(), bare, untimed}) {
    const std::string page = render(report);
    std::size_t at = 0;
    for (const char* id :
         {"warnings", "verdict", "work", "calls", "latency-over-time", "work-over-time", "thread-timeline",
          "files", "peers", "connections", "tasks", "classes", "ledger", "in-flight"}) {
      INFO(id);
      const std::size_t found = page.find("<section id=\"" + std::string(id) + "\"");
      REQUIRE(found != std::string::npos);
      CHECK(found > at);
      at = found;
      CHECK(contains(page, "<a href=\"#" + std::string(id) + "\">"));
    }
    check_nesting(page);
    CHECK(occurrences(page, "<svg") == occurrences(page, "</svg>"));
  }
}

TEST_CASE("the HTML page shows the figures of its report, for people and for scripts") {
  const std::string page = render(test::analyzed_report());
  CHECK(contains(page, "<html lang=\"en\">"));
  CHECK(contains(page, "<title>db-bench --rows 10000"));
  CHECK(contains(page, "COMPLETE</strong>: nothing lost, both sides balance"));
  CHECK(contains(page, "<time datetime=\"2026-09-21T14:13:20Z\">"));
  CHECK(contains(page, "<dd data-value=\"12000000000\">12.0s</dd>"));
  CHECK(contains(page, "<dd data-value=\"2070\">2,070</dd>"));
  CHECK(contains(section(page, "verdict"), "io-bound: 3.50s of 3.63s"));
  CHECK(contains(section(page, "warnings"), "io_uring was used"));
  CHECK(contains(section(page, "work"), "fsync<span class=\"badge\">bottleneck</span>"));
  CHECK(occurrences(page, "bottleneck</span>") == 1);
  CHECK(contains(section(page, "work"), "data-value=\"2400000000\">2.40s"));
  const std::string calls = section(page, "calls");
  CHECK(contains(
      calls,
      ">openat</th><td class=\"n\" data-value=\"2000\">2,000</td><td class=\"n\" data-value=\"1237\">"));
  CHECK(contains(calls, "data-value=\"1234\">1,234"));
  CHECK(calls.find("clock_nanosleep") > calls.find("id=\"waiting-table\""));
  CHECK(contains(section(page, "connections"), "data-value=\"95000000\">95.0ms"));
  CHECK(contains(section(page, "connections"), "data-value=\"\""));
  CHECK(contains(section(page, "peers"), "tcp:10.0.0.5:443"));
  CHECK(contains(section(page, "classes"), "data-value=\"1200\">1,200"));
  CHECK(contains(section(page, "ledger"),
                 "enters 2,073 = completed 2,070 + in flight 1 + no return 2 + lost 0"));
  CHECK(contains(section(page, "ledger"), "140ns per call in ebpf&#39;s programs"));
  CHECK(contains(calls, "clock_nanosleep: the caller died in 1 call"));
  CHECK(contains(calls, "clock_nanosleep: 1 of 9 returns went on with an interrupted call"));
  CHECK(contains(section(page, "work-over-time"), "mostly waiting: poll"));
  CHECK(contains(section(page, "in-flight"), "futex"));
  CHECK(contains(section(page, "latency-over-time"), "Heatmap of"));
  CHECK(occurrences(section(page, "thread-timeline"), "aria-label=\"Thread ") == 2);
}

TEST_CASE("an incomplete report says so in words on the HTML page") {
  Report report = test::analyzed_report();
  report.complete = false;
  report.ledger.lost_exits = 7;
  report.ledger.lost_enters = 7;
  report.ledger.lost[0] = 7;
  const std::string page = render(report);
  CHECK(contains(between(page, "<title>", "</title>"), "INCOMPLETE"));
  CHECK(contains(between(page, "id=\"state\"", "</p>"), "INCOMPLETE</strong>: 7 calls lost (ring_full 7)"));
  CHECK_FALSE(contains(page, ">COMPLETE<"));
}

TEST_CASE("hostile names never leave their place in the HTML page") {
  Report report = test::analyzed_report();
  report.syscalls[0].name = "<img src=x onerror=alert(1)>";
  report.syscalls[0].errors = {{test::kHostileName, 3}};
  report.in_flight[0].comm = test::kHostileName;
  report.analysis->threads[0].comm = test::kHostileName;
  report.analysis->timeline->threads[0].comm = test::kHostileName;
  report.analysis->peers[0].name = test::kHostileName;
  report.analysis->connections[0].peer = test::kHostileName;
  report.verdict->sentence = test::kHostileName;
  report.environment.tool = test::kHostileName;
  report.environment.kernel = test::kHostileName;
  report.target.filter = test::kHostileName;
  report.end_reason = test::kHostileName;
  report.backend = "</style><script>";
  report.ledger.lines = LineLedger{3, 2, {}, {{test::kHostileName, 1}}, {test::kHostileName}};
  for (const bool complete : {true, false}) {
    report.complete = complete;
    const std::string page = render(report);
    check_nesting(page);
    CHECK(occurrences(page, "<script") == 1);
    CHECK(occurrences(page, "</style") == 1);
    CHECK_FALSE(contains(page, "<img"));
    CHECK_FALSE(contains(page, "\"onload"));
    CHECK_FALSE(contains(page, "\x1b"));
    CHECK_FALSE(contains(page, "\xff"));
    // Escaped as bytes first, and as HTML then.
    CHECK(contains(page,
                   "&lt;script&gt;alert(1)&lt;/script&gt;&quot;onload=&#39;x&#39; &amp;amp; "
                   "\\x0a\\x1b[31m\\xff\\xfe.txt"));
  }
  CHECK(markup_bytes("a\\b&<>\"'") == "a\\\\b&amp;&lt;&gt;&quot;&#39;");
}

TEST_CASE("the HTML page refers to nothing outside and lets only its own style and script run") {
  const std::string page = render(test::analyzed_report());
  for (const char* part : {"http:", "https:", "//", "src=", "url(", "@import", "style=\"", "javascript:"}) {
    INFO(part);
    CHECK_FALSE(contains(page, part));
  }
  CHECK(occurrences(page, " href=\"") == occurrences(page, " href=\"#"));
  const std::string policy = between(page, "Content-Security-Policy\" content=\"", "\"");
  CHECK(contains(policy, "default-src 'none'"));
  CHECK_FALSE(contains(policy, "unsafe"));
  CHECK(contains(policy, "script-src 'sha256-" + base64(sha256(between(page, "<script>", "</script>")))));
  CHECK(contains(policy, "style-src 'sha256-" + base64(sha256(between(page, "<style>", "</style>")))));
}

TEST_CASE("SHA-256 and base64 agree with the examples of their standards") {
  CHECK(hex(sha256("")) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(hex(sha256("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(hex(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")) ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(hex(sha256(std::string(1'000'000, 'a'))) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  const auto encoded = [](const std::string& text) {
    return base64(std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
  };
  CHECK(encoded("") == "");
  CHECK(encoded("f") == "Zg==");
  CHECK(encoded("fo") == "Zm8=");
  CHECK(encoded("foo") == "Zm9v");
  CHECK(encoded("foobar") == "Zm9vYmFy");
}

TEST_CASE("large tables of the HTML page end at 200 rows and say how many more there are") {
  const std::string files = section(render(test::analyzed_report(260)), "files");
  CHECK(occurrences(files, "<tr>") == 201);  // with the heading
  CHECK(contains(files, "Not shown: 1,060 more files"));
}

TEST_CASE("every table of the HTML page sorts by keyboard, and every drawing has words") {
  const std::string page = render(test::analyzed_report());
  CHECK(occurrences(page, " aria-sort=\"none\"><button type=\"button\" disabled>") ==
        occurrences(page, "aria-sort=\"none\">"));
  CHECK(occurrences(page, "<table") == occurrences(page, "class=\"scroll\" role=\"region\" tabindex=\"0\""));
  CHECK(occurrences(page, "<figure>") == occurrences(page, "<figcaption>"));
  for (std::size_t at = page.find("<svg"); at != std::string::npos; at = page.find("<svg", at + 1)) {
    const std::string tag = page.substr(at, page.find('>', at) - at);
    INFO(tag);
    const bool inner = contains(tag, "class=\"plot\"");  // within one that has words
    CHECK((inner || contains(tag, "aria-hidden=\"true\"") ||
           (contains(tag, "role=\"img\"") && contains(tag, "aria-label=\""))));
  }
}

TEST_CASE("text on the HTML page can be read in light and in dark") {
  const std::string style(page_style());
  const std::size_t dark_at = style.find("prefers-color-scheme:dark");
  REQUIRE(dark_at != std::string::npos);
  const Colours light = colours_in(style.substr(0, dark_at));
  const Colours dark = colours_in(style.substr(dark_at, style.find("}\n", dark_at) - dark_at));
  for (const Colours* scheme : {&light, &dark}) {
    for (const char* ink : {"text", "dim", "link", "good", "bad"}) {
      for (const char* ground : {"page", "card"}) {
        INFO((scheme == &light ? "light " : "dark ") << ink << " on " << ground);
        CHECK(contrast(scheme->at(ink), scheme->at(ground)) >= 4.5);
      }
    }
    CHECK(contrast(scheme->at("text"), scheme->at("note")) >= 4.5);
    for (const char* mark : {"mark", "c0", "c1", "c2", "c3", "c4", "c5", "c6"}) {
      INFO((scheme == &light ? "light " : "dark ") << mark);
      CHECK(contrast(scheme->at(mark), scheme->at("page")) >= 3);
    }
  }
}

TEST_CASE("the axis of time has round labels") {
  CHECK(tick_label(0) == "0");
  CHECK(tick_label(500'000'000) == "500ms");
  CHECK(tick_label(1'500'000'000) == "1.5s");
  CHECK(tick_label(120'000'000'000) == "2min");
  for (std::uint64_t span :
       {1ULL, 7ULL, 240'000'000ULL, 12'000'000'000ULL, 86'400'000'000'000ULL, 1ULL << 62}) {
    const std::size_t ticks = occurrences(time_axis(span), "<text");
    INFO(span);
    CHECK(ticks >= 2);
    CHECK(ticks <= 6);
  }
}
