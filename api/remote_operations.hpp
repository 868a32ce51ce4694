#pragma once

#include "api/control_client.hpp"
#include "api/operations.hpp"

namespace laurel::api {

/// The operations of another process, asked over its control socket. Used by one thread.
class remote_operations final : public operations {
public:
  explicit remote_operations(control_client& client) : client_(client) {}

  schemas::result<std::vector<std::int32_t>>
  order_tasks(const std::vector<std::int32_t>& partitions, actors::task_order what,
              const std::string& reason) override;
  schemas::result<letter_page> letters(const letter_filter& which) override;
  schemas::result<settle_outcome> settle_letters(const letter_filter& which, settlement how,
                                                 bool is_rehearsal) override;
  schemas::result<std::vector<parked_user>> parked_users() override;
  schemas::result<std::uint64_t> unpark(const std::string& user_id) override;

private:
  control_client& client_;
};

} // namespace laurel::api
