#pragma once

#include "api/rule_desk.hpp"
#include "topology/record_source.hpp"

#include <map>
#include <string>
#include <utility>

namespace laurel::topology {

/// Folds the records of one trial. Plain class.
class trial_fold {
public:
  explicit trial_fold(api::rule_trial of) : of_(std::move(of)) {}

  /// Takes the records of the trials topic, each partition in order; those of other rules, of other
  /// versions and of before this trial began change nothing.
  void add(const stored_record& record);

  /// The trial with its badges.
  api::rule_trial report() const;

private:
  struct tried_grant {
    std::string badge_id;
    std::string user_id;
    bool stands = false;
    bool is_held = false;
  };

  api::rule_trial of_;
  std::map<std::string, tried_grant> grants_; // By grant id.
};

} // namespace laurel::topology
