#include "core/record/text_inputs.h"

#include <fmt/format.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <filesystem>
#include <utility>

#include "core/model/text_escape.h"

namespace latimer {
namespace {

constexpr std::size_t kMostListed = 100;

}  // namespace

std::string shown_input(const std::string& input) {
  return input == "-" ? "standard input" : escape_bytes(input);
}

Status refuse_folders(const std::vector<std::string>& inputs, std::string_view whose) {
  for (const std::string& input : inputs) {
    std::error_code error;
    if (std::filesystem::is_directory(input, error))
      return Error{Errc::usage, fmt::format("{}: a folder of {} cannot be read", escape_bytes(input), whose),
                   "name the files"};
  }
  return {};
}

TextInputs::TextInputs(Reader& reader, std::vector<std::string> inputs, std::size_t sniff_bytes,
                       std::optional<std::uint64_t> total)
    : reader_(reader),
      inputs_(std::move(inputs)),
      sniff_bytes_(sniff_bytes),
      total_(total),
      stop_fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      always_(::eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK)) {}

void TextInputs::stop() noexcept {
  stopping_ = true;
  const std::uint64_t one = 1;
  (void)!::write(stop_fd_.get(), &one, sizeof one);
}

int TextInputs::poll_fd() const {
  const int fd = text_ ? text_->waits_for() : -1;
  return fd >= 0 ? fd : always_.get();
}

Status TextInputs::open_next() {
  const std::string& input = inputs_[next_];
  Result<InputStream> stream = reader_.open_input(input);
  if (!stream) return std::move(stream).error();
  text_.emplace(*std::move(stream), stop_fd_.get());
  begun_ = false;
  ++next_;
  if (info_.inputs.size() < kMostListed) info_.inputs.push_back({input, "", 0, text_->stream().size(), ""});
  return {};
}

void TextInputs::note() {
  done_.store(closed_bytes_ + text_->stream().consumed(), std::memory_order_relaxed);
  if (next_ > kMostListed) return;
  LogInput& input = info_.inputs[next_ - 1];
  input.bytes = text_->stream().consumed();
  if (text_->stream().compression() != Compression::none)
    input.compression = to_string(text_->stream().compression());
}

Status TextInputs::begin() {
  begun_ = true;
  Result<std::string> columns = reader_.begin_input(inputs_[next_ - 1], text_->in_hand(), !text_->failure());
  if (!columns) return std::move(columns).error();
  if (next_ <= kMostListed) info_.inputs[next_ - 1].columns = std::move(columns).value();
  return {};
}

void TextInputs::close() {
  note();
  closed_bytes_ += text_->stream().consumed();
  text_bytes_ += text_->text_bytes();
  const std::optional<Error> failure = text_->failure();
  const bool expected = failure && failure->code == Errc::truncated && reader_.expects_cut_inputs();
  if (!failure_ && !expected) failure_ = failure;
  const bool whole = text_->at_end() && !text_->failure();
  text_.reset();
  Status ended = reader_.end_input(inputs_[next_ - 1], whole);
  if (!ended && !failure_) failure_ = std::move(ended).error();
}

Result<TextInputs::Step> TextInputs::next_input() {
  if (next_ < inputs_.size() && !stopping_) {
    if (Status opened = open_next(); !opened) return std::move(opened).error();
    return Step::ready;
  }
  whole_ = next_ == inputs_.size() && !stopping_ && !failure_;
  reader_.end_inputs();
  if (failure_) return *std::exchange(failure_, std::nullopt);
  return Step::over;
}

Result<TextInputs::Step> TextInputs::step(std::chrono::steady_clock::time_point deadline) {
  for (;;) {
    if (!text_) {
      Result<Step> opened = next_input();
      if (!opened || *opened == Step::over) return opened;
    }
    const bool enough = text_->at_end() || stopping_ || text_->in_hand().size() >= sniff_bytes_;
    if (!begun_ && enough) {
      if (Status known = begin(); !known) return std::move(known).error();
    }
    if (begun_ && text_->cut(block_)) {
      reader_.take_lines(block_);
      return Step::ready;
    }
    if (text_->at_end() || stopping_) {
      text_->take_rest(block_);
      reader_.take_lines(block_);
      close();
      return Step::ready;
    }
    if (!text_->fill(deadline) && !stopping_) return Step::idle;
    note();
  }
}

LogInfo TextInputs::info() const {
  LogInfo info = info_;
  info.input_count = inputs_.size();
  info.whole = whole_;
  info.text_bytes = text_bytes_ + (text_ ? text_->text_bytes() : 0);
  info.runs = next_;
  return info;
}

}  // namespace latimer
