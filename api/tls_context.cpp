#include "api/tls_context.hpp"

namespace laurel::api {

namespace {

namespace ssl = boost::asio::ssl;

constexpr const char* ciphers_1_2 = "ECDHE+AESGCM:ECDHE+CHACHA20";

} // namespace

schemas::result<std::shared_ptr<ssl::context>> load_tls(const std::filesystem::path& certificate,
                                                        const std::filesystem::path& key) {
  auto made = std::make_shared<ssl::context>(ssl::context::tls_server);
  auto* const native = made->native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION
                                | SSL_OP_CIPHER_SERVER_PREFERENCE);
  boost::system::error_code fault;
  const auto refuse = [&](const std::string& what) {
    return schemas::failure(schemas::errc::bad_setting, "TLS: " + what + ": " + fault.message());
  };
  if (SSL_CTX_set_cipher_list(native, ciphers_1_2) != 1)
    return refuse("this OpenSSL has none of the ciphers wanted");
  made->use_certificate_chain_file(certificate.string(), fault);
  if (fault)
    return refuse("certificate " + certificate.string());
  made->use_private_key_file(key.string(), ssl::context::pem, fault);
  if (fault)
    return refuse("key " + key.string());
  if (SSL_CTX_check_private_key(native) != 1)
    return refuse("the key " + key.string() + " is not that of " + certificate.string());
  return made;
}

} // namespace laurel::api
