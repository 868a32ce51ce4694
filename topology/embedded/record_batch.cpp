#include "topology/embedded/record_batch.hpp"

#include "topology/embedded/log_layout.hpp"

namespace laurel::topology::embedded {

namespace {

// Stored form:
//
//   batch   = format:u8(1) base_offset:u64be base_time:u64be count:u64be record*
//   record  = offset_delta:varint time_delta:zigzag flags:u8 [key:text] [value:text] [headers:text]
//   headers = (name:text value:text)*
//   text    = size:varint bytes
//   flags   = 1 key | 2 value | 4 headers
//
// RocksDB checks sums over it, so there is none here.

constexpr char format = 1;
constexpr std::size_t number_bytes = 8;
constexpr std::size_t header_bytes = 1 + 3 * number_bytes;

constexpr unsigned has_key = 1;
constexpr unsigned has_value = 2;
constexpr unsigned has_headers = 4;

void put_varint(std::string& to, std::uint64_t number) {
  for (; number >= 0x80U; number >>= 7U)
    to.push_back(static_cast<char>(number | 0x80U));
  to.push_back(static_cast<char>(number));
}

std::uint64_t zigzag(std::int64_t number) {
  return static_cast<std::uint64_t>(number) << 1U ^ static_cast<std::uint64_t>(number >> 63);
}

std::int64_t unzigzag(std::uint64_t number) {
  return static_cast<std::int64_t>(number >> 1U) ^ -static_cast<std::int64_t>(number & 1U);
}

void put_text(std::string& to, std::string_view text) {
  put_varint(to, text.size());
  to.append(text);
}

bool take_varint(std::string_view& from, std::uint64_t& number) {
  number = 0;
  for (unsigned shift = 0; !from.empty() && shift < 64; shift += 7) {
    const auto byte = static_cast<unsigned char>(from.front());
    from.remove_prefix(1);
    number |= static_cast<std::uint64_t>(byte & 0x7fU) << shift;
    if (byte < 0x80U)
      return true;
  }
  return false;
}

bool take_text(std::string_view& from, std::string_view& text) {
  std::uint64_t size = 0;
  if (!take_varint(from, size) || size > from.size())
    return false;
  text = from.substr(0, size);
  from.remove_prefix(size);
  return true;
}

bool take_optional(bool there, std::string_view& from, std::optional<std::string_view>& text) {
  if (!there)
    return true;
  return take_text(from, text.emplace());
}

tl::unexpected<schemas::error> damaged() {
  return schemas::failure(schemas::errc::corrupt, "a stored batch of the log is damaged");
}

} // namespace

record_batch_builder::record_batch_builder() : bytes_(header_bytes, '\0') {}

void record_batch_builder::add(std::optional<std::string_view> key,
                               std::optional<std::string_view> value,
                               const actors::headers& headers) {
  std::string stored;
  for (const auto& [name, text] : headers) {
    put_text(stored, name);
    put_text(stored, text);
  }
  add_at(last_delta_ + 1, 0, {.key = key, .value = value, .headers = stored});
}

void record_batch_builder::add_at(std::int64_t offset_delta, std::int64_t time_delta,
                                  const record_view& record) {
  put_varint(bytes_, static_cast<std::uint64_t>(offset_delta));
  put_varint(bytes_, zigzag(time_delta));
  const unsigned flags = (record.key ? has_key : 0) | (record.value ? has_value : 0)
                         | (record.headers.empty() ? 0 : has_headers);
  bytes_.push_back(static_cast<char>(flags));
  if (record.key)
    put_text(bytes_, *record.key);
  if (record.value)
    put_text(bytes_, *record.value);
  if (!record.headers.empty())
    put_text(bytes_, record.headers);
  last_delta_ = offset_delta;
  ++count_;
}

std::string record_batch_builder::finish(std::int64_t base_offset, std::int64_t base_time_ms) && {
  bytes_[0] = format;
  bytes_.replace(1, number_bytes, encode_number(base_offset));
  bytes_.replace(1 + number_bytes, number_bytes, encode_number(base_time_ms));
  bytes_.replace(1 + 2 * number_bytes, number_bytes, encode_number(count_));
  return std::move(bytes_);
}

schemas::result<record_batch_reader> record_batch_reader::open(std::string_view bytes) {
  if (bytes.size() < header_bytes || bytes[0] != format)
    return damaged();
  const auto number = [&](std::size_t index) {
    return *decode_number(bytes.substr(1 + index * number_bytes, number_bytes));
  };
  const batch_header header{number(0), number(1), static_cast<std::uint32_t>(number(2))};
  return record_batch_reader(header, bytes.substr(header_bytes));
}

schemas::result<std::optional<record_view>> record_batch_reader::next() {
  if (left_ == 0)
    return std::nullopt;
  --left_;
  std::uint64_t offset_delta = 0;
  std::uint64_t time_delta = 0;
  if (!take_varint(rest_, offset_delta) || !take_varint(rest_, time_delta) || rest_.empty())
    return damaged();
  record_view record;
  const bool is_beyond =
    __builtin_add_overflow(header_.base_offset, offset_delta, &record.offset)
    || __builtin_add_overflow(header_.base_time_ms, unzigzag(time_delta), &record.append_time_ms);
  if (is_beyond)
    return damaged();
  const auto flags = static_cast<unsigned char>(rest_.front());
  rest_.remove_prefix(1);
  std::optional<std::string_view> headers;
  if (!take_optional((flags & has_key) != 0, rest_, record.key)
      || !take_optional((flags & has_value) != 0, rest_, record.value)
      || !take_optional((flags & has_headers) != 0, rest_, headers))
    return damaged();
  record.headers = headers.value_or(std::string_view{});
  return record;
}

schemas::result<actors::headers> decode_headers(std::string_view stored) {
  actors::headers headers;
  while (!stored.empty()) {
    std::string_view name;
    std::string_view text;
    if (!take_text(stored, name) || !take_text(stored, text))
      return damaged();
    headers.emplace_back(name, text);
  }
  return headers;
}

std::optional<std::string_view> find_header(std::string_view stored, std::string_view name) {
  std::string_view each;
  std::string_view text;
  while (take_text(stored, each) && take_text(stored, text)) {
    if (each == name)
      return text;
  }
  return std::nullopt;
}

} // namespace laurel::topology::embedded
