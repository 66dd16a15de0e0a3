#include "core/engine/call_arguments.h"

#include <charconv>
#include <cstring>

#include "core/model/c_string.h"

namespace latimer {
namespace {

std::int64_t as_kind(std::uint64_t value, ArgumentKind kind) {
  switch (kind) {
    case ArgumentKind::descriptor:
    case ArgumentKind::folder:
    case ArgumentKind::int32:
      return static_cast<std::int32_t>(static_cast<std::uint32_t>(value));
    case ArgumentKind::uint32:
    case ArgumentKind::bits32:
    case ArgumentKind::permissions:
      return static_cast<std::uint32_t>(value);
    default:
      return static_cast<std::int64_t>(value);
  }
}

std::optional<std::int32_t> leading_descriptor(std::string_view text) {
  std::int32_t fd = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), fd);
  if (error != std::errc{}) return std::nullopt;
  return fd;
}

}  // namespace

CallArguments::CallArguments(const SyscallEvent& event)
    : event_(&event), spec_(&call_spec(event.abi, event.number)) {
  if (!event.text_args.empty()) texts_.emplace(event.text_args, *spec_);
}

std::optional<std::int64_t> CallArguments::integer(int index) const {
  if (index < 0 || index >= static_cast<int>(kMostArguments)) return std::nullopt;
  const ArgumentKind kind = spec_->arguments[static_cast<std::size_t>(index)].kind;
  if (event_->has_args) return as_kind(event_->args[static_cast<std::size_t>(index)], kind);
  if (!texts_) return std::nullopt;
  const ArgumentText* told = texts_->at(index);
  if (told == nullptr) return texts_->zeros_left_out() ? std::optional<std::int64_t>(0) : std::nullopt;
  if (kind == ArgumentKind::folder && (told->value == "AT_FDCWD" || told->value == "CWD"))
    return kCurrentFolder;
  const auto value = parse_register(told->value);
  if (!value) return std::nullopt;
  return as_kind(static_cast<std::uint64_t>(*value), kind);
}

std::optional<bool> CallArguments::has(int index, std::string_view name, std::uint64_t bit) const {
  if (const auto value = integer(index)) return (static_cast<std::uint64_t>(*value) & bit) != 0;
  const std::string_view words = text(index);
  if (words.empty()) return std::nullopt;
  return has_word(words, name);
}

std::string_view CallArguments::text(int index) const {
  const ArgumentText* told = texts_ ? texts_->at(index) : nullptr;
  return told != nullptr ? told->value : std::string_view();
}

const MemoryPiece* CallArguments::piece(int index) const {
  for (const MemoryPiece& piece : event_->memory) {
    if (piece.argument == index) return &piece;
  }
  return nullptr;
}

std::string_view CallArguments::memory(int index) const {
  const MemoryPiece* found = piece(index);
  return found != nullptr ? found->bytes : std::string_view();
}

std::optional<PathArgument> CallArguments::path(int index) const {
  if (const MemoryPiece* found = piece(index))
    return PathArgument{std::string(found->bytes.substr(0, found->bytes.find('\0'))), found->cut};
  const std::string_view told = text(index);
  if (told.size() < 2 || told.front() != '"') return std::nullopt;
  const bool cut = told.ends_with("...");
  const std::size_t close = told.rfind('"');
  if (close == 0) return std::nullopt;
  // strace -s 0 says of every string that there is more.
  if (cut && close == 1) return std::nullopt;
  return PathArgument{unescape_c(told.substr(1, close - 1)), cut};
}

std::optional<SocketAddress> CallArguments::address(int index) const {
  if (const MemoryPiece* found = piece(index)) return socket_address(found->bytes);
  return printed_socket_address(text(index));
}

std::optional<SocketAddress> CallArguments::datagram_address() const {
  if (spec_->address >= 0) return address(spec_->address);
  if (const MemoryPiece* found = piece(MemoryPiece::kMessageName)) return socket_address(found->bytes);
  // strace: "{msg_name={sa_family=AF_INET, ...}, msg_namelen=16, ...}"
  constexpr std::string_view kName = "{msg_name=";
  std::string_view message = text(spec_->find("msg"));
  if (!message.starts_with(kName)) return std::nullopt;
  message.remove_prefix(kName.size());
  return printed_socket_address(message.substr(0, end_of_item(message)));
}

std::optional<std::array<std::int32_t, 2>> CallArguments::descriptors(int index) const {
  std::array<std::int32_t, 2> pair{};
  if (const MemoryPiece* found = piece(index)) {
    if (found->bytes.size() < sizeof pair) return std::nullopt;
    std::memcpy(pair.data(), found->bytes.data(), sizeof pair);
    return pair;
  }
  std::string_view told = text(index);
  if (!told.starts_with('[')) return std::nullopt;
  told.remove_prefix(1);
  const auto first = leading_descriptor(told);
  told.remove_prefix(end_of_item(told));
  while (told.starts_with(',') || told.starts_with(' ')) told.remove_prefix(1);
  const auto second = leading_descriptor(told);
  if (!first || !second) return std::nullopt;
  return std::array<std::int32_t, 2>{*first, *second};
}

std::optional<std::string> CallArguments::annotation(int index) const {
  const ArgumentText* told = texts_ ? texts_->at(index) : nullptr;
  if (told == nullptr || !told->annotation) return std::nullopt;
  return target_name(*told->annotation);
}

FirstDescriptor first_descriptor(const SyscallEvent& event) {
  if (event.has_args) return {static_cast<std::int32_t>(static_cast<std::uint32_t>(event.args[0])), {}};
  std::string_view text = event.text_args;
  std::int32_t fd = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), fd);
  const char* const last = text.data() + text.size();
  if (error == std::errc{} && (end == last || *end == ',')) return {fd, {}};
  // An annotation, a name before it, a folder: seldom.
  const CallArguments arguments(event);
  const auto value = arguments.integer(0);
  if (!value) return {};
  FirstDescriptor result{static_cast<std::int32_t>(*value), {}};
  const ArgumentTexts texts(text, arguments.spec());
  if (const ArgumentText* told = texts.at(0); told != nullptr && told->annotation)
    result.annotation = *told->annotation;
  return result;
}

}  // namespace latimer
