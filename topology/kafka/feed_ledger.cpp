#include "topology/kafka/feed_ledger.hpp"

#include "schemas/base/check.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace laurel::topology::kafka {

feed_ledger::feed_ledger(std::int32_t partition_count, limits bounds)
    : bounds_(bounds), slots_(static_cast<std::size_t>(partition_count) * schemas::input_count) {
  filling_.reserve(slots_.size());
}

std::size_t feed_ledger::index_of(input_place place) const {
  const auto index = static_cast<std::size_t>(place.partition) * schemas::input_count
                     + static_cast<std::size_t>(place.from);
  CHECK_ALWAYS(place.partition >= 0 && index < slots_.size());
  return index;
}

feed_ledger::input_place feed_ledger::place_of(std::size_t index) const {
  return {static_cast<std::int32_t>(index / schemas::input_count),
          schemas::every_input[index % schemas::input_count]};
}

void feed_ledger::assign(std::span<const std::int32_t> partitions) {
  for (const auto partition : partitions)
    for (const auto from : schemas::every_input)
      at({partition, from}).assigned = true;
  // Commands are few: their share would lie idle.
  const auto inputs = std::max<std::size_t>(partitions.size() * schemas::event_input_count, 1);
  credit_ =
    static_cast<std::int64_t>(std::max(bounds_.credit_bytes / inputs, bounds_.batch_bytes_max));
}

void feed_ledger::reset(slot_state& slot) {
  slot.started = false;
  slot.paused = false;
  slot.end_told = false;
  slot.open.reset();
  slot.position = -1;
}

void feed_ledger::revoke() {
  for (auto& slot : slots_) {
    reset(slot);
    slot.assigned = false;
  }
}

std::vector<std::int32_t> feed_ledger::assigned() const {
  std::vector<std::int32_t> partitions;
  for (std::size_t index = 0; index < slots_.size(); index += schemas::input_count)
    if (slots_[index].assigned)
      partitions.push_back(place_of(index).partition);
  return partitions;
}

bool feed_ledger::is_assigned(std::int32_t partition) const {
  return at({partition, schemas::input::engagement}).assigned;
}

bool feed_ledger::start(std::int32_t partition, std::uint64_t session,
                        const actors::input_offsets& offsets) {
  if (!is_assigned(partition))
    return false;
  for (const auto from : schemas::every_input) {
    auto& slot = at({partition, from});
    reset(slot); // Also drops what was being filled for the start before.
    slot.started = true;
    slot.session = session;
    slot.next = offsets[static_cast<std::size_t>(from)];
    slot.position = slot.next;
  }
  return true;
}

void feed_ledger::stop(std::int32_t partition) {
  for (const auto from : schemas::every_input)
    reset(at({partition, from}));
}

std::vector<feed_ledger::read_position> feed_ledger::positions() const {
  std::vector<read_position> all;
  for (std::size_t index = 0; index < slots_.size(); ++index)
    if (slots_[index].started)
      all.push_back({place_of(index), slots_[index].next});
  return all;
}

arena_batch& feed_ledger::batch_of(input_place place, slot_state& slot) {
  if (slot.open == nullptr) {
    slot.open = std::make_shared<arena_batch>();
    slot.open->partition = place.partition;
    slot.open->from = place.from;
    slot.open->session = slot.session;
    slot.open->next_offset = slot.next;
    slot.open->records.reserve(slot.last_count);
  }
  if (!slot.filling) {
    slot.filling = true;
    filling_.push_back(index_of(place));
  }
  return *slot.open;
}

feed_ledger::taken feed_ledger::count(slot_state& slot, std::int64_t offset, std::size_t bytes) {
  auto& batch = *slot.open;
  slot.next = offset + 1;
  batch.next_offset = slot.next;
  batch.bytes += bytes;
  batch.at_end = false;
  slot.end_told = false;
  const bool full =
    batch.records.size() >= bounds_.batch_records_max || batch.bytes >= bounds_.batch_bytes_max;
  return full ? taken::full : taken::kept;
}

void feed_ledger::reach_end(input_place place, std::int64_t offset) {
  auto& slot = at(place);
  // An end below what has been read was true once, before the records that came since.
  if (!slot.started || offset < slot.next || slot.end_told)
    return;
  batch_of(place, slot).at_end = true;
  slot.end_told = true;
  slot.position = offset; // Control records lie between; they are no lag.
}

std::shared_ptr<const actors::input_batch> feed_ledger::close(slot_state& slot) {
  if (slot.open == nullptr)
    return nullptr;
  auto batch = std::exchange(slot.open, nullptr);
  slot.outstanding += static_cast<std::int64_t>(batch->bytes);
  slot.last_count = batch->records.size();
  if (!batch->at_end)
    slot.position = batch->next_offset;
  return batch;
}

bool feed_ledger::has_credit(input_place place) const {
  const auto& slot = at(place);
  const auto filling = slot.open == nullptr ? std::size_t{0} : slot.open->bytes;
  return slot.outstanding + static_cast<std::int64_t>(filling) < credit_;
}

void feed_ledger::mark_paused(input_place place, bool paused) {
  at(place).paused = paused;
}

std::vector<feed_ledger::input_place> feed_ledger::resumable() const {
  std::vector<input_place> places;
  for (std::size_t index = 0; index < slots_.size(); ++index)
    if (slots_[index].paused && slots_[index].outstanding <= credit_ / 2)
      places.push_back(place_of(index));
  return places;
}

std::vector<feed_ledger::input_place> feed_ledger::paused() const {
  std::vector<input_place> places;
  for (std::size_t index = 0; index < slots_.size(); ++index)
    if (slots_[index].paused)
      places.push_back(place_of(index));
  return places;
}

bool feed_ledger::released(input_place place, std::size_t bytes) {
  auto& slot = at(place);
  slot.outstanding -= static_cast<std::int64_t>(bytes);
  return slot.awaited;
}

} // namespace laurel::topology::kafka
