#include "topology/embedded/embedded_log.hpp"

#include "topology/embedded/embedded_appender.hpp"
#include "topology/embedded/embedded_catalog.hpp"
#include "topology/embedded/embedded_feed.hpp"
#include "topology/embedded/embedded_letters.hpp"
#include "topology/embedded/embedded_task_log.hpp"
#include "topology/embedded/janitor.hpp"

#include <utility>

namespace laurel::topology {

/// The parts, in the order they are made; threads end in the opposite one.
struct embedded_log::impl {
  explicit impl(std::shared_ptr<embedded::log_core> shared)
      : core(shared),
        keeper(shared),
        feed(shared),
        task_logs(shared),
        catalog(shared, embedded::topic::catalog),
        identity(shared, embedded::topic::identity),
        appender(shared),
        letters(shared),
        records(shared),
        reader(shared) {}

  std::shared_ptr<embedded::log_core> core;
  embedded::janitor keeper;
  embedded::embedded_feed feed;
  embedded::embedded_task_logs task_logs;
  embedded::embedded_catalog catalog;
  embedded::embedded_catalog identity;
  embedded::embedded_appender appender;
  embedded::embedded_letters letters;
  embedded::embedded_records records;
  embedded::log_reader reader;
};

schemas::result<std::unique_ptr<embedded_log>> embedded_log::open(embedded_settings settings) {
  auto core = embedded::log_core::open(std::move(settings));
  if (!core)
    return tl::unexpected(core.error());
  return std::unique_ptr<embedded_log>(new embedded_log(std::make_unique<impl>(std::move(*core))));
}

embedded_log::embedded_log(std::unique_ptr<impl> parts) : impl_(std::move(parts)) {}
embedded_log::~embedded_log() = default;

actors::feed& embedded_log::feed() {
  return impl_->feed;
}

actors::task_log_factory& embedded_log::task_logs() {
  return impl_->task_logs;
}

actors::catalog_log& embedded_log::catalog() {
  return impl_->catalog;
}

actors::catalog_log& embedded_log::identity() {
  return impl_->identity;
}

actors::event_appender& embedded_log::appender() {
  return impl_->appender;
}

letter_box& embedded_log::letters() {
  return impl_->letters;
}

record_source& embedded_log::records() {
  return impl_->records;
}

std::unique_ptr<actors::feed> embedded_log::make_feed() const {
  return std::make_unique<embedded::embedded_feed>(impl_->core);
}

std::unique_ptr<actors::catalog_log> embedded_log::make_catalog() const {
  return std::make_unique<embedded::embedded_catalog>(impl_->core, embedded::topic::catalog);
}

const embedded::log_reader& embedded_log::reader() const {
  return impl_->reader;
}

std::unique_ptr<embedded::log_tail> embedded_log::tail(std::vector<embedded::topic> topics,
                                                       embedded::log_tail::begin where) const {
  return std::make_unique<embedded::log_tail>(impl_->core, std::move(topics), where);
}

actors::input_offsets embedded_log::committed(std::int32_t partition) const {
  return impl_->core->committed(partition);
}

std::int32_t embedded_log::partitions() const {
  return impl_->core->partitions();
}

} // namespace laurel::topology
