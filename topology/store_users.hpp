#pragma once

#include "api/user_source.hpp"
#include "topology/engine.hpp"
#include "topology/log_bundle.hpp"

namespace laurel::topology {

/// Answers about users straight from the committed stores of this process. A question that waits
/// for a position looks again every few milliseconds. Safe from any thread.
class store_users final : public api::user_source {
public:
  /// Both outlive it.
  store_users(const engine& running, const log_bundle& log, std::string erasure_secret)
      : engine_(running), log_(log), erasure_secret_(std::move(erasure_secret)) {}

  schemas::result<api::position> where(const std::string& user_id) override;
  schemas::result<api::placed_user> read(const std::string& user_id,
                                         const std::optional<api::position>& at_least,
                                         std::chrono::milliseconds patience) override;
  schemas::result<api::placed_explanation> explain(state::explain_request what,
                                                   const std::optional<api::position>& at_least,
                                                   std::chrono::milliseconds patience) override;

private:
  /// A store, and what its task had written before anything else is read from it.
  struct reached_store {
    std::shared_ptr<const state::user_store> store;
    state::task_meta meta;
    api::position at;
  };
  schemas::result<reached_store> reach(const std::string& user_id,
                                       const std::optional<api::position>& at_least,
                                       std::chrono::milliseconds patience);
  std::shared_ptr<const state::rules::rule_book> book() const;

  const engine& engine_;
  const log_bundle& log_;
  std::string erasure_secret_; // See state/erasure.hpp; empty: there is none.
};

} // namespace laurel::topology
