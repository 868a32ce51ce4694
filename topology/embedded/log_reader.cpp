#include "topology/embedded/log_reader.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace laurel::topology::embedded {

namespace {

constexpr std::size_t read_bytes = 256U << 10;

schemas::result<read_record> own(slot where, const record_view& record) {
  auto headers = decode_headers(record.headers);
  if (!headers)
    return tl::unexpected(headers.error());
  read_record out{where.of, where.partition,    record.offset, record.append_time_ms, {},
                  {},       std::move(*headers)};
  if (record.key)
    out.key.emplace(*record.key);
  if (record.value)
    out.value.emplace(*record.value);
  return out;
}

} // namespace

schemas::result<log_reader::page> log_reader::read(topic of, std::int32_t partition,
                                                   std::int64_t from,
                                                   std::size_t records_max) const {
  const slot where{of, partition};
  from = std::max(from, first_offset(of, partition));
  const auto run = core_->read(where, from, read_bytes);
  if (!run)
    return tl::unexpected(run.error());
  page out;
  out.next_offset = from;
  for (const auto& bytes : run->batches) {
    const auto read =
      visit_records(bytes, from, [&](const record_view& record) -> schemas::result<bool> {
        if (out.records.size() == records_max)
          return false;
        auto owned = own(where, record);
        if (!owned)
          return tl::unexpected(owned.error());
        out.next_offset = owned->offset + 1;
        out.records.push_back(std::move(*owned));
        return true;
      });
    if (!read)
      return tl::unexpected(read.error());
    if (!*read)
      return out;
  }
  out.next_offset = run->next_offset;
  out.at_end = run->at_end;
  return out;
}

std::int64_t log_reader::first_offset(topic of, std::int32_t partition) const {
  return core_->state_of({of, partition}).first_offset;
}

std::int64_t log_reader::next_offset(topic of, std::int32_t partition) const {
  return core_->state_of({of, partition}).next_offset;
}

log_tail::log_tail(std::shared_ptr<log_core> core, std::vector<topic> topics, begin where)
    : core_(std::move(core)), reader_(core_), signal_(std::make_shared<change_signal>()) {
  core_->subscribe(signal_);
  for (const auto of : topics) {
    for (std::int32_t partition = 0; partition < reader_.partitions(of); ++partition)
      places_.push_back(
        {{of, partition}, where == begin::at_end ? reader_.next_offset(of, partition) : 0});
  }
}

log_tail::~log_tail() {
  core_->unsubscribe(signal_);
}

schemas::result<std::vector<read_record>> log_tail::poll(std::size_t records_max) {
  std::vector<read_record> records;
  for (auto& [where, next_offset] : places_) {
    if (next_offset >= reader_.next_offset(where.of, where.partition))
      continue;
    auto page = reader_.read(where.of, where.partition, next_offset, records_max - records.size());
    if (!page)
      return tl::unexpected(page.error());
    next_offset = page->next_offset;
    std::move(page->records.begin(), page->records.end(), std::back_inserter(records));
    if (records.size() >= records_max)
      break;
  }
  return records;
}

schemas::result<std::vector<read_record>> log_tail::next(std::size_t records_max,
                                                         std::chrono::milliseconds timeout) {
  const auto seen = signal_->count();
  auto records = poll(records_max);
  if (!records || !records->empty() || !signal_->wait_for(seen, timeout))
    return records;
  return poll(records_max);
}

} // namespace laurel::topology::embedded
