// Mapping: a memory-mapped BPF array, read (and partly written) without system calls.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <utility>

namespace latimer::ebpf {

class Mapping {
 public:
  Mapping() = default;
  Mapping(Mapping&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
  Mapping& operator=(Mapping&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping() {
    if (data_ != nullptr) munmap(data_, bytes_);
  }

  // `fd` is a map made with BPF_F_MMAPABLE. False: errno says why.
  bool open(int fd, std::size_t bytes) {
    const std::size_t pages = (bytes + 4095) / 4096 * 4096;
    void* at = mmap(nullptr, pages, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (at == MAP_FAILED) return false;
    data_ = at;
    bytes_ = pages;
    return true;
  }

  [[nodiscard]] std::byte* bytes() const { return static_cast<std::byte*>(data_); }
  template <typename T>
  [[nodiscard]] T* as() const {
    return static_cast<T*>(data_);
  }

 private:
  void* data_ = nullptr;
  std::size_t bytes_ = 0;
};

}  // namespace latimer::ebpf
