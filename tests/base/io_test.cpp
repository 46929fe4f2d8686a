// SPDX-License-Identifier: Apache-2.0
// The gate sees every call of base/file and can refuse it; and what the tests' disk says a power
// cut leaves.
#include "base/io.hpp"

#include "base/file.hpp"
#include "support/disk.hpp"
#include "support/temporary_folder.hpp"

#include <catch2/catch.hpp>

#include <cerrno>

using namespace base;
using support::Cut;
using support::Fault;

namespace {

std::string text_of(const Path& path)
{
    const auto octets = read_file(path, 1'000'000);
    return octets ? *octets : "none";
}

// What a power cut leaves of `folder` in a folder of its own.
class Left {
public:
    Left(const support::Platter& platter, const Cut& cut) { platter.write_to(folder_.path(), cut); }
    std::string operator[](const std::string& name) const { return text_of(folder_.path() / name); }

private:
    support::TemporaryFolder folder_;
};

} // namespace

TEST_CASE("every change of a disk is asked of the gate, told to it, and counted", "[base]")
{
    const support::TemporaryFolder folder;
    const auto& path = folder.path();
    support::RecordingDisk disk(path);
    const support::GateInPlace gate(disk);
    const auto before = io_counts();
    REQUIRE(make_folders(path / "a"));
    auto file = File::create(path / "a/new");
    REQUIRE(file);
    REQUIRE(file->write("one"));
    REQUIRE(file->write("three"));
    REQUIRE(file->sync());
    REQUIRE(rename_file(path / "a/new", path / "a/old"));
    REQUIRE(link_file(path / "a/old", path / "a/other"));
    REQUIRE(sync_folder(path / "a"));
    REQUIRE(remove_file(path / "a/old"));
    REQUIRE(remove_file(path / "a/old")); // nothing happens
    std::string told;
    for (const auto& call : disk.calls())
        told +=
            support::to_text(call.call) + " " + std::to_string(call.offset) + call.octets + "; ";
    CHECK(
        told == "make_folder 0; sync_folder 0; create 0; write 0one; write 3three; sync 0; "
                "rename 0; link 0; sync_folder 0; unlink 0; "
    );
    const auto counts = io_counts();
    CHECK(counts.writes - before.writes == 2);
    CHECK(counts.written - before.written == 8);
    CHECK(counts.syncs - before.syncs == 3);
}

TEST_CASE("a call that the gate refuses is not made, and its errno is the answer's", "[base]")
{
    const support::TemporaryFolder folder;
    const auto path = folder.path() / "a";
    const auto write_and_replace = [&]() -> Result<> {
        if (auto made = make_folders(folder.path() / "b"); !made) return made;
        if (auto replaced = replace_file(path, "new"); !replaced) return replaced;
        if (const auto read = read_file(path, 10); !read) return read.error();
        return remove_file(path);
    };
    support::FaultyDisk counting{Fault()};
    {
        const support::GateInPlace gate(counting);
        REQUIRE(write_and_replace());
    }
    REQUIRE(counting.calls() == 8);
    REQUIRE(remove_folder(folder.path() / "b"));
    for (std::uint64_t n = 1; n <= counting.calls(); ++n) {
        REQUIRE(replace_file(path, "old"));
        support::FaultyDisk disk({.nth = n, .error = ENOSPC});
        const support::GateInPlace gate(disk);
        const auto done = write_and_replace();
        INFO(disk.failed());
        REQUIRE_FALSE(done);
        CHECK(done.error().code == (disk.sync_failed() ? errc::sync_failed : errc::disk_full));
        const auto content = text_of(path);
        CHECK((content == "old" || (n > 6 && content == "new"))); // never half
        CHECK(list_folder(folder.path())->size() == 1);           // and nothing beside it
        (void)remove_folder(folder.path() / "b");
    }
    REQUIRE(replace_file(path, "old"));
    support::FaultyDisk unreadable({.nth = 1, .error = EIO, .reads = true});
    const support::GateInPlace gate(unreadable);
    CHECK(read_file(path, 10).error().code == errc::io_failed);
}

TEST_CASE("a torn write leaves what was written of it", "[base]")
{
    const support::TemporaryFolder folder;
    auto file = File::create(folder.path() / "a");
    REQUIRE(file);
    {
        support::FaultyDisk disk({.nth = 1, .error = EDQUOT, .torn = true});
        const support::GateInPlace gate(disk);
        CHECK(file->write("12345678").error().code == errc::disk_full);
    }
    CHECK(text_of(folder.path() / "a") == "1234");
}

TEST_CASE("what a power cut leaves is what was synced, and any part of the rest", "[base]")
{
    const support::TemporaryFolder folder;
    const auto path = folder.path();
    REQUIRE(replace_file(path / "a", std::string(2000, 'o')));
    const support::Platter before(path);
    support::RecordingDisk disk(path);
    const support::GateInPlace gate(disk);
    auto file = File::create(path / "b");
    REQUIRE(file);
    REQUIRE(file->write(std::string(1024, '1')));
    REQUIRE(file->sync());
    REQUIRE(file->write(std::string(1024, '2')));
    const auto after = [&](const Cut& cut) {
        auto platter = before;
        for (const auto& call : disk.calls())
            platter.apply(call, cut);
        return platter;
    };
    const Cut nothing;
    const Cut everything{.kind = Cut::Kind::everything};

    // Its octets are there, its name is not.
    CHECK(Left(after(nothing), nothing)["b"] == "none");
    CHECK(Left(after(everything), everything)["b"].size() == 2048);
    REQUIRE(sync_folder(path));
    CHECK(Left(after(nothing), nothing)["b"] == std::string(1024, '1'));
    CHECK(Left(after(nothing), nothing)["a"] == std::string(2000, 'o'));
    std::set<std::string> seen;
    for (std::uint32_t seed = 0; seed < 40; ++seed) {
        const Cut some{.kind = Cut::Kind::some, .seed = seed};
        seen.insert(Left(after(some), some)["b"].substr(1024));
    }
    // Each of the two sectors or not; a hole has zeros.
    CHECK(seen.size() == 4);
    CHECK(seen.contains(std::string(512, '\0') + std::string(512, '2')));

    REQUIRE(remove_file(path / "a"));
    CHECK(Left(after(nothing), nothing)["a"].size() == 2000);
    CHECK(Left(after(everything), everything)["a"] == "none");
    REQUIRE(rename_file(path / "b", path / "c"));
    CHECK(Left(after(nothing), nothing)["b"].size() == 1024);
    CHECK(Left(after(everything), everything)["b"] == "none");
    CHECK(Left(after(everything), everything)["c"].size() == 2048);
}

TEST_CASE("what a failed sync did not write is never written later", "[base]")
{
    const support::TemporaryFolder folder;
    const auto path = folder.path();
    const support::Platter before(path);
    support::RecordingDisk disk(path, {.nth = 1, .error = EIO, .only = IoCall::sync});
    const support::GateInPlace gate(disk);
    auto file = File::create(path / "a");
    REQUIRE(file);
    REQUIRE(file->write("lost"));
    REQUIRE_FALSE(file->sync());
    REQUIRE(file->write("kept"));
    REQUIRE(file->sync());
    REQUIRE(sync_folder(path));
    auto platter = before;
    for (const auto& call : disk.calls())
        platter.apply(call, {});
    CHECK(Left(platter, {})["a"] == std::string(4, '\0') + "kept");
    CHECK(text_of(path / "a") == "lostkept"); // as the kernel shows it
}
