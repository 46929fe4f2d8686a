// SPDX-License-Identifier: Apache-2.0
#include "pair.hpp"

#include <future>

using namespace pair;

namespace {

// Lets the loops go on until it is so.
template <class Condition> bool becomes(Pair& pair, Condition condition)
{
    const auto end = std::chrono::steady_clock::now() + 20s;
    while (!condition() && std::chrono::steady_clock::now() < end) {
        pair.io.restart();
        pair.io.run_for(5ms);
    }
    return condition();
}

msh::Settings with_rules(base::Duration payload, base::Duration record)
{
    msh::Settings settings;
    settings.retention.usual = {.payload = payload, .payload_failed = payload, .record = record};
    settings.retention_every = 10ms;
    return settings;
}

} // namespace

TEST_CASE("what has ended goes while the service runs, and is counted", "[msh]")
{
    Pair pair(quick, with_rules(0ms, 0ms));
    pair.b.msh().start();
    const queue::Header header{
        .message_id = "a@a", .from_party = "x", .recipient = pair.b.participant
    };
    std::promise<void> refused;
    pair.b.queue().record_refusal(header, "not served", base::now() - 1s, [&](const auto&) {
        refused.set_value();
    });
    refused.get_future().wait();
    CHECK(becomes(pair, [&] { return pair.b.msh().retained().records == 1; }));
    CHECK(pair.b.queue().list({.visibility = queue::Visibility::all()})->empty());
    const auto stop = [&]() -> asio::awaitable<bool> {
        co_await pair.b.msh().stop(1s);
        co_return true;
    };
    CHECK(support::wait_for<bool>(pair.io, stop()));
}

TEST_CASE("a backup runs beside everything else, one at a time", "[msh]")
{
    Pair pair;
    const support::TemporaryFolder folder;
    auto& msh = pair.a.msh();
    CHECK(msh.backup().stage == msh::Backup::Stage::none);
    REQUIRE(msh.begin_backup(folder.path() / "one"));
    CHECK(msh.backup().stage == msh::Backup::Stage::running);
    CHECK(msh.begin_backup(folder.path() / "two").error().code == msh::errc::busy);
    CHECK(becomes(pair, [&] { return msh.backup().stage == msh::Backup::Stage::done; }));
    CHECK(msh.backup().ended);
    CHECK(msh.backup().octets > 0);
    CHECK(base::list_folder(folder.path() / "one").value().size() == 2);
    CHECK_FALSE(std::filesystem::exists(folder.path() / "two"));

    REQUIRE(msh.begin_backup(folder.path() / "one"));
    CHECK(becomes(pair, [&] { return msh.backup().stage == msh::Backup::Stage::failed; }));
    CHECK(msh.backup().error.code == base::errc::already_exists);
}

TEST_CASE("a clock that jumps ahead makes nothing old for retention", "[msh]")
{
    const base::Time start = base::from_millis(1'700'000'000'000);
    CHECK(msh::believed(start + 10min, start, 10min) == start + 10min);
    CHECK(msh::believed(start + 24h * 400, start, 10min) == start + 70min);
    CHECK(msh::believed(start - 24h, start, 10min) == start - 24h); // set back: later, not sooner
}
