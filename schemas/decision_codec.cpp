#include "schemas/decision_codec.hpp"

#include "schemas/base/rapidjson.hpp"
#include "schemas/base/text.hpp"
#include "schemas/event_codec.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>

// decision = { "kind": "granted" / "revoked" / "amended" / "withdrawn" / "expired" / "redeemed" /
//              "debt" / "repaid" / "extended" / "pinned" / "unpinned", "grant_id": hex, "revision":
//              integer, "user_id": text, "badge_id": text, "rule_id": text, "rule_version": text,
//              "key": [ *text ], "n": integer, "granted_at": time, "cause": text, "recorded_at":
//              time,
//              ["revoked_at": time, "revoke_cause": text], ["expired_at": time],
//              ["redeemed_at": time, "redeem_cause": text], ["debt_at": time, "debt_cause": text],
//              ["expires_at": time], ["pinned": true], ["parent": grant id], ["position": place] }
// place    = { "input": "engagement" / "transaction" / "command", "offset": integer }
// time     = RFC 3339 in UTC with milliseconds
// wire/decision.v1.json has it in full. Readers skip what they do not know.

namespace laurel::schemas {

namespace {

constexpr std::array<std::string_view, 11> kinds{"granted",  "revoked",  "amended", "withdrawn",
                                                 "expired",  "redeemed", "debt",    "repaid",
                                                 "extended", "pinned",   "unpinned"};

using json_writer = rapidjson::Writer<rapidjson::StringBuffer>;

rapidjson::SizeType size_of(std::string_view text) {
  return static_cast<rapidjson::SizeType>(text.size());
}

void put(json_writer& out, std::string_view name, std::string_view text) {
  out.Key(name.data(), size_of(name));
  out.String(text.data(), size_of(text));
}

void put(json_writer& out, std::string_view name, std::uint32_t number) {
  out.Key(name.data(), size_of(name));
  out.Uint(number);
}

void put(json_writer& out, std::string_view name, event_time at) {
  put(out, name, to_rfc3339(at));
}

void put(json_writer& out, std::string_view name, const log_place& where) {
  out.Key(name.data(), size_of(name));
  out.StartObject();
  put(out, "input", name_of(where.from));
  out.Key("offset");
  out.Int64(where.offset);
  out.EndObject();
}

void put(json_writer& out, std::string_view name, const std::vector<std::string>& texts) {
  out.Key(name.data(), size_of(name));
  out.StartArray();
  for (const std::string& each : texts)
    out.String(each.data(), size_of(each));
  out.EndArray();
}

/// Takes fields out of a parsed decision and remembers the first fault.
class field_reader {
public:
  explicit field_reader(const rapidjson::Value& object) : object_(object) {}

  void read(const char* name, std::string& out) {
    if (const auto* const found = required(name))
      take(name, *found, out);
  }

  void read(const char* name, std::uint32_t& out) {
    const auto* const found = required(name);
    if (found == nullptr)
      return;
    if (!found->IsUint() || found->GetUint() == 0)
      return fail(name, "must be an integer from 1 on");
    out = found->GetUint();
  }

  void read(const char* name, event_time& out) {
    std::string text;
    read(name, text);
    if (fault_)
      return;
    const auto at = parse_rfc3339(text);
    if (!at)
      return fail(name, at.error().message);
    out = *at;
  }

  void read(const char* name, bool& out) {
    const auto* const found = required(name);
    if (found == nullptr)
      return;
    if (!found->IsBool())
      return fail(name, "must be true or false");
    out = found->GetBool();
  }

  void read(const char* name, decision_kind& out) {
    std::string text;
    read(name, text);
    for (std::size_t i = 0; i < kinds.size(); ++i) {
      if (text == kinds[i]) {
        out = static_cast<decision_kind>(i);
        return;
      }
    }
    fail(name, quoted(text) + " is no kind of decision");
  }

  void read(const char* name, std::vector<std::string>& out) {
    const auto* const found = required(name);
    if (found == nullptr)
      return;
    if (!found->IsArray())
      return fail(name, "must be an array of strings");
    for (const rapidjson::Value& each : found->GetArray())
      take(name, each, out.emplace_back());
  }

  void read(const char* name, log_place& out) {
    const auto* const found = required(name);
    if (found == nullptr)
      return;
    if (!found->IsObject())
      return fail(name, "must be an object");
    const auto offset = found->FindMember("offset");
    const auto input = found->FindMember("input");
    if (offset == found->MemberEnd() || !offset->value.IsInt64() || offset->value.GetInt64() < 0)
      return fail(name, "needs an offset from 0 on");
    const std::string_view called =
      input != found->MemberEnd() && input->value.IsString() ? input->value.GetString() : "";
    const auto* const known = std::find_if(every_input.begin(), every_input.end(),
                                           [&](auto each) { return name_of(each) == called; });
    if (known == every_input.end())
      return fail(name, "needs the name of an input");
    out = {*known, offset->value.GetInt64()};
  }

