// SPDX-License-Identifier: Apache-2.0
// Content in memory and in files: where it lies, who owns it, when it goes.
#include "base/spool.hpp"

#include "support/temporary_folder.hpp"

#include <catch2/catch.hpp>

using namespace base;
namespace fs = std::filesystem;

namespace {

Content spooled(const Path& folder, BytesView octets, std::uint64_t limit)
{
    Spool spool(folder, limit);
    REQUIRE(spool.write(octets));
    return spool.finish();
}

std::string whole(const Content& content, std::size_t piece)
{
    auto reader = ContentReader::open(content);
    REQUIRE(reader);
    std::string all;
    for (;;) {
        const auto octets = reader->read(piece);
        REQUIRE(octets);
        if (octets->empty()) return all;
        CHECK(octets->size() <= piece);
        all += *octets;
    }
}

} // namespace

TEST_CASE("small content stays in memory and touches no disk", "[base]")
{
    Spool spool("/nonexistent", 10);
    CHECK(spool.write("abcde"));
    CHECK(spool.write("fghij"));
    CHECK(spool.size() == 10);
    const Content content = spool.finish();
    CHECK_FALSE(content.in_file());
    CHECK(content.size() == 10);
    CHECK(content.memory() == "abcdefghij");
    CHECK(whole(content, 3) == "abcdefghij");
}

TEST_CASE("content above the limit goes to one file with all its octets", "[base]")
{
    const support::TemporaryFolder folder;
    Spool spool(folder.path(), 10);
    CHECK(spool.write("abcdefghij"));
    CHECK(list_folder(folder.path()).value().empty());
    CHECK(spool.write("k"));
    CHECK(spool.write("lm"));
    CHECK(spool.size() == 13);
    const Content content = spool.finish();
    REQUIRE(content.in_file());
    CHECK(content.size() == 13);
    CHECK(list_folder(folder.path()).value().size() == 1);
    CHECK(whole(content, 4) == "abcdefghijklm");
    CHECK(whole(content, 1000) == "abcdefghijklm");
}

TEST_CASE("one large piece goes to a file at once", "[base]")
{
    const support::TemporaryFolder folder;
    const Content content = spooled(folder.path(), std::string(100'000, 'x'), spool_memory_limit);
    CHECK(content.in_file());
    CHECK(whole(content, 65'536) == std::string(100'000, 'x'));
}

TEST_CASE("empty content is content", "[base]")
{
    Spool spool("/nonexistent", 0);
    CHECK(spool.write(""));
    const Content content = spool.finish();
    CHECK(content.size() == 0);
    CHECK_FALSE(content.in_file());
    CHECK(whole(content, 10).empty());
}

TEST_CASE("a spool file that nobody adopted goes with its content", "[base]")
{
    const support::TemporaryFolder folder;
    {
        const Content content = spooled(folder.path(), "abc", 0);
        CHECK(list_folder(folder.path()).value().size() == 1);
    }
    CHECK(list_folder(folder.path()).value().empty());
    {
        Spool unfinished(folder.path(), 0);
        REQUIRE(unfinished.write("abc"));
    }
    CHECK(list_folder(folder.path()).value().empty());
}

TEST_CASE("an adopted file is at its target and stays", "[base]")
{
    const support::TemporaryFolder folder;
    const Path target = folder.path() / "kept";
    {
        Content content = spooled(folder.path(), "abc", 0);
        REQUIRE(content.adopt_file(target));
        CHECK(content.file() == target);
        CHECK(whole(content, 10) == "abc");
    }
    CHECK(list_folder(folder.path()).value() == std::vector<Path>{"kept"});
    CHECK(read_file(target, 10).value() == "abc");
}

TEST_CASE("a failed adoption leaves the file to its content", "[base]")
{
    const support::TemporaryFolder folder;
    {
        Content content = spooled(folder.path(), "abc", 0);
        CHECK(
            content.adopt_file(folder.path() / "missing" / "kept").error().code == errc::not_found
        );
        CHECK(whole(content, 10) == "abc");
    }
    CHECK(list_folder(folder.path()).value().empty());
}

TEST_CASE("a borrowed file is never removed", "[base]")
{
    const support::TemporaryFolder folder;
    REQUIRE(replace_file(folder.path() / "a", "abc"));
    {
        const Content content = Content::borrow(folder.path() / "a", 3);
        CHECK(whole(content, 2) == "abc");
    }
    CHECK(fs::exists(folder.path() / "a"));
}

TEST_CASE("moving content moves its file; the former content of the target goes", "[base]")
{
    const support::TemporaryFolder folder;
    Content first = spooled(folder.path(), "first", 0);
    Content second = spooled(folder.path(), "second", 0);
    CHECK(list_folder(folder.path()).value().size() == 2);
    first = std::move(second);
    CHECK(list_folder(folder.path()).value().size() == 1);
    CHECK(whole(first, 100) == "second");
    const Content third(std::move(first));
    CHECK(whole(third, 100) == "second");
}

TEST_CASE("a moved spool goes on where it was", "[base]")
{
    const support::TemporaryFolder folder;
    Spool spool(folder.path(), 2);
    REQUIRE(spool.write("abc"));
    Spool other(std::move(spool));
    REQUIRE(other.write("def"));
    CHECK(whole(other.finish(), 100) == "abcdef");
}

TEST_CASE("a spool without its folder fails when it needs a file", "[base]")
{
    const support::TemporaryFolder folder;
    Spool spool(folder.path() / "missing", 2);
    CHECK(spool.write("ab"));
    CHECK(spool.write("c").error().code == errc::not_found);
}

TEST_CASE("a file that is not of the recorded size is refused", "[base]")
{
    const support::TemporaryFolder folder;
    REQUIRE(replace_file(folder.path() / "a", "abc"));
    const Content longer = Content::borrow(folder.path() / "a", 4);
    const Content shorter = Content::borrow(folder.path() / "a", 2);
    const Content missing = Content::borrow(folder.path() / "b", 2);
    CHECK(ContentReader::open(longer).error().code == errc::changed);
    CHECK(ContentReader::open(shorter).error().code == errc::changed);
    CHECK(ContentReader::open(missing).error().code == errc::not_found);
}

TEST_CASE("a file that shrinks while it is read is an error, not an end", "[base]")
{
    const support::TemporaryFolder folder;
    REQUIRE(replace_file(folder.path() / "a", "abcdef"));
    const Content content = Content::borrow(folder.path() / "a", 6);
    auto reader = ContentReader::open(content);
    REQUIRE(reader);
    CHECK(reader->read(2).value() == "ab");
    fs::resize_file(folder.path() / "a", 3);
    CHECK(reader->read(2).value() == "c");
    CHECK(reader->read(2).error().code == errc::changed);
}
