// SPDX-License-Identifier: Apache-2.0
// The writer whose files are removed or moved.
#include "support/stderr_capture.hpp"
#include "writer_bench.hpp"

#include <mutex>

using namespace queue;

namespace {

// A writer that looks at its files.
struct Watched {
    Watched()
    {
        auto database = Connection::open(file, Connection::Access::read_write);
        REQUIRE(database);
        REQUIRE(prepare_store(*database, file, base::Time()));
        REQUIRE(database->script("CREATE TABLE t (a TEXT NOT NULL UNIQUE, octets BLOB) STRICT"));
        auto files = StoreFiles::of(file);
        REQUIRE(files);
        const auto on_lost = [this](const base::Error& error) {
            const std::lock_guard lock(mutex);
            ++lost;
            said = error.detail;
        };
        writer.emplace(
            std::move(*database), std::move(*files),
            Writer::Limits{.tick = std::chrono::milliseconds(20)}, on_lost
        );
    }
    Outcome write(std::string name)
    {
        std::promise<Outcome> promise;
        auto done = [&promise](Outcome outcome) { promise.set_value(std::move(outcome)); };
        using Work = Write<std::int64_t, Run>;
        writer->submit(
            std::make_unique<Work>(insert(std::move(name)), PayloadFiles(), std::move(done), 0),
            Writer::Admission::limited
        );
        return promise.get_future().get();
    }
    std::vector<base::Path> saved() const
    {
        std::vector<base::Path> found;
        for (const auto& name : base::list_folder(folder.path()).value())
            if (name.native().find(".sav") != std::string::npos)
                found.push_back(folder.path() / name);
        return found;
    }

    support::TemporaryFolder folder;
    base::Path file = folder.path() / "test.db";
    std::mutex mutex; // guards the two below
    int lost = 0;
    std::string said;
    std::optional<Writer> writer;
};

std::string names_of(const base::Path& file)
{
    auto database = Connection::open(file, Connection::Access::read_write);
    REQUIRE(database);
    return names_in(*database);
}

} // namespace

TEST_CASE("nothing is answered once the database is removed, and what it held is saved", "[queue]")
{
    Watched store;
    REQUIRE(store.write("answered"));
    const auto replaced = GENERATE(false, true);
    std::filesystem::remove(store.file);
    if (replaced) REQUIRE(base::File::create(store.file));
    CHECK_FALSE(store.write("unanswered"));
    store.writer->close();
    CHECK(store.lost == 1);
    CHECK(store.said.find("test.db was removed, moved or replaced") != std::string::npos);
    const auto saved = store.saved();
    REQUIRE(saved.size() == 1);
    CHECK(store.said.find(saved.front().string()) != std::string::npos);
    CHECK(names_of(saved.front()).starts_with("answered"));
}

TEST_CASE("a copy of a removed database has the name of one once it is complete", "[queue]")
{
    Watched store;
    REQUIRE(store.write("answered"));
    // The kinds of calls on files with either name.
    class Seen final : public base::IoGate {
    public:
        base::IoVerdict before(const base::IoRequest& request) override
        {
            const auto has = [&](const char* suffix) {
                return request.path.find(suffix) != std::string_view::npos;
            };
            const bool writes = request.call == base::IoCall::write;
            if (writes && has(saving_suffix)) ++to_incomplete;
            if (writes && has(saved_suffix)) ++to_complete;
            return {};
        }
        void after(const base::IoRequest&) override {}
        std::atomic<int> to_incomplete = 0;
        std::atomic<int> to_complete = 0;
    };
    Seen disk;
    support::StderrCapture captured;
    {
        const support::GateInPlace in_place(disk);
        std::filesystem::remove(store.file);
        CHECK_FALSE(store.write("unanswered"));
        store.writer->close();
    }
    CHECK(disk.to_incomplete > 0);
    CHECK(disk.to_complete == 0);
    REQUIRE(store.saved().size() == 1);
    CHECK(store.saved().front().string().find(saved_suffix) != std::string::npos);
    CHECK(captured.line("store_saving").find(saving_suffix) != std::string::npos);
}

TEST_CASE("a copy of a removed database for which there is no room is none", "[queue]")
{
    Watched store;
    REQUIRE(store.write("answered"));
    class NoRoomForCopy final : public base::IoGate {
    public:
        base::IoVerdict before(const base::IoRequest& request) override
        {
            const bool of_copy = request.path.find(saving_suffix) != std::string_view::npos;
            return {.error = of_copy && request.call == base::IoCall::write ? ENOSPC : 0};
        }
        void after(const base::IoRequest&) override {}
    };
    {
        NoRoomForCopy disk;
        const support::GateInPlace in_place(disk);
        std::filesystem::remove(store.file);
        CHECK_FALSE(store.write("unanswered"));
        store.writer->close();
    }
    CHECK(store.lost == 1);
    CHECK(store.said.find("could not be saved") != std::string::npos);
    CHECK(store.saved().empty());
}

TEST_CASE("a log or index that is removed ends the writing, and nothing is missing", "[queue]")
{
    Watched store;
    REQUIRE(store.write("answered"));
    const std::string suffix = GENERATE("-wal", "-shm");
    std::filesystem::remove(store.file.string() + suffix);
    REQUIRE(comes_true([&] {
        const std::lock_guard lock(store.mutex);
        return store.lost == 1;
    }));
    CHECK_FALSE(store.write("unanswered"));
    store.writer->close();
    CHECK(store.said.find("test.db" + suffix) != std::string::npos);
    CHECK(store.said.find("what was committed is in the database") != std::string::npos);
    CHECK(store.saved().empty());
    CHECK(names_of(store.file) == "answered");
}

TEST_CASE("a data folder that is moved ends the writing and is named", "[queue]")
{
    support::TemporaryFolder above;
    const auto folder = above.path() / "data";
    REQUIRE(base::create_folder(folder));
    const auto file = folder / "test.db";
    auto database = Connection::open(file, Connection::Access::read_write);
    REQUIRE(database);
    REQUIRE(prepare_store(*database, file, base::Time()));
    const auto files = StoreFiles::of(file);
    REQUIRE(files);
    CHECK(files->check());
    std::filesystem::rename(folder, above.path() / "elsewhere");
    const auto checked = files->check();
    CHECK(checked.error().detail.find(folder.string() + " is not the folder") != std::string::npos);
    CHECK_FALSE(files->are_missing()); // it is whole, elsewhere
    std::filesystem::rename(above.path() / "elsewhere", folder);
    CHECK(files->check());
}