  bool has(const char* name) const { return object_.HasMember(name); }
  const std::optional<std::string>& fault() const { return fault_; }

private:
  const rapidjson::Value* required(const char* name) {
    const auto found = object_.FindMember(name);
    if (found != object_.MemberEnd())
      return &found->value;
    fail(name, "is required");
    return nullptr;
  }

  void take(const char* name, const rapidjson::Value& from, std::string& out) {
    if (from.IsString())
      out.assign(from.GetString(), from.GetStringLength());
    else
      fail(name, "must be a string");
  }

  void fail(const char* name, std::string_view why) {
    if (!fault_)
      fault_ = "decision: '" + std::string(name) + "' " + std::string(why);
  }

  const rapidjson::Value& object_;
  std::optional<std::string> fault_;
};

} // namespace

std::string_view name_of(decision_kind kind) {
  return kinds[static_cast<std::size_t>(kind)];
}

std::string_view state_of(const decision& last) {
  if (last.kind == decision_kind::withdrawn)
    return "withdrawn";
  if (last.redeemed_at)
    return "redeemed";
  if (last.expired_at)
    return "expired";
  return last.revoked_at ? "revoked" : "held";
}

std::string encode(const decision& what) {
  rapidjson::StringBuffer buffer;
  json_writer out(buffer);
  out.StartObject();
  put(out, "kind", name_of(what.kind));
  put(out, "grant_id", what.grant_id);
  put(out, "revision", what.revision);
  put(out, "user_id", what.user_id);
  put(out, "badge_id", what.badge_id);
  put(out, "rule_id", what.rule_id);
  put(out, "rule_version", what.rule_version);
  put(out, "key", what.key);
  put(out, "n", what.n);
  put(out, "granted_at", what.granted_at);
  put(out, "cause", what.cause);
  put(out, "recorded_at", what.recorded_at);
  if (what.revoked_at) {
    put(out, "revoked_at", *what.revoked_at);
    put(out, "revoke_cause", what.revoke_cause);
  }
  if (what.expired_at)
    put(out, "expired_at", *what.expired_at);
  if (what.redeemed_at) {
    put(out, "redeemed_at", *what.redeemed_at);
    put(out, "redeem_cause", what.redeem_cause);
  }
  if (what.debt_at) {
    put(out, "debt_at", *what.debt_at);
    put(out, "debt_cause", what.debt_cause);
  }
  if (what.expires_at)
    put(out, "expires_at", *what.expires_at);
  if (what.is_pinned) {
    out.Key("pinned");
    out.Bool(true);
  }
  if (!what.parent.empty())
    put(out, "parent", what.parent);
  if (what.position.is_known())
    put(out, "position", what.position);
  out.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

result<decision> decode_decision(std::string_view text) {
  rapidjson::Document document;
  document.Parse<rapidjson::kParseValidateEncodingFlag | rapidjson::kParseIterativeFlag>(
    text.data(), text.size());
  if (document.HasParseError())
    return failure(errc::bad_input, std::string("decision: byte ")
                                      + std::to_string(document.GetErrorOffset()) + ": "
                                      + rapidjson::GetParseError_En(document.GetParseError()));
  if (!document.IsObject())
    return failure(errc::bad_input, "decision: must be a JSON object");

  decision what;
  field_reader in(document);
  in.read("kind", what.kind);
  in.read("grant_id", what.grant_id);
  in.read("revision", what.revision);
  in.read("user_id", what.user_id);
  in.read("badge_id", what.badge_id);
  in.read("rule_id", what.rule_id);
  in.read("rule_version", what.rule_version);
  in.read("key", what.key);
  in.read("n", what.n);
  in.read("granted_at", what.granted_at);
  in.read("cause", what.cause);
  in.read("recorded_at", what.recorded_at);
  if (in.has("revoked_at") || in.has("revoke_cause")) {
    in.read("revoked_at", what.revoked_at.emplace());
    in.read("revoke_cause", what.revoke_cause);
  }
  if (in.has("expired_at"))
    in.read("expired_at", what.expired_at.emplace());
  if (in.has("redeemed_at") || in.has("redeem_cause")) {
    in.read("redeemed_at", what.redeemed_at.emplace());
    in.read("redeem_cause", what.redeem_cause);
  }
  if (in.has("debt_at") || in.has("debt_cause")) {
    in.read("debt_at", what.debt_at.emplace());
    in.read("debt_cause", what.debt_cause);
  }
  if (in.has("expires_at"))
    in.read("expires_at", what.expires_at.emplace());
  if (in.has("pinned"))
    in.read("pinned", what.is_pinned);
  if (in.has("parent"))
    in.read("parent", what.parent);
  if (in.has("position"))
    in.read("position", what.position);
  if (in.fault())
    return failure(errc::bad_input, *in.fault());
  return what;
}

} // namespace laurel::schemas
