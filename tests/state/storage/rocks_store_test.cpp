#include "state/storage/directory_lock.hpp"
#include "state/storage/local_rows.hpp"
#include "state/storage/rocks_store.hpp"

#include "tests/state/storage/temp_directory.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <memory>
#include <string>
#include <unistd.h>

using namespace laurel;
namespace fs = std::filesystem;

namespace {

const std::string core("\x01\x00", 2);

auto open(const fs::path& directory, state::rocks_store_settings settings = {}) {
  return state::rocks_store::open(directory, std::make_shared<state::rocks_budget>(),
                                  std::move(settings));
}

/// Applies one row of `user` at `position`.
schemas::result<void> put(state::user_store& store, const std::string& user, std::int64_t position,
                          std::size_t bytes = 100) {
  const std::vector<state::row> rows{{state::core_key(user), core + std::string(bytes, 'v')}};
  return store.apply(rows, position);
}

std::size_t count(const state::user_store& store) {
  std::size_t rows = 0;
  REQUIRE(store.for_each([&](std::string_view, std::string_view) { ++rows; }));
  return rows;
}

/// The directory as a process that is killed now leaves it: memory is not in it.
void copy_as_killed(const fs::path& from, const fs::path& to) {
  fs::copy(from, to, fs::copy_options::recursive);
}

std::vector<fs::path> tables(const fs::path& directory) {
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(directory)) {
    if (entry.path().extension() == ".sst")
      found.push_back(entry.path());
  }
  return found;
}

} // namespace

TEST_SUITE("rocks_store") {
  TEST_CASE("what was applied is there after a clean end") {
    const tests::temp_directory directory;
    {
      auto store = open(directory.path());
      REQUIRE(store);
      REQUIRE(put(**store, "ann", 5));
    }

    auto store = open(directory.path());

    REQUIRE(store);
    CHECK((*store)->changelog_position().value() == 5);
    CHECK(count(**store) == 1);
  }

  TEST_CASE("a kill leaves the rows of exactly the position it has") {
    const tests::temp_directory directory;
    auto store = open(directory.path() / "live");
    REQUIRE(store);
    for (std::int64_t i = 1; i <= 2000; ++i) {
      REQUIRE(put(**store, "user-" + std::to_string(i), i));
      if (i == 700)
        REQUIRE((*store)->flush());
    }

    copy_as_killed(directory.path() / "live", directory.path() / "dead");
    auto dead = open(directory.path() / "dead");

    REQUIRE(dead);
    CHECK((*dead)->changelog_position().value() == 700);
    CHECK(count(**dead) == 700);
  }

  TEST_CASE("rows are flushed once they have waited long enough") {
    const tests::temp_directory directory;
    auto time = std::chrono::steady_clock::time_point{};
    state::rocks_store_settings settings;
    settings.flush_after = std::chrono::seconds(30);
    settings.now = [&] { return time; };
    auto store = open(directory.path(), settings);
    REQUIRE(store);
    REQUIRE(put(**store, "ann", 1));
    time += std::chrono::seconds(29);
    REQUIRE(put(**store, "ann", 2));
    CHECK(tables(directory.path()).empty());

    time += std::chrono::seconds(1);
    REQUIRE(put(**store, "ann", 3));
    REQUIRE((*store)->flush()); // Waits for the one that was started.

    CHECK_FALSE(tables(directory.path()).empty());
  }

  TEST_CASE("a directory in use is refused") {
    const tests::temp_directory directory;
    const auto first = open(directory.path());
    REQUIRE(first);

    const auto second = open(directory.path());

    REQUIRE_FALSE(second);
    CHECK(second.error().code == schemas::errc::refused);
    CHECK(second.error().message.find("in use") != std::string::npos);
  }

  TEST_CASE("a damaged file is corrupt, and never a wrong value") {
    const tests::temp_directory directory;
    {
      auto store = open(directory.path());
      REQUIRE(store);
      for (int i = 0; i < 1000; ++i)
        REQUIRE(put(**store, "user-" + std::to_string(i), i));
      REQUIRE((*store)->flush());
    }
    const auto files = tables(directory.path());
    REQUIRE_FALSE(files.empty());
    {
      std::fstream file(files[0], std::ios::in | std::ios::out | std::ios::binary);
      file.seekp(static_cast<std::streamoff>(fs::file_size(files[0]) / 3));
      file.write("damage!!", 8);
    }

    auto store = open(directory.path());
    schemas::errc code = schemas::errc::bad_input;
    if (!store) {
      code = store.error().code;
    } else {
      const auto all = (*store)->for_each([](std::string_view, std::string_view value) {
        REQUIRE(value == core + std::string(100, 'v'));
      });
      REQUIRE_FALSE(all);
      code = all.error().code;
    }

    CHECK(code == schemas::errc::corrupt);
  }

  TEST_CASE("a missing file is corrupt; the store can be put aside and made anew") {
    const tests::temp_directory directory;
    const auto path = directory.path() / "store";
    {
      auto store = open(path);
      REQUIRE(store);
      REQUIRE(put(**store, "ann", 1));
    }
    for (const auto& file : tables(path))
      fs::remove(file);
    const auto broken = open(path);
    REQUIRE_FALSE(broken);
    CHECK(broken.error().code == schemas::errc::corrupt);

    const auto aside = state::quarantine_store(path);

    REQUIRE(aside);
    CHECK(fs::exists(*aside));
    auto store = open(path);
    REQUIRE(store);
    CHECK((*store)->changelog_position().value() == std::nullopt);
  }

  TEST_CASE("a nearly full disk refuses changes and takes them when there is room again") {
    const tests::temp_directory directory;
    std::uint64_t free = 0;
    state::rocks_store_settings settings;
    settings.reserve_bytes = 1000;
    settings.free = [&](const fs::path&) { return schemas::result<std::uint64_t>(free); };
    auto store = open(directory.path(), settings);
    REQUIRE(store);
    free = 999;

    const auto refused = put(**store, "ann", 1);

    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == schemas::errc::transient);
    CHECK(refused.error().message.find("999 bytes are free") != std::string::npos);
    CHECK((*store)->changelog_position().value() == std::nullopt);
    free = 1000;
    CHECK(put(**store, "ann", 1));
  }

  TEST_CASE("the position row is no user's and no tool sees it") {
    CHECK(state::user_of(state::position_key).empty());
    CHECK(state::decode_position(state::encode_position(0x1234567890abLL)) == 0x1234567890abLL);
    CHECK(state::decode_position("").error().code == schemas::errc::corrupt);
    CHECK(state::decode_position(std::string(9, '\2')).error().code == schemas::errc::corrupt);
  }
}

TEST_SUITE("directory_lock") {
  TEST_CASE("names the holder and is free when the holder is gone") {
    const tests::temp_directory directory;
    {
      const auto first = state::directory_lock::acquire(directory.path());
      REQUIRE(first);

      const auto second = state::directory_lock::acquire(directory.path());

      REQUIRE_FALSE(second);
      CHECK(second.error().code == schemas::errc::refused);
      CHECK(second.error().message
            == directory.path().string() + " is in use by process " + std::to_string(::getpid()));
    }
    CHECK(state::directory_lock::acquire(directory.path()));
  }

  TEST_CASE("a directory that cannot be made is the operator's fault") {
    const auto lock = state::directory_lock::acquire("/proc/laurel");

    REQUIRE_FALSE(lock);
    CHECK(lock.error().code == schemas::errc::bad_setting);
  }
}
