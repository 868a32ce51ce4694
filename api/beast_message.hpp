#pragma once

#include "api/http.hpp"

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

/// What both listeners do with a head that Boost.Beast has read.
namespace laurel::api {

using beast_request = boost::beast::http::request<boost::beast::http::string_body>;

/// Why not every reader on the way would understand this head alike; null if they would. Such a
/// request is never answered with anything but 400, and its connection ends.
const char* framing_fault(const beast_request& head);

/// Names in lower case.
fields fields_of(const beast_request& message);

} // namespace laurel::api
