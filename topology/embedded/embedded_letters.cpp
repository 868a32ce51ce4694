#include "topology/embedded/embedded_letters.hpp"

#include "topology/embedded/record_writer.hpp"

#include <map>
#include <optional>
#include <string_view>
#include <utility>

namespace laurel::topology::embedded {

namespace {

constexpr std::size_t records_a_page = 1'000;

} // namespace

schemas::result<void> embedded_letters::visit(std::int32_t partition, const visitor& see) {
  auto next = reader_.first_offset(topic::dlq, partition);
  const auto end = reader_.next_offset(topic::dlq, partition);
  while (next < end) {
    auto page = reader_.read(topic::dlq, partition, next, records_a_page);
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

schemas::result<void> embedded_letters::settle(std::span<const letter_settlement> what) {
  std::map<slot, record_writer> writers;
  for (const auto& one : what) {
    writers[{topic::dlq, one.partition}].add(one.key, std::nullopt, one.note);
    if (one.again)
      writers[{topic_of(one.again->to), one.again->partition}].add(one.key, one.again->value,
                                                                   one.again->headers);
  }
  return core_->write(log_core::purpose::ingest, [&](log_transaction& transaction) {
    for (auto& [where, writer] : writers)
      std::move(writer).append_to(transaction, where);
    return schemas::result<void>{};
  });
}

} // namespace laurel::topology::embedded
