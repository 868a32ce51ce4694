#pragma once

#include "actors/ports.hpp"
#include "schemas/command.hpp"
#include "schemas/dead_letter.hpp"
#include "schemas/event.hpp"
#include "schemas/event_codec.hpp"
#include "schemas/projection.hpp"

#include <array>
#include <deque>
#include <memory>
#include <memory_resource>
#include <optional>
#include <vector>

namespace laurel::actors {

/// A batch with its records decoded. Immutable once made, so that user actors may share it; owns
/// the raw bytes and the text of its events.
struct decoded_batch {
  std::shared_ptr<const input_batch> raw;
  std::pmr::monotonic_buffer_resource arena;
  /// One per record of `raw`, same index; an event without id is a record that cannot be decoded.
  std::vector<schemas::event> events;
  std::deque<schemas::command> orders; // Of a batch of commands; what `event::order` points to.
  /// Why, in record order.
  std::vector<std::pair<std::size_t, schemas::decode_error>> faults;
};

/// One record taken from the queue: an event, or a record that cannot be decoded.
struct queued_record {
  std::shared_ptr<const decoded_batch> batch;
  std::size_t index = 0;
};

/// The records that a task has been given and has not evaluated yet. Of its inputs, the one whose
/// next event happened first goes first, so that a backlog is read about in order of event time: an
/// input read far ahead of the other would make its own older events too old to be recomputed. So
/// nothing is taken while an input has no record here and is not known to be at its end, unless the
/// owner says that it has waited long enough. Only commands are not waited for: they have the time
/// at which they were asked, which is later than what waits. Plain class; owned by one partition
/// actor.
class input_queue {
public:
  /// How records become events: what an event must hold on to, and whose partition this is.
  struct decoding {
    std::int32_t partition_count = 1;
    bool append_time_is_event_time = false; // As in `replay`; nothing is clamped then.
    schemas::projection keep;
  };

  explicit input_queue(decoding how) : how_(std::move(how)) {}

  void push(std::shared_ptr<const input_batch> batch);

  /// Takes the next record; nothing if none is waiting, or if an input has to be waited for.
  std::optional<queued_record> pop();

  /// Waits no longer for inputs that have no record here, until they have one again.
  void stop_waiting();

  /// Batches that `pop` has exhausted since the last call: their credit can be given back.
  std::vector<std::shared_ptr<const input_batch>> take_finished();

  /// Another rule book reads other attributes: what waits is decoded again when its turn comes.
  void decode_for(schemas::projection keep);

  /// Decodes records that never waited here.
  std::shared_ptr<const decoded_batch> decode(std::shared_ptr<const input_batch> raw);

  bool empty() const { return waiting_ == 0; }
  std::size_t waiting_records() const { return waiting_; }

  /// Forgets everything; returns the batches whose credit is still to be given back.
  std::vector<std::shared_ptr<const input_batch>> clear();

private:
  schemas::decoded<schemas::event> decode_record(const log_record& record,
                                                 const schemas::record_context& context,
                                                 decoded_batch& batch);

  struct lane {
    std::deque<std::shared_ptr<const input_batch>> waiting; // The head is decoded in `head`.
    std::shared_ptr<const decoded_batch> head;
    std::size_t next = 0;   // Index into the head of the record that `pop` takes next.
    bool is_at_end = false; // Nothing more is known to come after what is here.
  };

  /// Decodes the head batch if that is still to do; false if the lane has no record.
  bool prepare(lane& from);
  void retire_head(lane& from);

  decoding how_;
  schemas::event_decoder decoder_;
  std::array<lane, schemas::input_count> lanes_;
  std::vector<std::shared_ptr<const input_batch>> finished_;
  std::size_t waiting_ = 0;
};

} // namespace laurel::actors
