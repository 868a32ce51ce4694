#include "topology/dead_letters.hpp"

#include "schemas/dead_letter.hpp"
#include "schemas/partitioner.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

namespace laurel::topology {

namespace {

using api::dead_letter;
using schemas::failure;
using schemas::result;

// A note is a record without a value whose headers name the letter's offset and its fate.
constexpr std::string_view settles_header = "settles";
constexpr std::string_view fate_header = "as";

std::string_view header_of(const actors::headers& headers, std::string_view name) {
  for (const auto& [key, value] : headers)
    if (key == name)
      return value;
  return {};
}

template <class Number>
Number number_of(std::string_view text, Number otherwise) {
  Number value = otherwise;
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), value);
  return bad == std::errc{} && end == text.data() + text.size() ? value : otherwise;
}

dead_letter letter_of(const stored_letter& stored) {
  const auto text = [&](std::string_view name) {
    return std::string{header_of(stored.headers, name)};
  };
  dead_letter letter;
  letter.partition = stored.partition;
  letter.offset = stored.offset;
  letter.at_ms = stored.append_time_ms;
  letter.key = stored.key;
  letter.class_name = text("class");
  letter.code = text("code");
  letter.error = text("error");
  letter.topic = text("topic");
  letter.version = text("version");
  letter.origin_partition = number_of(header_of(stored.headers, "partition"), std::int32_t{-1});
  letter.origin_offset = number_of(header_of(stored.headers, "offset"), std::int64_t{-1});
  letter.origin_ms = number_of(header_of(stored.headers, "timestamp"), std::int64_t{0});
  letter.attempt = number_of(header_of(stored.headers, "attempt"), std::uint32_t{1});
  letter.state = "open";
  letter.value = stored.value;
  letter.is_whole = header_of(stored.headers, schemas::truncated_header).empty();
  return letter;
}

bool matches(const dead_letter& letter, const api::letter_filter& which) {
  const auto fits = [](const std::string& wanted, const std::string& found) {
    return wanted.empty() || wanted == found;
  };
  return (!which.offset || *which.offset == letter.offset)
         && fits(which.class_name, letter.class_name) && fits(which.code, letter.code)
         && fits(which.topic, letter.topic) && fits(which.key, letter.key)
         && (which.settled_too || letter.state == "open");
}

} // namespace

/// One partition, with the notes folded in.
result<std::vector<dead_letter>> dead_letters::read(std::int32_t partition,
                                                    const api::letter_filter& which) const {
  std::map<std::int64_t, dead_letter> found;
  const auto done = box_.visit(partition, [&](const stored_letter& stored) {
    const auto settles = header_of(stored.headers, settles_header);
    if (settles.empty()) {
      if (auto letter = letter_of(stored); matches(letter, which))
        found.emplace(stored.offset, std::move(letter));
      return;
    }
    const auto at = found.find(number_of(settles, std::int64_t{-1}));
    if (at == found.end())
      return;
    at->second.state = header_of(stored.headers, fate_header);
    if (!which.settled_too)
      found.erase(at);
  });
  if (!done)
    return tl::unexpected{done.error()};
  std::vector<dead_letter> letters;
  letters.reserve(found.size());
  for (auto& [offset, letter] : found)
    letters.push_back(std::move(letter));
  return letters;
}

result<std::vector<dead_letter>> dead_letters::meant(const api::letter_filter& which) const {
  std::vector<dead_letter> letters;
  for (std::int32_t partition = 0; partition < partition_count_; ++partition) {
    if (which.partition && *which.partition != partition)
      continue;
    auto some = read(partition, which);
    if (!some)
      return some;
    std::move(some->begin(), some->end(), std::back_inserter(letters));
  }
  return letters;
}

result<api::letter_page> dead_letters::list(const api::letter_filter& which) {
  const std::lock_guard lock{mutex_};
  auto letters = meant(which);
  if (!letters)
    return tl::unexpected{letters.error()};
  api::letter_page page;
  page.matching = letters->size();
  letters->resize(std::min<std::size_t>(letters->size(), which.limit));
  page.letters = std::move(*letters);
  return page;
}

result<api::settle_outcome> dead_letters::settle(const api::letter_filter& which,
                                                 api::settlement how, bool is_rehearsal) {
  const std::lock_guard lock{mutex_};
  auto open_ones = which;
  open_ones.settled_too = false;
  // Before it is read who is open: whoever settled something before us is then seen.
  if (!is_rehearsal)
    if (auto ours = box_.take_over(); !ours)
      return tl::unexpected{ours.error()};
  const auto letters = meant(open_ones);
  if (!letters)
    return tl::unexpected{letters.error()};
  api::settle_outcome outcome;
  outcome.is_rehearsal = is_rehearsal;
  std::vector<letter_settlement> todo;
  for (const auto& letter : *letters) {
    auto obstacle = how == api::settlement::redrive ? obstacle_of(letter) : std::string{};
    if (obstacle.empty() && todo.size() >= std::min<std::uint64_t>(which.limit, settled_max))
      obstacle = "over the limit of one call; call again";
    if (obstacle.empty())
      todo.push_back(settlement_of(letter, how));
    else
      outcome.left.push_back({letter.partition, letter.offset, std::move(obstacle)});
  }
  if (!is_rehearsal && !todo.empty())
    if (auto done = box_.settle(todo); !done)
      return tl::unexpected{done.error()};
  outcome.settled = todo.size();
  return outcome;
}

/// Why a letter cannot be sent again; empty if it can.
std::string dead_letters::obstacle_of(const dead_letter& letter) const {
  if (!inputs_.contains(letter.topic))
    return "its topic \"" + letter.topic + "\" is none of our inputs";
  if (!letter.is_whole)
    return "only hash and length were kept; read the record at its origin";
  if (letter.attempt >= attempts_max)
    return "it has failed " + std::to_string(letter.attempt)
           + " times; correct it at its source, then discard it";
  return {};
}

letter_settlement dead_letters::settlement_of(const dead_letter& letter,
                                              api::settlement how) const {
  letter_settlement made;
  made.partition = letter.partition;
  made.key = letter.key;
  const bool again = how == api::settlement::redrive;
  made.note = {{std::string{settles_header}, std::to_string(letter.offset)},
               {std::string{fate_header}, again ? "redriven" : "discarded"}};
  if (!again)
    return made;
  const schemas::redriven_origin origin{letter.topic, letter.origin_partition, letter.origin_offset,
                                        letter.origin_ms, letter.attempt + 1};
  made.again = letter_settlement::record{}; // Not emplace(), which clang 14 refuses here.
  auto& record = *made.again;
  record.to = inputs_.at(letter.topic);
  // Where its key belongs, which cures a producer's wrong partitioner; without a key where it was.
  record.partition = letter.key.empty() ? letter.origin_partition
                                        : schemas::partition_of(letter.key, partition_count_);
  record.value = letter.value;
  record.headers = {{std::string{schemas::redriven_header}, schemas::to_text(origin)}};
  return made;
}

} // namespace laurel::topology
