#pragma once

#include "api/operations.hpp"
#include "topology/letter_box.hpp"

#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace laurel::topology {

/// The letters of the dead-letter topic and what becomes of them.
///
/// The topic is its own ledger: a letter that is settled gets a note behind it, in the transaction
/// that sends its record again. So nothing is sent twice, whoever dies when, and what a list shows
/// is what the topic says. A record that fails again becomes a new letter that names the first
/// origin and counts attempts; after `attempts_max` it is only to be discarded, so nothing goes
/// round for ever. Safe from any thread, one call at a time.
class dead_letters {
public:
  /// A record is processed this often at most, the first time included.
  static constexpr std::uint32_t attempts_max = 5;

  /// Letters that one call may settle: what fits into one transaction, with room to spare.
  static constexpr std::size_t settled_max = 10'000;

  dead_letters(letter_box& box, std::int32_t partition_count,
               std::map<std::string, schemas::input> inputs)
      : box_(box), partition_count_(partition_count), inputs_(std::move(inputs)) {}

  [[nodiscard]] schemas::result<api::letter_page> list(const api::letter_filter& which);
  [[nodiscard]] schemas::result<api::settle_outcome> settle(const api::letter_filter& which,
                                                            api::settlement how, bool is_rehearsal);

private:
  schemas::result<std::vector<api::dead_letter>> meant(const api::letter_filter& which) const;
  schemas::result<std::vector<api::dead_letter>> read(std::int32_t partition,
                                                      const api::letter_filter& which) const;
  std::string obstacle_of(const api::dead_letter& letter) const;
  letter_settlement settlement_of(const api::dead_letter& letter, api::settlement how) const;

  std::mutex mutex_;
  letter_box& box_;
  std::int32_t partition_count_;
  std::map<std::string, schemas::input> inputs_; // By topic name.
};

} // namespace laurel::topology
