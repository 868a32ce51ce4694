#include "schemas/command_codec.hpp"

#include "schemas/base/rapidjson.hpp"
#include "schemas/base/text.hpp"
#include "schemas/partitioner.hpp"

#include <algorithm>
#include <array>

// command = { "command_id": text, "user_id": text, "command": kind, "at": time,
//             ["badge_id": text], ["grant_id": text], ["if_revision": integer],
//             ["expires_at": time], ["reason": text], ["actor": text] }
// kind    = "grant" / "revoke" / "redeem" / "pin" / "unpin" / "extend" / "erase"
// time    = RFC 3339
// wire/command.v1.json has it in full. Nothing else may be in it: a misspelt condition must not
// turn into no condition.

namespace laurel::schemas {

namespace {

constexpr std::array<std::string_view, command_kind_count> kinds{"grant", "revoke", "redeem", "pin",
                                                                 "unpin", "extend", "erase"};
constexpr std::array<std::string_view, 10> names{
  "command_id", "user_id",     "command",    "at",     "badge_id",
  "grant_id",   "if_revision", "expires_at", "reason", "actor"};

using json_writer = rapidjson::Writer<rapidjson::StringBuffer>;

rapidjson::SizeType size_of(std::string_view text) {
  return static_cast<rapidjson::SizeType>(text.size());
}

void put(json_writer& out, std::string_view name, std::string_view text) {
  if (text.empty())
    return;
  out.Key(name.data(), size_of(name));
  out.String(text.data(), size_of(text));
}

/// Takes fields out of a parsed command and remembers the first fault.
class command_reader {
public:
  explicit command_reader(const rapidjson::Value& object) : object_(object) {}

  void refuse_unknown() {
    for (auto at = object_.MemberBegin(); at != object_.MemberEnd(); ++at) {
      const std::string_view name(at->name.GetString(), at->name.GetStringLength());
      if (std::find(names.begin(), names.end(), name) == names.end())
        return fail(event_fault::unknown_field, name, "is no field of a command");
      if (&object_.FindMember(at->name)->value != &at->value)
        return fail(event_fault::duplicate_key, name, "is there twice");
    }
  }

  void text(const char* name, std::string& out, std::size_t bytes_max) {
    const auto* found = find(name);
    if (found == nullptr)
      return;
    if (!found->IsString())
      return fail(event_fault::wrong_type, name, "must be a string");
    out.assign(found->GetString(), found->GetStringLength());
    if (out.empty())
      return fail(event_fault::empty_id, name, "must not be empty");
    if (out.size() > bytes_max)
      fail(event_fault::long_id, name,
           "has " + std::to_string(out.size()) + " bytes, more than " + std::to_string(bytes_max));
  }

  void time(const char* name, event_time& out) {
    std::string said;
    text(name, said, command_name_bytes_max);
    if (fault_ || said.empty())
      return;
    const auto at = parse_rfc3339(said);
    if (!at)
      return fail(event_fault::bad_time, name, at.error().message);
    out = *at;
  }

  void time(const char* name, std::optional<event_time>& out) {
    if (find(name) != nullptr)
      time(name, out.emplace());
  }

  void number(const char* name, std::optional<std::uint32_t>& out) {
    const auto* found = find(name);
    if (found == nullptr)
      return;
    if (!found->IsUint() || found->GetUint() == 0)
      return fail(event_fault::wrong_type, name, "must be an integer from 1 on");
    out = found->GetUint();
  }

  void kind(command_kind& out) {
    std::string said;
    text("command", said, command_name_bytes_max);
    if (fault_)
      return;
    if (const auto found = parse_command_kind(said))
      out = *found;
    else
      fail(event_fault::wrong_type, "command",
           quoted(said) + " is none of grant, revoke, redeem, pin, unpin, extend, erase");
  }

  void require(const char* name) {
    if (find(name) == nullptr)
      fail(event_fault::missing_field, name, "is required");
  }

  void refuse(const char* name, std::string_view why) {
    if (find(name) != nullptr)
      fail(event_fault::unknown_field, name, why);
  }

  /// The first fault counts.
  void fail(event_fault fault, std::string_view name, std::string_view why) {
    if (!fault_)
      fault_ = decode_error{fault, "/" + std::string(name), std::nullopt,
                            "command: '" + std::string(name) + "' " + std::string(why)};
  }

  std::optional<decode_error>& fault() { return fault_; }

private:
  const rapidjson::Value* find(const char* name) const {
    const auto found = object_.FindMember(name);
    return found == object_.MemberEnd() ? nullptr : &found->value;
  }

