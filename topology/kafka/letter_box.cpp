#include "topology/kafka/letter_box.hpp"

#include "topology/kafka/errors.hpp"
#include "topology/kafka/topic_records.hpp"

#include <array>
#include <optional>
#include <utility>
#include <vector>

namespace laurel::topology::kafka {

namespace {

using schemas::errc;
using schemas::failure;
using schemas::result;

constexpr std::chrono::milliseconds settle_timeout{30'000};

/// Topics of the producer, in this order.
constexpr std::array settled_streams{stream::dlq, stream::engagement, stream::transaction,
                                     stream::commands};

constexpr std::size_t topic_of(schemas::input to) {
  return 1 + static_cast<std::size_t>(to);
}

} // namespace

result<void> topic_letters::visit(std::int32_t partition, const visitor& see) {
  return topic_records(settings_).visit(stream::dlq, partition, see);
}

result<void> topic_letters::take_over() {
  producer_.reset();
  std::vector<transactional_producer::topic> topics;
  for (const auto which : settled_streams)
    topics.push_back({settings_.streams.name(which), partition_count_});
  auto made =
    transactional_producer::open(settings_, settings_.group + "-letters", settle_timeout, topics);
  if (!made)
    return tl::unexpected{made.error()};
  if (const auto ready = (*made)->init(deadline{settle_timeout}); !ready)
    return tl::unexpected{ready.error().why};
  producer_ = std::move(*made);
  return {};
}

result<void> topic_letters::settle(std::span<const letter_settlement> what) {
  if (producer_ == nullptr)
    return failure(errc::refused, "letters are settled by whoever has taken over");
  const auto written = write(what, deadline{settle_timeout});
  if (!written)
    producer_.reset(); // Its successor rolls an open transaction back.
  if (written)
    return {};
  const auto& [what_to_do, why] = written.error();
  if (why.code == errc::fenced)
    return failure(errc::fenced, "somebody else settles letters at the same time; look, and do "
                                 "again what is still open ("
                                   + why.message + ")");
  if (what_to_do == verdict::retriable)
    return failure(errc::transient, why.message
                                      + "; whether it was done is not known: list the letters, "
                                        "those that are still open were not");
  return tl::unexpected{why};
}

step topic_letters::write(std::span<const letter_settlement> what, deadline until) {
  if (auto begun = producer_->begin(); !begun)
    return begun;
  for (const auto& one : what) {
    if (auto sent =
          producer_->send({0, one.partition, one.key, std::nullopt, &one.note, false}, until);
        !sent)
      return sent;
    if (!one.again)
      continue;
    const auto& record = *one.again;
    if (auto sent = producer_->send(
          {topic_of(record.to), record.partition, one.key, record.value, &record.headers, false},
          until);
        !sent)
      return sent;
  }
  if (auto flushed = producer_->flush(until); !flushed)
    return flushed;
  return producer_->commit(until);
}

} // namespace laurel::topology::kafka
