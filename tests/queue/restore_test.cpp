// SPDX-License-Identifier: Apache-2.0
#include "backing_up.hpp"

#include "queue/manifest.hpp"
#include "queue/schema.hpp"
#include "queue/sqlite.hpp"
#include "version_1.hpp"

#include <map>

using namespace queue;

namespace {

void damage(const base::Path& file)
{
    auto octets = base::read_file(file, 100 << 20).value();
    octets[octets.size() / 2] = static_cast<char>(octets[octets.size() / 2] ^ 1);
    // Not through a link of the store's own file.
    REQUIRE(base::replace_file(file, octets));
}

// As a service of version 1 made it.
void make_backup_of_version_1(const base::Path& backup)
{
    std::filesystem::create_directories(backup / "payloads");
    make_store_of_version_1(backup / "kurir.db");
    const std::string name = "0f52d3f0-6b1a-4a43-8a2a-3f2c9f6c2b11-000000000003";
    {
        auto raw = Connection::open(backup / "kurir.db", Connection::Access::read_write);
        REQUIRE(raw);
        REQUIRE(raw->run("UPDATE part SET file = ? WHERE file IS NOT NULL", std::string_view(name))
        );
    }
    const std::string payload = "123456789";
    REQUIRE(base::replace_file(backup / "payloads" / name, payload));
    const auto database = base::read_file(backup / "kurir.db", 10 << 20).value();
    auto manifest = ManifestWriter::create(backup / "manifest");
    REQUIRE(manifest);
    REQUIRE(manifest->head(
        {.taken = at(1000),
         .schema = 1,
         .messages = 6,
         .database_size = database.size(),
         .database_sha256 = crypto::sha256(database)}
    ));
    REQUIRE(manifest->file({.name = name, .size = payload.size(), .sha256 = crypto::sha256(payload)}
    ));
    REQUIRE(manifest->finish());
}

std::int64_t version_of(const base::Path& folder)
{
    auto database = Connection::open(folder / "kurir.db", Connection::Access::read_only);
    REQUIRE(database);
    auto rows = database->query("PRAGMA user_version");
    REQUIRE(rows.next());
    return rows.integer(0);
}

} // namespace

