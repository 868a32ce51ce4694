#pragma once

#include "actors/ports.hpp"
#include "schemas/base/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace laurel::topology::embedded {

/// One record of a stored batch; text is borrowed from the batch.
struct record_view {
  std::int64_t offset = 0;
  std::int64_t append_time_ms = 0;
  std::optional<std::string_view> key;
  std::optional<std::string_view> value;
  std::string_view headers; // As stored, see `decode_headers`; empty if there are none.
};

/// What a batch says of itself.
struct batch_header {
  std::int64_t base_offset = 0;
  std::int64_t base_time_ms = 0;
  std::uint32_t count = 0;
};

/// Builds the stored form of a run of records. Offsets and times are relative, so that a batch can
/// be built before its place in the log is known; `finish` names the place.
class record_batch_builder {
public:
  record_batch_builder();

  /// The next offset, at the batch's time.
  void add(std::optional<std::string_view> key, std::optional<std::string_view> value,
           const actors::headers& headers = {});

  /// For compaction and loading, where offsets have gaps and records have times of their own.
  /// Headers are taken as stored.
  void add_at(std::int64_t offset_delta, std::int64_t time_delta, const record_view& record);

  std::uint32_t count() const { return count_; }
  std::size_t size() const { return bytes_.size(); }
  std::int64_t last_delta() const { return last_delta_; }

  /// Ends the batch and hands out its bytes.
  std::string finish(std::int64_t base_offset, std::int64_t base_time_ms) &&;

private:
  std::string bytes_;
  std::uint32_t count_ = 0;
  std::int64_t last_delta_ = -1;
};

/// Reads the records of one stored batch, in order.
class record_batch_reader {
public:
  /// Fails with `corrupt`, as `next` does.
  [[nodiscard]] static schemas::result<record_batch_reader> open(std::string_view bytes);

  const batch_header& header() const { return header_; }

  /// Nothing after the last record.
  [[nodiscard]] schemas::result<std::optional<record_view>> next();

private:
  record_batch_reader(batch_header header, std::string_view rest)
      : header_(header), rest_(rest), left_(header.count) {}

  batch_header header_;
  std::string_view rest_;
  std::uint32_t left_ = 0;
};

/// Shows the records of one stored batch from offset `from` on to `visit`, a function of
/// (const record_view&) to result<bool>, until it says false; false then. Fails with `corrupt`, or
/// as `visit` does.
template <class Visit>
[[nodiscard]] schemas::result<bool> visit_records(std::string_view batch, std::int64_t from,
                                                  Visit&& visit) {
  auto reader = record_batch_reader::open(batch);
  if (!reader)
    return tl::unexpected(reader.error());
  for (;;) {
    const auto record = reader->next();
    if (!record)
      return tl::unexpected(record.error());
    if (!*record)
      return true;
    if ((*record)->offset < from)
      continue;
    const schemas::result<bool> goes_on = visit(**record);
    if (!goes_on || !*goes_on)
      return goes_on;
  }
}

/// The headers of a record; fails with `corrupt`.
[[nodiscard]] schemas::result<actors::headers> decode_headers(std::string_view stored);

/// The first header of that name, borrowed; nothing if there is none.
std::optional<std::string_view> find_header(std::string_view stored, std::string_view name);

} // namespace laurel::topology::embedded
