#pragma once

#include <string_view>

namespace laurel::schemas {

/// The numbered points at which a process can die between a polled record and an answered command;
/// tests die at each of them. Where each lies is said at the call.
enum class failpoint {
  k0_polled,
  k1_evaluated,
  k2_first_produced,
  k3_all_produced,
  k4_flushed,
  k5_offsets_added,
  k6_commit_sent,
  k7_committed,
  k8_in_store_write,
  k9_store_written,
  k10_published,
  k11_memtable_flush,
  k12_checkpoint,
  k13_restore,
  k14_init_transactions,
  k15_revocation,
  k16_abort,
  k18_drain,
};

/// Arms one point from text such as "k7:3": the third time k7 is reached, the process ends at once
/// with exit code 137, as after `kill -9`. Call before any thread starts. Returns false if the text
/// names no point.
bool arm_failpoint(std::string_view text);

/// Dies here if this point is armed and due. Costs one relaxed load otherwise. Any thread.
void reach(failpoint point);

} // namespace laurel::schemas
