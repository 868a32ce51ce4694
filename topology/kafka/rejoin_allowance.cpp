#include "topology/kafka/rejoin_allowance.hpp"

namespace laurel::topology::kafka {

void rejoin_allowance::on_lost() {
  is_lost_ = true;
  tries_left_ = tries_max;
}

void rejoin_allowance::on_assigned(time_point now) {
  if (!is_lost_)
    return;
  is_lost_ = false;
  trusted_from_ = now + session_timeout_;
}

bool rejoin_allowance::on_fenced(time_point now) {
  const bool may_be_ours = is_lost_ || now < trusted_from_;
  if (!may_be_ours || tries_left_ == 0)
    return false;
  --tries_left_;
  is_lost_ = true;
  return true;
}

} // namespace laurel::topology::kafka
