#pragma once

#include <chrono>
#include <optional>
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

/// One point, and when to die at it.
struct death {
  failpoint where = failpoint::k0_polled;
  int times = 1;                      // At the how-manieth time; from 1.
  std::chrono::microseconds delay{0}; // How long the thread still runs: dies in what follows.
};

/// Reads "POINT", "POINT:TIMES" or "POINT:TIMES@MICROSECONDSus", e.g. "k7", "k7:3", "k6:3@1500us".
std::optional<death> parse_failpoint(std::string_view text);

/// Has the process end at once with exit code 137, as after `kill -9`, when that point is due. Call
/// before any thread starts.
void arm_failpoint(const death& when);

/// Dies here if this point is armed and due. Costs one relaxed load otherwise. Any thread.
void reach(failpoint point);

} // namespace laurel::schemas
