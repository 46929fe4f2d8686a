// SPDX-License-Identifier: Apache-2.0
#include "queue/sweep.hpp"

#include "opened.hpp"

#include <fstream>
#include <thread>

using namespace queue;

namespace {

constexpr int more_than_a_start_looks_at = 1200;

void leave_files(const base::Path& folder, int count)
{
    for (int n = 0; n < count; ++n)
        std::ofstream(folder / base::uuid()) << "left by a crash";
}

std::size_t files_in(const base::Path& folder)
{
    const auto names = base::list_folder(folder);
    REQUIRE(names);
    return names->size();
}

Outbound with_large_part(Queue& queue, const std::string& name)
{
    auto message = outbound(name);
    message.parts.push_back(large_part(queue, std::string(70'000, 'x') + name));
    return message;
}

// The state is looked at until it is reached; only a sweep that never ends takes the deadline.
bool swept(const Queue& queue)
{
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!queue.statistics().swept && std::chrono::steady_clock::now() < deadline)
        std::this_thread::yield();
    return queue.statistics().swept;
}

Connection store_with_part(const base::Path& folder, const std::string& file)
{
    {
        const Opened store(folder);
    }
    auto database = Connection::open(folder / "kurir.db", Connection::Access::read_write);
    REQUIRE(database);
    REQUIRE(database->run("INSERT INTO part VALUES (1, 0, '', '', '', 0, 0, 0, x'', ?, NULL)", file)
    );
    return std::move(*database);
}

} // namespace

TEST_CASE("a sweep removes what no row names, step by step, and keeps the rest", "[queue]")
{
    const support::TemporaryFolder folder;
    const auto payloads = folder.path() / "payloads";
    auto database = store_with_part(folder.path(), "referenced");
    std::ofstream(payloads / "referenced") << "x";
    leave_files(payloads, 10);
    const PayloadFolder of_this_run(payloads);
    auto sweep = Sweep::begin(of_this_run);
    REQUIRE(sweep);
    int steps = 1;
    for (;; ++steps) {
        const auto more = sweep->step(database, 3);
        REQUIRE(more);
        if (!*more) break;
        CHECK(sweep->removed() <= 3u * static_cast<unsigned>(steps)); // bounded
    }
    CHECK(steps == 4); // 11 names
    CHECK(sweep->removed() == 10);
    CHECK(files_in(payloads) == 1);
    CHECK(base::File::open(payloads / "referenced"));
}

TEST_CASE("a sweep leaves the files of its own run alone: their rows may be on the way", "[queue]")
{
    const support::TemporaryFolder folder;
    const auto payloads = folder.path() / "payloads";
    auto database = store_with_part(folder.path(), "referenced");
    PayloadFolder of_this_run(payloads);
    const auto name = of_this_run.new_name();
    std::ofstream(payloads / name) << "x";
    auto sweep = Sweep::begin(of_this_run);
    REQUIRE(sweep);
    CHECK(*sweep->step(database, 100) == false);
    CHECK(sweep->removed() == 0);
    const PayloadFolder of_the_next(payloads);
    auto next = Sweep::begin(of_the_next);
    REQUIRE(next);
    CHECK(*next->step(database, 100) == false);
    CHECK(next->removed() == 1);
}

TEST_CASE("a start looks at some files only; the rest goes while messages come", "[queue]")
{
    const support::TemporaryFolder folder;
    const auto payloads = folder.path() / "payloads";
    {
        Opened store(folder.path());
        for (int n = 0; n < 20; ++n)
            REQUIRE(enqueue(store.queue, with_large_part(store.queue, "old-" + std::to_string(n))));
        CHECK(store.queue.statistics().swept);
    }
    leave_files(payloads, more_than_a_start_looks_at);
    std::vector<std::string> kept;
    {
        Opened store(folder.path());
        CHECK_FALSE(store.queue.statistics().swept);
        for (int n = 0; n < 40 || !store.queue.statistics().swept; ++n) {
            const auto name = "new-" + std::to_string(n);
            REQUIRE(enqueue(store.queue, with_large_part(store.queue, name)));
            kept.push_back(name);
            REQUIRE(n < 10'000);
        }
        REQUIRE(swept(store.queue));
        CHECK(store.lost == 0);
        CHECK(files_in(payloads) == 20 + kept.size());
        for (const auto& name : kept)
            CHECK(base::File::open(
                store.queue.payload("id-" + name, 1, queue::Visibility::all())->file()
            ));
        for (int n = 0; n < 20; ++n)
            CHECK(base::File::open(
                store.queue.payload("id-old-" + std::to_string(n), 1, queue::Visibility::all())
                    ->file()
            ));
    }
}

TEST_CASE("closing ends a sweep, and the next run begins it again", "[queue]")
{
    const support::TemporaryFolder folder;
    const auto payloads = folder.path() / "payloads";
    {
        const Opened store(folder.path());
    }
    leave_files(payloads, 3 * more_than_a_start_looks_at);
    {
        Opened store(folder.path());
        store.queue.close();
        CHECK_FALSE(store.queue.statistics().swept);
        CHECK(files_in(payloads) > 0);
    }
    Opened store(folder.path());
    REQUIRE(swept(store.queue));
    CHECK(files_in(payloads) == 0);
}
