#include "topology/cli/command_batch.hpp"

#include "api/command_documents.hpp"
#include "schemas/base/hex.hpp"
#include "schemas/command_codec.hpp"

#include <nlohmann/json.hpp>
#include <sodium.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <map>
#include <set>
#include <thread>
#include <utility>

namespace laurel::topology::cli {

namespace {

using json = nlohmann::json;
using schemas::errc;
using schemas::failure;
using schemas::result;
using clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds look_again{20};
constexpr std::size_t id_bytes = 16;

std::string hash_of(std::string_view text) {
  std::array<unsigned char, id_bytes> digest{};
  crypto_generichash(digest.data(), digest.size(),
                     reinterpret_cast<const unsigned char*>(text.data()), text.size(), nullptr, 0);
  return schemas::to_hex(digest);
}

batch_item item_of(std::uint64_t number, const std::string& line, schemas::event_time now) {
  batch_item item;
  item.line = number;
  auto document = json::parse(line, nullptr, false);
  if (!document.is_object()) {
    item.fault = "is no JSON object";
    return item;
  }
  if (!document.contains("command_id"))
    document["command_id"] = hash_of(document.dump(-1, ' ', true, json::error_handler_t::replace));
  if (!document.contains("at"))
    document["at"] = schemas::to_rfc3339(now);
  auto made =
    schemas::decode_command(document.dump(-1, ' ', false, json::error_handler_t::replace), {});
  if (made)
    item.what = std::move(*made);
  else
    item.fault = made.error().message;
  return item;
}

json line_of(const batch_item& item) {
  return {{"line", item.line}, {"user_id", item.what.user_id}, {"command_id", item.what.id}};
}

/// What is known of the users' commands.
class outcomes {
public:
  explicit outcomes(api::gateway& engine) : engine_(engine) {}

  void look(const std::string& user_id) {
    auto view = engine_.user(user_id);
    if (!view)
      return;
    for (auto& each : view->commands)
      known_[{user_id, each.id}] = std::move(each);
  }

  const state::command_outcome* find(const schemas::command& what) const {
    const auto found = known_.find({what.user_id, what.id});
    return found == known_.end() ? nullptr : &found->second;
  }

private:
  api::gateway& engine_;
  std::map<std::pair<std::string, std::string>, state::command_outcome> known_;
};

/// Appends what is not done yet; what cannot be appended gets a fault.
void append_missing(api::gateway& engine, std::vector<batch_item>& items, outcomes& known) {
  std::set<std::string> looked_at;
  for (auto& item : items) {
    if (!item.fault.empty())
      continue;
    if (looked_at.insert(item.what.user_id).second)
      known.look(item.what.user_id);
    if (known.find(item.what) != nullptr)
      continue;
    if (const auto done = engine.append_command(item.what); !done)
      item.fault = done.error().message;
  }
}

int tell(const batch_item& item, const state::command_outcome* outcome, console& terminal) {
  auto line = line_of(item);
  int code = exit_ok;
  if (!item.fault.empty()) {
    line["status"] = "refused";
    line["detail"] = item.fault;
    code = exit_data;
  } else if (outcome == nullptr) {
    line["status"] = "accepted";
    code = exit_temporary;
  } else if (outcome->fingerprint != state::fingerprint_of(item.what)) {
    line["status"] = "refused";
    line["detail"] = "the command_id was used for another command of this user";
    code = exit_data;
  } else {
    line.update(json::parse(api::shown(*outcome)));
    code = outcome->problem.empty() ? exit_ok : exit_data;
  }
  terminal.out << line.dump(-1, ' ', false, json::error_handler_t::replace) << "\n";
  return code;
}

} // namespace

result<std::vector<batch_item>> read_commands(const std::string& file, std::istream& in,
                                              schemas::event_time now) {
  std::ifstream opened;
  if (file != "-") {
    opened.open(file);
    if (!opened)
      return failure(errc::not_found, "cannot read " + file);
  }
  std::vector<batch_item> items;
  std::string line;
  auto& from = file == "-" ? in : opened;
  for (std::uint64_t number = 1; std::getline(from, line); ++number) {
    if (line.find_first_not_of(" \t\r") != std::string::npos)
      items.push_back(item_of(number, line, now));
  }
  return items;
}

int run_batch(api::gateway& engine, const std::vector<batch_item>& given,
              std::chrono::milliseconds wait, console& terminal) {
  auto items = given;
  outcomes known(engine);
  append_missing(engine, items, known);
  const auto until = clock::now() + (engine.carries_out() ? wait : std::chrono::milliseconds{0});
  int code = exit_ok;
  for (const auto& item : items) {
    while (item.fault.empty() && known.find(item.what) == nullptr && clock::now() < until) {
      known.look(item.what.user_id);
      if (known.find(item.what) == nullptr)
        std::this_thread::sleep_for(look_again);
    }
    const int mine = tell(item, item.fault.empty() ? known.find(item.what) : nullptr, terminal);
    if (mine != exit_ok && code != exit_data) // Refused weighs more than not done yet.
      code = mine;
  }
  return code;
}

} // namespace laurel::topology::cli
