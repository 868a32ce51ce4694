#include "topology/event_ingest.hpp"

#include "schemas/command_codec.hpp"

#include <vector>

namespace laurel::topology {

namespace {

bool is_blank(std::string_view line) {
  return line.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

actors::headers headers_of(std::string_view traceparent) {
  if (traceparent.empty())
    return {};
  return {{"traceparent", std::string(traceparent)}};
}

} // namespace

schemas::result<api::append_outcome> event_ingest::append(std::span<const std::string> lines,
                                                          std::string_view traceparent) {
  api::append_outcome outcome;
  std::vector<actors::event_appender::record> good;
  good.reserve(lines.size());
  {
    const std::lock_guard lock{mutex_};
    for (std::size_t i = 0; i < lines.size(); ++i) {
      if (is_blank(lines[i]))
        continue;
      auto routed = decoder_.route(lines[i]);
      if (routed)
        good.push_back({routed->to, std::move(routed->user_id), lines[i], headers_of(traceparent)});
      else
        outcome.faults.push_back({i + 1, std::move(routed.error().message)});
    }
  }
  if (!good.empty())
    if (auto kept = appender_.append(good); !kept)
      return tl::unexpected{kept.error()};
  outcome.appended = good.size();
  return outcome;
}

schemas::result<void> event_ingest::append(const schemas::command& what,
                                           std::string_view traceparent) {
  if (what.kind == schemas::command_kind::erase && how_ == erasures::refused)
    return schemas::failure(schemas::errc::refused,
                            "users cannot be erased here: erasure.secret is not set; give every "
                            "process the same one");
  actors::event_appender::record record{schemas::input::command, what.user_id, encode(what),
                                        headers_of(traceparent)};
  if (auto read = schemas::decode_command(record.value, {}); !read)
    return tl::unexpected{read.error().as_error()};
  return appender_.append(std::span{&record, 1});
}

} // namespace laurel::topology
