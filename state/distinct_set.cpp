#include "state/distinct_set.hpp"

#include <sodium.h>

#include <algorithm>
#include <string>

namespace laurel::state {

namespace {

constexpr unsigned char hashed_mark = 0xff; // No length: an element is 0 to 15 bytes or a hash.

/// The value as text, its kind in front: the text "1" is not the number 1.
std::string tagged(const schemas::value& what) {
  if (const auto* text = std::get_if<std::string_view>(&what))
    return "s" + std::string(*text);
  if (const auto* number = std::get_if<schemas::decimal>(&what))
    return "n" + number->text();
  if (const auto* flag = std::get_if<bool>(&what))
    return *flag ? "b1" : "b0";
  return {};
}

} // namespace

element element_of(const schemas::value& what) {
  element out{};
  const auto* text = std::get_if<std::string_view>(&what);
  if (text != nullptr && text->size() + 2 <= out.size()) { // The common case, without a string.
    out[0] = static_cast<char>(text->size() + 1);
    out[1] = 's';
    std::copy(text->begin(), text->end(), out.begin() + 2);
    return out;
  }
  const auto bytes = tagged(what);
  if (bytes.size() + 1 <= out.size()) {
    out[0] = static_cast<char>(bytes.size());
    std::copy(bytes.begin(), bytes.end(), out.begin() + 1);
    return out;
  }
  std::array<unsigned char, crypto_generichash_BYTES_MIN> digest{};
  crypto_generichash(digest.data(), digest.size(),
                     reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), nullptr,
                     0);
  out[0] = static_cast<char>(hashed_mark);
  std::copy_n(digest.begin(), out.size() - 1, out.begin() + 1);
  return out;
}

void distinct_set::add(const element& what, std::int32_t count) {
  if (table_) {
    auto& now = table_->counts[what];
    note(now, now + count);
    now += count;
    if (now == 0)
      table_->counts.erase(what);
    table_->changed.push_back(what);
    return;
  }
  const auto at =
    std::lower_bound(list_.begin(), list_.end(), what,
                     [](const member& one, const element& sought) { return one.what < sought; });
  if (at == list_.end() || at->what != what) {
    note(0, count);
    list_.insert(at, {what, count});
    return;
  }
  note(at->count, at->count + count);
  at->count += count;
  if (at->count == 0)
    list_.erase(at);
}

void distinct_set::note(std::int32_t before, std::int32_t after) {
  if (before <= 0 && after > 0)
    ++size_;
  else if (before > 0 && after <= 0)
    --size_;
}

void distinct_set::make_large() {
  if (table_)
    return;
  table_ = std::make_unique<table>();
  for (const auto& one : list_) {
    table_->counts.emplace(one.what, one.count);
    table_->changed.push_back(one.what);
  }
  list_ = {};
}

std::vector<distinct_set::member> distinct_set::take_changes() {
  std::vector<member> out;
  if (!table_)
    return out;
  auto& changed = table_->changed;
  std::sort(changed.begin(), changed.end());
  changed.erase(std::unique(changed.begin(), changed.end()), changed.end());
  for (const auto& what : changed) {
    const auto found = table_->counts.find(what);
    out.push_back({what, found != table_->counts.end() ? found->second : 0});
  }
  changed.clear();
  return out;
}

void distinct_set::restore(const member& stored) {
  note(0, stored.count);
  if (table_)
    table_->counts[stored.what] = stored.count;
  else
    list_.push_back(stored);
}

std::vector<distinct_set::member> distinct_set::all() const {
  if (!table_)
    return list_;
  std::vector<member> out;
  for (const auto& [what, count] : table_->counts)
    out.push_back({what, count});
  std::sort(out.begin(), out.end(),
            [](const member& a, const member& b) { return a.what < b.what; });
  return out;
}

std::size_t distinct_set::memory_bytes() const {
  constexpr std::size_t table_overhead = 2; // A hash table is half empty.
  return list_.capacity() * sizeof(member)
         + (table_ ? table_->counts.size() * table_overhead * (sizeof(member) + 8) : 0);
}

} // namespace laurel::state
