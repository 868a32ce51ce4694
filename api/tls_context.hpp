#pragma once

#include "schemas/base/result.hpp"

#include <boost/asio/ssl/context.hpp>

#include <filesystem>
#include <memory>

namespace laurel::api {

/// A TLS server context of these PEM files: TLS 1.2 and 1.3, forward secrecy and authenticated
/// encryption only, the server's choice of cipher, no renegotiation. Connections that use one keep
/// it, so that another may take its place at any time. Fails with `bad_setting`.
[[nodiscard]] schemas::result<std::shared_ptr<boost::asio::ssl::context>>
load_tls(const std::filesystem::path& certificate, const std::filesystem::path& key);

} // namespace laurel::api
