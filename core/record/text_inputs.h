// TextInputs: the inputs of a log (files, pipes, standard input), read one after the other as blocks of whole
// lines. What all backends have in common that read what a tool printed; what the lines mean is theirs.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/log_info.h"
#include "core/model/result.h"
#include "core/record/text_block.h"
#include "core/record/text_reader.h"
#include "core/sys/input_stream.h"
#include "core/sys/unique_fd.h"

namespace latimer {

// An input in a message.
[[nodiscard]] std::string shown_input(const std::string& input);

// usage: one of them is a folder. `whose`: "perf's output".
[[nodiscard]] Status refuse_folders(const std::vector<std::string>& inputs, std::string_view whose);

// All but stop() and progress() belong to one thread.
class TextInputs {
 public:
  // What a backend makes of them; called from step().
  class Reader {
   public:
    virtual ~Reader() = default;
    virtual Result<InputStream> open_input(const std::string& input) { return InputStream::open(input); }
    // Its first bytes: `sniff_bytes`, or all. `readable`: reading has not failed. An error ends everything.
    // The value: what its lines begin with, for LogInput::columns.
    virtual Result<std::string> begin_input(const std::string& input, std::string_view beginning,
                                            bool readable) = 0;
    virtual void take_lines(TextBlock& block) = 0;
    // No more of it will come. `whole`: nothing of it is missing. An error is told when all inputs have been
    // read.
    virtual Status end_input(const std::string& input, bool whole) = 0;
    // A packed input that ends in the middle is no failure: end_input() says what there is to say.
    [[nodiscard]] virtual bool expects_cut_inputs() const { return false; }
    // There are no more inputs.
    virtual void end_inputs() {}
  };

  // `total`: bytes of all, as they lie on disk; nullopt: nobody knows. The reader outlives this.
  TextInputs(Reader& reader, std::vector<std::string> inputs, std::size_t sniff_bytes,
             std::optional<std::uint64_t> total);

  enum class Step : std::uint8_t { idle, ready, over };
  // At most a block. Of a pipe waits until the deadline at most. The first call that has nothing more to read
  // says over, or what could not be read of an input; after it nothing may be asked for.
  Result<Step> step(std::chrono::steady_clock::time_point deadline);

  void stop() noexcept;
  [[nodiscard]] bool stopping() const { return stopping_; }
  [[nodiscard]] int poll_fd() const;  // readable when step() would not be idle
  [[nodiscard]] std::uint64_t done() const { return done_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::optional<std::uint64_t> total() const { return total_; }
  [[nodiscard]] std::size_t count() const { return inputs_.size(); }

  // What there is to say of them by now: inputs, input_count, whole, text_bytes, runs (one each).
  [[nodiscard]] LogInfo info() const;

 private:
  Status open_next();
  Status begin();
  void note();
  void close();
  Result<Step> next_input();

  Reader& reader_;
  const std::vector<std::string> inputs_;
  const std::size_t sniff_bytes_;
  const std::optional<std::uint64_t> total_;
  UniqueFd stop_fd_, always_;
  std::optional<TextReader> text_;
  TextBlock block_;
  std::size_t next_ = 0;  // input to open
  bool begun_ = false;    // the one that is being read
  bool whole_ = false;
  std::optional<Error> failure_;  // of an input, to be told behind all that could be read
  std::uint64_t text_bytes_ = 0, closed_bytes_ = 0;
  LogInfo info_;
  std::atomic<bool> stopping_{false};
  std::atomic<std::uint64_t> done_{0};
};

}  // namespace latimer
