#include "topology/erasure_secret.hpp"

#include "topology/kept_secret.hpp"

namespace laurel::topology {

schemas::result<std::string> erasure_secret_of(const settings& values) {
  const auto& said = values.pipeline.erasure_secret;
  if (!said.empty() || !values.is_embedded())
    return said;
  return kept_secret(values.directory() / "erasure.secret",
                     "users who were erased cannot be told from new ones without the one that was "
                     "there");
}

} // namespace laurel::topology
