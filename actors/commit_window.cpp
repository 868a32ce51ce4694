#include "actors/commit_window.hpp"

#include <algorithm>
#include <iterator>

namespace laurel::actors {

namespace {

std::size_t size_of(const state::row& row) {
  return row.key.size() + (row.value ? row.value->size() : 0);
}

} // namespace

void commit_window::stage(slot who, std::vector<state::row> rows) {
  if (rows.empty())
    return;
  for (const auto& row : rows)
    bytes_ += size_of(row);
  const auto [found, is_new] = place_.try_emplace(who, rows_.size());
  if (is_new) {
    rows_.push_back(std::move(rows));
    return;
  }
  auto& earlier = rows_[found->second];
  for (auto& row : rows) {
    const auto same = std::find_if(earlier.begin(), earlier.end(),
                                   [&](const state::row& old) { return old.key == row.key; });
    if (same == earlier.end()) {
      earlier.push_back(std::move(row));
      continue;
    }
    bytes_ -= size_of(*same);
    *same = std::move(row);
  }
}

void commit_window::stage(output_record record) {
  bytes_ += record.key.size() + record.value.size();
  outputs_.push_back(std::move(record));
}

void commit_window::stage(state::row row) {
  bytes_ += size_of(row);
  other_rows_.push_back(std::move(row));
}

std::shared_ptr<const commit_batch> commit_window::take(const state::task_meta& meta) {
  auto batch = std::make_shared<commit_batch>();
  batch->outputs = std::move(outputs_);
  std::size_t count = 1 + other_rows_.size();
  for (const auto& user : rows_)
    count += user.size();
  batch->rows.reserve(count);
  for (auto& user : rows_)
    std::move(user.begin(), user.end(), std::back_inserter(batch->rows));
  std::move(other_rows_.begin(), other_rows_.end(), std::back_inserter(batch->rows));
  batch->rows.push_back({std::string{state::meta_key}, state::encode(meta)});
  batch->next_offset = meta.next_offset;
  batch->changelog_headers = {{"epoch", std::to_string(meta.owner_epoch)}};
  clear();
  return batch;
}

void commit_window::clear() {
  rows_.clear();
  place_.clear();
  other_rows_.clear();
  outputs_.clear();
  records_ = 0;
  bytes_ = 0;
}

} // namespace laurel::actors