TEST_CASE("a restored store has what the backed up one had", "[queue]")
{
    const support::TemporaryFolder folder;
    const auto backup = folder.path() / "backup";
    std::map<std::string, std::string> before;
    {
        Opened store(folder.path() / "store");
        fill(store.queue);
        const auto made = back_up(store.queue, backup);
        REQUIRE(made);
        CHECK(made->messages == 3);
        CHECK(made->payloads == 3);
        CHECK(made->payload_octets == 240'000);
        CHECK(made->linked);
        for (const auto& id : ids(store.queue))
            before[id] = whole(store.queue, id);
        REQUIRE(enqueue(store.queue, outbound("after")));
    }
    std::filesystem::remove_all(folder.path() / "store");
    const auto restored = restore(backup, folder.path() / "again", at(2000));
    REQUIRE(restored);
    CHECK(restored->taken == at(1000));
    CHECK(restored->messages == 3);
    CHECK(restored->payloads == 3);
    CHECK(restored->maybe_sent == 2);
    CHECK(restored->maybe_handed_over == 1);
    const Opened store(folder.path() / "again");
    REQUIRE(ids(store.queue).size() == before.size());
    for (const auto& [id, text] : before)
        CHECK(whole(store.queue, id) == text);
    CHECK(store.lost == 0);
}

TEST_CASE("a backup that was changed since is not restored", "[queue]")
{
    const support::TemporaryFolder folder;
    const auto backup = folder.path() / "backup";
    {
        Opened store(folder.path() / "store");
        fill(store.queue);
        REQUIRE(back_up(store.queue, backup));
    }
    const auto refused = [&] { return restore(backup, folder.path() / "again", at(2000)).error(); };
    const auto payload = backup / "payloads" / base::list_folder(backup / "payloads")->front();

    SECTION("in its database")
    {
        damage(backup / "kurir.db");
        CHECK(refused().code == errc::damaged);
    }
    SECTION("in its manifest")
    {
        auto octets = base::read_file(backup / "manifest", 1 << 20).value();
        ++octets[octets.find("store ") + 8]; // the year: nothing else would tell
        REQUIRE(base::replace_file(backup / "manifest", octets));
        CHECK(refused().code == errc::damaged);
    }
    SECTION("a manifest cut off")
    {
        const auto octets = base::read_file(backup / "manifest", 1 << 20).value();
        const auto last = octets.rfind('\n', octets.size() - 2);
        REQUIRE(base::replace_file(backup / "manifest", octets.substr(0, last + 1)));
        CHECK(refused().code == errc::damaged);
    }
    SECTION("in a payload")
    {
        damage(payload);
        CHECK(refused().code == errc::damaged);
    }
    SECTION("a payload is missing")
    {
        REQUIRE(base::remove_file(payload));
        CHECK(refused().code == errc::damaged);
    }
    SECTION("its database is missing")
    {
        REQUIRE(base::remove_file(backup / "kurir.db"));
        CHECK(refused().code == errc::damaged);
        CHECK_FALSE(std::filesystem::exists(folder.path() / "again" / unfinished_restore));
    }
    SECTION("there is none")
    {
        REQUIRE(base::remove_file(backup / "manifest"));
        CHECK(refused().code == base::errc::not_found);
    }
    // The folder says what happened to it instead of beginning empty.
    if (base::list_folder(folder.path() / "again")->size() > 1)
        CHECK(Queue::open({.folder = folder.path() / "again"}, {}).error().code == errc::damaged);
}

TEST_CASE("a restore that did not end is done again", "[queue]")
{
    const support::TemporaryFolder folder;
    const auto backup = folder.path() / "backup";
    {
        Opened store(folder.path() / "store");
        fill(store.queue);
        REQUIRE(back_up(store.queue, backup));
    }
    const auto again = folder.path() / "again";
    int failures = 0;
    bool marked = false;
    for (int after = 0; after < 80; ++after) {
        auto restored = base::Result<Restored>(Restored{});
        {
            SmallDisk disk(again.string(), after);
            const support::GateInPlace gate(disk);
            restored = restore(backup, again, at(2000));
        }
        if (restored) break;
        ++failures;
        CHECK_FALSE(std::filesystem::exists(again / "kurir.db"));
        // Begun once, it stays so: without its mark what was copied would be in the way.
        if (std::exchange(marked, std::filesystem::exists(again / unfinished_restore))) {
            SmallDisk disk(again.string(), 0);
            const support::GateInPlace gate(disk);
            CHECK_FALSE(restore(backup, again, at(2000)));
            CHECK(std::filesystem::exists(again / unfinished_restore));
        }
    }
    CHECK(failures > 8);
    CHECK(failures < 80);
    const Opened store(again);
    CHECK(ids(store.queue).size() == 3);
    CHECK(restore(backup, again, at(2000)).error().code == base::errc::locked);
}

TEST_CASE("a store is never restored over another", "[queue]")
{
    const support::TemporaryFolder folder;
    const auto backup = folder.path() / "backup";
    {
        Opened store(folder.path() / "store");
        fill(store.queue);
        REQUIRE(back_up(store.queue, backup));
    }
    const auto refused = [&](const base::Path& into) {
        return restore(backup, into, at(2000)).error().code == base::errc::already_exists;
    };
    CHECK(refused(folder.path() / "store"));
    const Opened store(folder.path() / "store");
    CHECK(ids(store.queue).size() == 3);

    // Nor beside a log without its database, which would be put into the restored one.
    std::filesystem::create_directories(folder.path() / "half");
    REQUIRE(base::replace_file(folder.path() / "half" / "kurir.db-wal", "log"));
    CHECK(refused(folder.path() / "half"));

    // Nor beside the payloads of a store whose database was moved away: the backup has not all.
    std::filesystem::create_directories(folder.path() / "rest" / "payloads");
    REQUIRE(base::replace_file(folder.path() / "rest" / "payloads" / "0-1", "later"));
    CHECK(refused(folder.path() / "rest"));
    CHECK(base::File::open(folder.path() / "rest" / "payloads" / "0-1"));
}

TEST_CASE("a backup of a newer version is not restored", "[queue]")
{
    const support::TemporaryFolder folder;
    const auto backup = folder.path() / "backup";
    {
        Opened store(folder.path() / "store");
        auto database =
            Connection::open(folder.path() / "store" / "kurir.db", Connection::Access::read_write);
        REQUIRE(database->run("PRAGMA user_version = 99"));
        REQUIRE(back_up(store.queue, backup));
    }
    CHECK(restore(backup, folder.path() / "again", at(2000)).error().code == errc::newer_schema);
    CHECK_FALSE(std::filesystem::exists(folder.path() / "again" / unfinished_restore));
}

TEST_CASE(
    "a backup of an older version is restored as it is, and brought up to date then", "[queue]"
)
{
    const support::TemporaryFolder folder;
    const auto again = folder.path() / "again";
    make_backup_of_version_1(folder.path() / "backup");
    const auto restored = restore(folder.path() / "backup", again, at(2000));
    REQUIRE(restored);
    CHECK(restored->payloads == 1);
    CHECK(version_of(again) == 1);
    {
        Opened store(again);
        const auto payload = store.queue.payload("out-3", 0, queue::Visibility::all());
        REQUIRE(payload);
        CHECK(*base::read_file(payload->file(), 10) == "123456789");
        // What the restore marked outlives the migration.
        const auto jobs = claim(store.queue, claim_by("owner", 3000));
        REQUIRE(jobs);
        CHECK(jobs->size() == restored->maybe_sent);
        for (const auto& job : *jobs)
            CHECK(job.outcome_unknown);
        const auto items = lease(store.queue, lease_of("participant-a", 3000));
        REQUIRE(items);
        CHECK(items->size() == restored->maybe_handed_over);
        for (const auto& item : *items)
            CHECK(item.delivery_count > 1);
    }
    CHECK(version_of(again) == schema_version);
}

TEST_CASE("what was in flight is marked when it is restored", "[queue]")
{
    const support::TemporaryFolder folder;
    std::string acknowledged;
    std::string token;
    std::string token_item;
    {
        Opened store(folder.path() / "store");
        auto& queue = store.queue;
        const auto delivered = enqueue(queue, outbound("delivered"))->id;
        const auto sending = enqueue(queue, outbound("sending", at(1)))->id;
        REQUIRE(claim(queue, claim_by("owner", 1990))->size() == 2); // until after the restore
        REQUIRE(settle(
            queue, "owner",
            {.id = delivered, .state = State::delivered, .at = at(1991), .receipt = "receipt"}
        ));
        REQUIRE(enqueue(queue, outbound("queued", at(2))));
        REQUIRE(accept(queue, inbound("acknowledged")));
        auto items = lease(queue, lease_of("participant-b", 12));
        acknowledged = items->front().id;
        REQUIRE(acknowledge(queue, acknowledged, items->front().lease, "participant-b"));
        REQUIRE(accept(queue, inbound("leased")));
        items = lease(queue, lease_of("participant-b", 2000));
        token = items->front().lease;
        token_item = items->front().id;
        REQUIRE(accept(queue, inbound("received")));
        REQUIRE(back_up(queue, folder.path() / "backup"));
    }
    const auto restored = restore(folder.path() / "backup", folder.path() / "again", at(2010));
    REQUIRE(restored);
    CHECK(restored->maybe_sent == 2);
    CHECK(restored->maybe_handed_over == 2);

    Opened store(folder.path() / "again");
    auto& queue = store.queue;
    // Outbound: sent again, and known to have been maybe sent before. The lease of then is
    // nobody's.
    const auto jobs = claim(queue, claim_by("owner 2", 2011));
    REQUIRE(jobs->size() == 2);
    for (const auto& job : *jobs)
        CHECK(job.outcome_unknown);
    // Inbound: whoever still has his token may use it; else it is told that it is not the first
    // time.
    CHECK(acknowledge(queue, token_item, token, "participant-b"));
    const auto items = lease(queue, lease_of("participant-b", 2012));
    REQUIRE(items->size() == 1);
    CHECK(items->front().delivery_count == 2);
    // What ended is as it was, and a peer's repeat gets the receipt of the first time.
    CHECK(queue.find(acknowledged, queue::Visibility::all())->summary.state == State::acknowledged);
    const auto repeat = accept(queue, inbound("received"));
    REQUIRE(repeat);
    CHECK(repeat->kind == Accepted::Kind::repeat);
    CHECK(repeat->receipt == "receipt for form 1");
    const auto events = queue.find(items->front().id, queue::Visibility::all())->events;
    CHECK(std::ranges::any_of(events, [](const auto& event) { return event.name == "restored"; }));
}

TEST_CASE(
    "a lease that is restored may be handed over at once, with the count it deserves", "[queue]"
)
{
    const support::TemporaryFolder folder;
    {
        Opened store(folder.path() / "store");
        REQUIRE(accept(store.queue, inbound("leased")));
        REQUIRE(lease(store.queue, lease_of("participant-b", 2000))->size() == 1);
        REQUIRE(back_up(store.queue, folder.path() / "backup"));
    }
    REQUIRE(restore(folder.path() / "backup", folder.path() / "again", at(2010)));
    Opened store(folder.path() / "again");
    const auto items = lease(store.queue, lease_of("participant-b", 2010));
    REQUIRE(items->size() == 1);
    CHECK(items->front().delivery_count == 3);
}

TEST_CASE("that a restore has begun is on the disk before anything is copied", "[queue]")
{
    const support::TemporaryFolder folder;
    const auto backup = folder.path() / "backup";
    const auto again = folder.path() / "again";
    {
        Opened store(folder.path() / "store");
        fill(store.queue);
        REQUIRE(back_up(store.queue, backup));
    }
    support::RecordingDisk disk(again);
    {
        const support::GateInPlace gate(disk);
        REQUIRE(restore(backup, again, at(2000)));
    }
    const auto calls = disk.calls();
    const auto mark = (again / unfinished_restore).string();
    const auto marked = std::ranges::find_if(calls, [&](const auto& call) {
        return call.call == base::IoCall::create && call.path == mark;
    });
    REQUIRE(marked != calls.end());
    const auto synced = std::find_if(marked, calls.end(), [&](const auto& call) {
        return call.call == base::IoCall::sync_folder && call.path == again.string();
    });
    REQUIRE(synced != calls.end());
    CHECK(std::none_of(calls.begin(), synced, [](const auto& call) {
        return call.call == base::IoCall::write;
    }));
}
