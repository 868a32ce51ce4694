#include "topology/embedded/embedded_records.hpp"

#include <utility>

namespace laurel::topology::embedded {

namespace {

constexpr std::size_t records_a_page = 1'000;

/// The parts are the same by name, not by number: numbers of topics are stored.
topic topic_of(stream which) {
  static const stream_map by_default;
  return topic_named(by_default.name(which)).value();
}

} // namespace

schemas::result<void> embedded_records::visit(stream which, std::int32_t partition,
                                              const visitor& see) {
  const auto from = topic_of(which);
  auto next = reader_.first_offset(from, partition);
  const auto end = reader_.next_offset(from, partition);
  while (next < end) {
    auto page = reader_.read(from, partition, next, records_a_page);
    if (!page)
      return tl::unexpected{page.error()};
    for (auto& record : page->records)
      see({.partition = partition,
           .offset = record.offset,
           .append_time_ms = record.append_time_ms,
           .key = std::move(record.key).value_or(""),
           .value = std::move(record.value).value_or(""),
           .headers = std::move(record.headers)});
    if (page->next_offset <= next)
      break; // Nothing more, although offsets may go on.
    next = page->next_offset;
  }
  return {};
}

} // namespace laurel::topology::embedded
