#include "actors/dead_letter_breaker.hpp"

namespace laurel::actors {

bool dead_letter_breaker::on_round(std::size_t records, std::size_t dead) {
  run_ = dead == records ? run_ + dead : 0; // A round with a good record breaks the run.
  records_ += records;
  dead_ += dead;
  if (run_ >= limits_.run_max)
    return true;
  if (records_ < limits_.window)
    return false;
  const bool trips = dead_ * 100 >= records_ * limits_.share_percent;
  records_ = dead_ = 0;
  return trips;
}

void dead_letter_breaker::reset() {
  run_ = records_ = dead_ = 0;
}

} // namespace laurel::actors
