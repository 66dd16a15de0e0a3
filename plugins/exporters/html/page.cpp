#include "plugins/exporters/html/page.h"

#include <fmt/format.h>

#include "plugins/exporters/html/page_script.h"
#include "plugins/exporters/html/page_style.h"
#include "plugins/exporters/html/sha256.h"

namespace latimer {
namespace {

// Nothing may be loaded from anywhere, and no style or script runs but the two of ours: should a hostile name
// ever find a way into the page as markup, it could neither act nor tell anybody.
std::string policy() {
  return fmt::format(
      "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action "
      "'none'",
      base64(sha256(page_style())), base64(sha256(page_script())));
}

std::string head(const std::string& title) {
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n"
      "<meta name=\"referrer\" content=\"no-referrer\">\n"
      "<title>{}</title>\n<style>{}</style>\n</head>\n",
      policy(), title, page_style());
}

std::string section(const Part& part) {
  return fmt::format(
      "<section id=\"{0}\" aria-labelledby=\"{0}-title\">\n<h2 id=\"{0}-title\">{1}</h2>\n{2}</section>\n",
      part.id, part.title, part.body);
}

}  // namespace

std::string Page::render() const {
  std::string out = head(title_);
  out += "<body>\n<a class=\"skip\" href=\"#main\">Skip to the figures</a>\n<header>\n" + heading_ +
         "</header>\n";
  out += "<nav aria-label=\"Parts of this report\">\n<ul>\n";
  for (const Part& part : parts_)
    out += fmt::format("<li><a href=\"#{}\">{}</a></li>\n", part.id, part.title);
  out += "</ul>\n</nav>\n<main id=\"main\" tabindex=\"-1\">\n";
  for (const Part& part : parts_) out += section(part);
  out +=
      "</main>\n<footer>\n<p>Written by Latimer. Durations are those of the system calls, from entry to "
      "exit.</p>\n</footer>\n";
  return out + fmt::format("<script>{}</script>\n</body>\n</html>\n", page_script());
}

}  // namespace latimer
