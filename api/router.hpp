#pragma once

#include "api/http.hpp"

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace laurel::api {

/// Values of a pattern's `{name}` segments, percent-decoded once.
using path_values = std::map<std::string, std::string, std::less<>>;

struct route_row;

using handler = std::function<response(const request&, const path_values&)>;

/// A route that is served: what a listener has to know before it reads the body, and who answers.
struct route {
  method verb = method::get;
  std::string pattern; // "/api/v1/users/{user}"
  std::size_t body_bytes_max = 0;
  handler handle;
  const route_row* row = nullptr; // Of the route table; null for a route of a test.
};

/// "GET, POST": the value of Allow.
std::string allow_header(const std::vector<method>& allowed);

/// Finds the handler of a request. Built once, then immutable: shared by all listener threads.
///
/// A path is split first and each segment decoded once afterwards; empty segments, "." and "..",
/// control characters and encoded slashes match nothing, so no two spellings reach one resource
/// by accident. HEAD is answered by the GET handler (the listener drops the body).
class router {
public:
  /// Aborts if two rows have the same method and shape: a mistake in our own table.
  explicit router(std::vector<route> table);

  struct match {
    const route* row = nullptr; // Null: nothing matches, `status` says why.
    path_values values;
    int status = 404;            // 400 bad path, 404 unknown, 405 method not declared.
    std::vector<method> allowed; // For 405, and for OPTIONS.
  };
  match find(method verb, std::string_view path) const;

  /// Finds and runs; problems become problem+json, and a handler that throws becomes a 500 that
  /// says nothing about our insides.
  response handle(const request& what) const;

  /// The second half of `handle`, for a listener that has found the row already.
  response run(const route& row, const request& what, const path_values& values) const;

  /// What `handle` answers where nothing was found.
  static response refuse(const match& found, std::string_view path);

  /// Told of what a handler throws, from the handler's thread. Set before the router is shared.
  std::function<void(const request&, const char* what)> on_fault = {};

  const std::vector<route>& table() const { return table_; }

private:
  std::vector<route> table_;
  std::vector<std::vector<std::string>> shapes_; // Pattern segments, same index as `table_`.
};

} // namespace laurel::api
