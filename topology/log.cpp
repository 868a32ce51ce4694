#include "topology/log.hpp"

#include <nlohmann/json.hpp>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <utility>

namespace laurel::topology {

namespace {

constexpr const char* text_pattern = "%Y-%m-%d %H:%M:%S.%e %^%-5l%$ %v";
constexpr const char* json_pattern = R"({"timestamp":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})";

spdlog::level::level_enum level_of(actors::severity level) {
  switch (level) {
  case actors::severity::debug:
    return spdlog::level::debug;
  case actors::severity::info:
    return spdlog::level::info;
  case actors::severity::warning:
    return spdlog::level::warn;
  case actors::severity::error:
    return spdlog::level::err;
  }
  return spdlog::level::err;
}

std::string json_text(std::string_view value) {
  return nlohmann::json(value).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

/// A value as it is if it is one plain word, else as a JSON string.
std::string word_of(const std::string& value) {
  const bool is_plain = !value.empty() && value.find_first_of(" \"=\\\t\r\n") == value.npos
                        && value.find_first_of(std::string_view("\0\x1b\x7f", 3)) == value.npos;
  return is_plain ? value : json_text(value);
}

class stderr_log final : public actors::journal {
public:
  stderr_log(const log_settings& how, std::string instance)
      : format_(how.format),
        instance_(std::move(instance)),
        logger_("laurel", std::make_shared<spdlog::sinks::stderr_color_sink_mt>()) {
    logger_.set_level(spdlog::level::from_str(how.level));
    logger_.flush_on(spdlog::level::trace);
    logger_.set_formatter(std::make_unique<spdlog::pattern_formatter>(
      format_ == log_format::json ? json_pattern : text_pattern, spdlog::pattern_time_type::utc));
  }

  void note(actors::severity level, std::string_view what, const fields& about) override {
    if (logger_.should_log(level_of(level)))
      logger_.log(level_of(level), "{}",
                  format_ == log_format::json ? json_line(what, about) : text_line(what, about));
  }

private:
  static std::string text_line(std::string_view what, const fields& about) {
    std::string line(what);
    for (const auto& [name, value] : about)
      line += " " + std::string(name) + "=" + word_of(value);
    return line;
  }

  std::string json_line(std::string_view what, const fields& about) const {
    auto line = R"("message":)" + json_text(what) + R"(,"instance":)" + json_text(instance_);
    for (const auto& [name, value] : about)
      line += "," + json_text(name) + ":" + json_text(value);
    return line;
  }

  log_format format_;
  std::string instance_;
  spdlog::logger logger_;
};

} // namespace

std::unique_ptr<actors::journal> make_log(const log_settings& how, const std::string& instance) {
  return std::make_unique<stderr_log>(how, instance);
}

} // namespace laurel::topology
