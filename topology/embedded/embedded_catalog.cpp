#include "topology/embedded/embedded_catalog.hpp"

#include "schemas/base/check.hpp"
#include "topology/embedded/record_writer.hpp"

#include <chrono>
#include <utility>

namespace laurel::topology::embedded {

namespace {

constexpr std::size_t read_bytes = 1U << 20;
constexpr std::chrono::milliseconds retry_delay{1000};

using record_sink = std::function<void(const actors::catalog_record&)>;

/// Hands over the records of one stored batch from `next` on and moves `next` past them.
schemas::result<void> hand_over(std::string_view batch, std::int64_t& next,
                                const record_sink& sink) {
  const auto read = visit_records(batch, next, [&](const record_view& record) {
    next = record.offset + 1;
    actors::catalog_record out{std::string(record.key.value_or(std::string_view{})), {}, next};
    if (record.value)
      out.value.emplace(*record.value);
    sink(out);
    return true;
  });
  if (!read)
    return tl::unexpected(read.error());
  return {};
}

} // namespace

embedded_catalog::embedded_catalog(std::shared_ptr<log_core> core, topic which)
    : core_(std::move(core)), where_{which, 0}, signal_(std::make_shared<change_signal>()) {
  core_->subscribe(signal_);
}

embedded_catalog::~embedded_catalog() {
  close();
  core_->unsubscribe(signal_);
}

void embedded_catalog::follow(std::function<void(const actors::catalog_record&)> sink,
                              std::function<void()> caught_up) {
  CHECK_ALWAYS(!thread_.joinable());
  thread_ = std::thread(
    [this, sink = std::move(sink), caught_up = std::move(caught_up)] { loop(sink, caught_up); });
}

void embedded_catalog::loop(const record_sink& sink, const std::function<void()>& caught_up) {
  const auto end_at_start = core_->state_of(where_).next_offset;
  std::int64_t next = 0;
  bool told = false;
  // The count comes before the look at `closing_`: its signal may be the one counted.
  for (auto seen = signal_->count(); !closing_; seen = signal_->count()) {
    auto run = core_->read(where_, next, read_bytes);
    schemas::result<void> taken;
    for (std::size_t i = 0; run && taken && i < run->batches.size(); ++i)
      taken = hand_over(run->batches[i], next, sink);
    if (!run || !taken) {
      // The rules in force stay in force; a damaged log also fails the tasks, which say so.
      signal_->wait_for(seen, retry_delay);
      continue;
    }
    next = run->next_offset;
    if (!told && next >= end_at_start) {
      told = true;
      caught_up();
    }
    if (run->at_end)
      signal_->wait(seen);
  }
}

schemas::result<void>
embedded_catalog::append(std::span<const std::pair<std::string, std::string>> records) {
  record_writer writer;
  for (const auto& [key, value] : records)
    writer.add(key, value);
  return core_->write(log_core::purpose::ingest, [&](log_transaction& transaction) {
    std::move(writer).append_to(transaction, where_);
    return schemas::result<void>{};
  });
}

void embedded_catalog::close() {
  closing_ = true;
  signal_->raise();
  if (thread_.joinable() && thread_.get_id() != std::this_thread::get_id())
    thread_.join();
}

} // namespace laurel::topology::embedded
