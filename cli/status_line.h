// StatusLine: what is going on, in one line on standard error that is written over; nothing unless that is a
// terminal.
#pragma once

#include <string>

namespace latimer {

// From one thread.
class StatusLine {
 public:
  StatusLine();
  ~StatusLine() { clear(); }
  StatusLine(const StatusLine&) = delete;
  StatusLine& operator=(const StatusLine&) = delete;

  void show(const std::string& text);
  void clear();

 private:
  bool on_;
  bool shown_ = false;
};

}  // namespace latimer
