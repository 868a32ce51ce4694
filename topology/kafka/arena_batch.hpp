#pragma once

#include "actors/ports.hpp"

#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

namespace laurel::topology::kafka {

/// A batch that owns copies of its records' bytes. Copying a few hundred bytes costs less than
/// keeping librdkafka's messages: each would pin the whole answer that it came in, which can be
/// megabytes. Filled by the feed's thread, then immutable.
class arena_batch final : public actors::input_batch {
public:
  /// Copies bytes to where they stay for as long as the batch.
  std::string_view keep(const void* data, std::size_t size) {
    if (size == 0)
      return {};
    if (size > left_)
      grow(size);
    std::memcpy(at_, data, size);
    const std::string_view kept{at_, size};
    at_ += size;
    left_ -= size;
    return kept;
  }

private:
  static constexpr std::size_t first_chunk = 2'048;
  static constexpr std::size_t chunk_max = 65'536;

  void grow(std::size_t size) {
    const auto doubled = chunks_.empty() ? first_chunk : std::min(chunk_max, last_ * 2);
    last_ = std::max(doubled, size);
    // Not make_unique, which would write zeros first.
    chunks_.push_back(std::unique_ptr<char[]>{new char[last_]});
    at_ = chunks_.back().get();
    left_ = last_;
  }

  std::vector<std::unique_ptr<char[]>> chunks_;
  std::size_t last_ = 0; // Size of the last chunk.
  std::size_t left_ = 0; // What is free in it.
  char* at_ = nullptr;
};

} // namespace laurel::topology::kafka
