#include "actors/input_queue.hpp"

#include "schemas/command_codec.hpp"

namespace laurel::actors {

using schemas::input;

void input_queue::push(std::shared_ptr<const input_batch> batch) {
  waiting_ += batch->records.size();
  auto& into = lanes_[static_cast<std::size_t>(batch->from)];
  into.is_at_end = batch->at_end;
  into.waiting.push_back(std::move(batch));
}

std::optional<queued_record> input_queue::pop() {
  lane* chosen = nullptr;
  for (auto& candidate : lanes_) {
    if (!prepare(candidate)) {
      const bool is_of_events = &candidate != &lanes_[static_cast<std::size_t>(input::command)];
      if (!candidate.is_at_end && is_of_events)
        return std::nullopt; // Its next record may have happened before all others.
      continue;
    }
    // A record that cannot be decoded has the lowest time and goes at once.
    if (chosen == nullptr
        || candidate.head->events[candidate.next].at < chosen->head->events[chosen->next].at)
      chosen = &candidate;
  }
  if (chosen == nullptr)
    return std::nullopt;
  --waiting_;
  queued_record taken{chosen->head, chosen->next++};
  if (chosen->next == chosen->head->events.size())
    retire_head(*chosen);
  return taken;
}

void input_queue::stop_waiting() {
  for (auto& each : lanes_)
    if (each.waiting.empty())
      each.is_at_end = true;
}

std::vector<std::shared_ptr<const input_batch>> input_queue::take_finished() {
  return std::exchange(finished_, {});
}

void input_queue::decode_for(schemas::projection keep) {
  how_.keep = std::move(keep);
  for (auto& each : lanes_)
    if (each.head != nullptr)
      each.head = decode(each.head->raw); // `next` stays: the records are the same.
}

std::vector<std::shared_ptr<const input_batch>> input_queue::clear() {
  auto held = take_finished();
  for (auto& each : lanes_)
    held.insert(held.end(), each.waiting.begin(), each.waiting.end());
  lanes_ = {};
  waiting_ = 0;
  return held;
}

bool input_queue::prepare(lane& from) {
  while (from.head == nullptr && !from.waiting.empty()) {
    if (from.waiting.front()->records.empty()) { // Only news that the end was reached.
      retire_head(from);
      continue;
    }
    from.head = decode(from.waiting.front());
    from.next = 0;
  }
  return from.head != nullptr;
}

std::shared_ptr<const decoded_batch> input_queue::decode(std::shared_ptr<const input_batch> raw) {
  auto batch = std::make_shared<decoded_batch>();
  batch->events.resize(raw->records.size());
  for (std::size_t i = 0; i < raw->records.size(); ++i) {
    const auto& record = raw->records[i];
    const schemas::record_context context{
      .from = raw->from,
      .partition = raw->partition,
      .partition_count = how_.partition_count,
      .append_time_ms = how_.append_time_is_event_time ? -1 : record.append_time_ms,
      .offset = record.offset,
      .has_key = record.has_key,
      .key = record.key};
    auto event = decode_record(record, context, *batch);
    if (event) {
      batch->events[i] = *event;
    } else {
      batch->events[i].at = schemas::event_time::lowest();
      batch->faults.emplace_back(i, std::move(event.error()));
    }
  }
  batch->raw = std::move(raw);
  return batch;
}

schemas::decoded<schemas::event> input_queue::decode_record(const log_record& record,
                                                            const schemas::record_context& context,
                                                            decoded_batch& batch) {
  if (context.from != schemas::input::command)
    return decoder_.decode(record.value, context, how_.keep, batch.arena);
  auto order = schemas::decode_command(record.value, context);
  if (!order)
    return tl::unexpected(std::move(order.error()));
  const auto& kept = batch.orders.emplace_back(std::move(*order));
  schemas::event made;
  made.id = kept.id;
  made.user_id = kept.user_id;
  made.at = kept.at;
  made.recorded_at =
    context.append_time_ms >= 0 ? schemas::event_time{context.append_time_ms} : kept.at;
  made.from = context.from;
  made.offset = context.offset;
  made.order = &kept;
  return made;
}

void input_queue::retire_head(lane& from) {
  finished_.push_back(std::move(from.waiting.front()));
  from.waiting.pop_front();
  from.head = nullptr;
  from.next = 0;
}

} // namespace laurel::actors
