#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

namespace laurel::tests {

/// A directory that goes with the test.
class temp_directory {
public:
  temp_directory() {
    auto name = (std::filesystem::temp_directory_path() / "laurel-test-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~temp_directory() {
    std::error_code fault; // A directory that is left over harms nobody.
    std::filesystem::remove_all(path_, fault);
  }
  temp_directory(const temp_directory&) = delete;
  temp_directory& operator=(const temp_directory&) = delete;

  const std::filesystem::path& path() const { return path_; }

private:
  std::filesystem::path path_;
};

} // namespace laurel::tests