  const rapidjson::Value& object_;
  std::optional<decode_error> fault_;
};

/// What the kinds need, each its own.
void check_shape(const command& what, command_reader& in) {
  if (what.kind == command_kind::erase) {
    for (const auto* name : {"badge_id", "grant_id", "if_revision"})
      in.refuse(name, "has no place in an erase: it is about the whole user");
  } else if (what.kind == command_kind::grant) {
    in.require("badge_id");
    if (!what.grant_id.empty() || what.if_revision)
      in.fail(event_fault::unknown_field, what.grant_id.empty() ? "if_revision" : "grant_id",
              "has no place in a grant: it makes a new one");
  } else if (what.badge_id.empty() == what.grant_id.empty()) {
    in.fail(event_fault::missing_field, "grant_id",
            "or 'badge_id' says which is meant: one of them is required");
  }
  if (what.kind == command_kind::extend)
    in.require("expires_at");
  else if (what.expires_at && what.kind != command_kind::grant)
    in.fail(event_fault::unknown_field, "expires_at", "has a place in grant and extend only");
  if (what.expires_at && *what.expires_at <= what.at)
    in.fail(event_fault::bad_time, "expires_at", "must be later than 'at'");
}

void check_place(const command& what, const record_context& record, command_reader& in) {
  if (record.has_key && record.key != what.user_id)
    return in.fail(event_fault::key_mismatch, "user_id",
                   "is " + quoted(what.user_id) + ", the record's key " + quoted(record.key));
  if (record.partition_count == 0)
    return;
  const auto owner = partition_of(what.user_id, record.partition_count);
  if (owner != record.partition)
    in.fail(event_fault::wrong_partition, "user_id",
            "belongs in partition " + std::to_string(owner) + ", not in "
              + std::to_string(record.partition));
}

void read(command_reader& in, command& what) {
  in.refuse_unknown();
  for (const auto* name : {"command_id", "user_id", "command", "at"})
    in.require(name);
  in.text("command_id", what.id, command_name_bytes_max);
  in.text("user_id", what.user_id, command_name_bytes_max);
  in.kind(what.kind);
  in.time("at", what.at);
  in.text("badge_id", what.badge_id, command_name_bytes_max);
  in.text("grant_id", what.grant_id, command_name_bytes_max);
  in.number("if_revision", what.if_revision);
  in.time("expires_at", what.expires_at);
  in.text("reason", what.reason, command_reason_bytes_max);
  in.text("actor", what.actor, command_name_bytes_max);
}

} // namespace

std::string_view name_of(command_kind kind) {
  return kinds[static_cast<std::size_t>(kind)];
}

std::optional<command_kind> parse_command_kind(std::string_view name) {
  const auto found = std::find(kinds.begin(), kinds.end(), name);
  if (found == kinds.end())
    return std::nullopt;
  return static_cast<command_kind>(found - kinds.begin());
}

std::string encode(const command& what) {
  rapidjson::StringBuffer buffer;
  json_writer out(buffer);
  out.StartObject();
  put(out, "command_id", what.id);
  put(out, "user_id", what.user_id);
  put(out, "command", name_of(what.kind));
  put(out, "at", to_rfc3339(what.at));
  put(out, "badge_id", what.badge_id);
  put(out, "grant_id", what.grant_id);
  if (what.if_revision) {
    out.Key("if_revision");
    out.Uint(*what.if_revision);
  }
  if (what.expires_at)
    put(out, "expires_at", to_rfc3339(*what.expires_at));
  put(out, "reason", what.reason);
  put(out, "actor", what.actor);
  out.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

decoded<command> decode_command(std::string_view bytes, const record_context& record) {
  const event_limits limits;
  const auto refuse = [](event_fault fault, std::string message) {
    return tl::unexpected(decode_error{fault, "", std::nullopt, "command: " + std::move(message)});
  };
  if (bytes.size() > limits.bytes_max)
    return refuse(event_fault::oversized, std::to_string(bytes.size()) + " bytes are too many");
  if (bytes.empty())
    return refuse(event_fault::empty, "the record has no value");
  rapidjson::Document document;
  document.Parse<rapidjson::kParseValidateEncodingFlag | rapidjson::kParseIterativeFlag>(
    bytes.data(), bytes.size());
  if (document.HasParseError())
    return refuse(event_fault::bad_json, "byte " + std::to_string(document.GetErrorOffset()) + ": "
                                           + rapidjson::GetParseError_En(document.GetParseError()));
  if (!document.IsObject())
    return refuse(event_fault::not_an_object, "must be a JSON object");
  command what;
  command_reader in(document);
  read(in, what);
  if (record.append_time_ms >= 0 && record.clamp_future)
    what.at = std::min(what.at, event_time{record.append_time_ms});
  if (!in.fault())
    check_shape(what, in);
  if (!in.fault())
    check_place(what, record, in);
  if (in.fault())
    return tl::unexpected(std::move(*in.fault()));
  return what;
}

} // namespace laurel::schemas
