#pragma once

#include "actors/ports.hpp"
#include "topology/kafka/arena_batch.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace laurel::topology::kafka {

/// What the feed knows of each input of each partition: whether it is ours, where it is read from,
/// which batch is being filled, and how much of its credit is out. No client in it.
///
/// Owned by the feed; everything is for the feed's thread except `released` and `position`.
///
///     unassigned --assign--> idle --start--> started <--pause/resume--> paused
///         ^                   ^  <---stop---    |
///         '------revoke-------'-----------------'
class feed_ledger {
public:
  struct limits {
    std::size_t credit_bytes = 0; // Over all inputs.
    std::size_t batch_records_max = 0;
    std::size_t batch_bytes_max = 0;
  };

  struct input_place {
    std::int32_t partition = 0;
    schemas::input from = schemas::input::engagement;

    friend bool operator==(const input_place&, const input_place&) = default;
  };

  feed_ledger(std::int32_t partition_count, limits bounds);

  void assign(std::span<const std::int32_t> partitions);

  /// Forgets the partitions, with what was being filled for them. Their credit stays out until it
  /// is released.
  void revoke();

  std::vector<std::int32_t> assigned() const;
  bool is_assigned(std::int32_t partition) const;

  /// Notes where to read on. False if the partition is not ours (any more).
  bool start(std::int32_t partition, std::uint64_t session, const actors::input_offsets& offsets);
  void stop(std::int32_t partition);

  /// Where each started input is read on: exactly after the last record that was taken.
  struct read_position {
    input_place place;
    std::int64_t next = 0;
  };
  std::vector<read_position> positions() const;

  enum class taken {
    kept,    // In the batch being filled.
    full,    // The same, and `finish` should have the batch.
    dropped, // Below what is expected, or nobody wants it.
  };

  /// Takes one record; `make` fills it from the batch's arena.
  template <class Make>
  taken take(input_place place, std::int64_t offset, std::size_t bytes, Make&& make) {
    auto& slot = at(place);
    if (!slot.started || offset < slot.next)
      return taken::dropped;
    auto& batch = batch_of(place, slot);
    batch.records.push_back(make(batch));
    return count(slot, offset, bytes);
  }

  /// The end of an input has been reached: its next record would have `offset`.
  void reach_end(input_place place, std::int64_t offset);

  /// The batch that is being filled for an input; null if there is none.
  std::shared_ptr<const actors::input_batch> finish(input_place place) { return close(at(place)); }

  /// Calls `deliver` with each batch that is being filled.
  template <class Deliver>
  void flush(Deliver&& deliver) {
    for (const auto index : filling_) {
      slots_[index].filling = false;
      if (auto batch = close(slots_[index]))
        deliver(std::move(batch));
    }
    filling_.clear();
  }

  bool has_credit(input_place place) const;

  /// The feed paused or resumed the input at the broker.
  void mark_paused(input_place place, bool paused);
  bool is_paused(input_place place) const { return at(place).paused; }

  /// Paused inputs that have half of their credit back: resuming costs a fetch, so not earlier.
  std::vector<input_place> resumable() const;
  std::vector<input_place> paused() const;

  /// Says that the feed waits for this input's credit; `released` tells when to wake it.
  void expect_release(input_place place, bool waits) { at(place).awaited = waits; }

  /// Any thread. True if the feed waits for this and should be woken.
  bool released(input_place place, std::size_t bytes);

  /// Any thread: the offset of the next record of an input; -1 if it is not being read.
  std::int64_t position(input_place place) const { return at(place).position; }

private:
  struct slot_state {
    bool assigned = false;
    bool started = false;
    bool paused = false;
    bool end_told = false;
    bool filling = false; // Its index is in filling_.
    std::int64_t next = 0;
    std::uint64_t session = 0;
    std::shared_ptr<arena_batch> open;
    std::size_t last_count = 0;               // Records of the last batch: a guess for the next.
    std::atomic<std::int64_t> outstanding{0}; // Bytes delivered and not released.
    std::atomic<std::int64_t> position{-1};
    std::atomic<bool> awaited{false};
  };

  std::size_t index_of(input_place place) const;
  input_place place_of(std::size_t index) const;
  slot_state& at(input_place place) { return slots_[index_of(place)]; }
  const slot_state& at(input_place place) const { return slots_[index_of(place)]; }

  arena_batch& batch_of(input_place place, slot_state& slot);
  taken count(slot_state& slot, std::int64_t offset, std::size_t bytes);
  static std::shared_ptr<const actors::input_batch> close(slot_state& slot);
  static void reset(slot_state& slot);

  const limits bounds_;
  std::vector<slot_state> slots_; // Two a partition; its size never changes.
  std::vector<std::size_t> filling_;
  std::int64_t credit_ = 0; // Of each input.
};

} // namespace laurel::topology::kafka
