// The shell of the page: head with its policy, style and script; landmarks; a list of the parts.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace latimer {

struct Part {
  std::string id;     // of the section, for links to it
  std::string title;  // HTML
  std::string body;   // HTML
};

class Page {
 public:
  Page(std::string title, std::string heading) : title_(std::move(title)), heading_(std::move(heading)) {}

  void add(Part part) { parts_.push_back(std::move(part)); }
  [[nodiscard]] std::string render() const;

 private:
  std::string title_, heading_;
  std::vector<Part> parts_;
};

}  // namespace latimer
