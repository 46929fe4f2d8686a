// SPDX-License-Identifier: Apache-2.0
// The law of every stream reader: where the pieces end changes nothing. And its bounds: memory and
// time.
#include "mime/recorder.hpp"

#include <catch2/catch.hpp>

#include <ctime>
#include <random>

namespace {

// Texts that are near to boundaries, headers and limits at every place where a piece can end.
const std::string texts[] = {
    "--b\r\nContent-Type: a/b;\r\n c=d\r\nContent-ID: <a>\r\n\r\none\r\n--b "
    "\r\n\r\ntwo\r\n--b--\r\nepilogue",
    "\n--b\n\n\n\r\r\n--b\n\n--bb\n--b-\n--b--x\n\r\n--b--",
    "pre\r\n--bx\r\n--b\r\n\r\n--b\r\n\r\n--bb\r\n--b\t\t\r\n\r\n-\r\n--\r\n--b--",
    "--b\r\n\r\none\r\n--b\r\nno header\r\n\r\n",
    "--b\r\n\r\none\r\n--b\r\nX: 01234567890123456789012345678901234567890\r\n\r\n",
    "--b\r\n\r\none\r\n--b                                              \r\n\r\n",
    "--b\r\n\r\none\r\n--b-- \r",
    "--b\r\n\r\none\r\n--b--",
    "--b\r\n\r\none\r\n--b",
    "0123456789012345678901234567890123456789",
    "0123456789012345678901234567\r\n--b\r\n\r\none\r\n--b--", // as much preamble as allowed
    "--b--\r\n",
};
const mime::Limits narrow{.parts = 5, .header_bytes = 100, .line = 40, .preamble = 30};

} // namespace

TEST_CASE("pieces of any one size give the same parts and the same error", "[mime][law]")
{
    for (const std::string& text : texts) {
        const std::string whole = read_all(text, "b", narrow).text();
        for (std::size_t size = 1; size < text.size(); ++size) {
            INFO(text << " in pieces of " << size);
            const Reading reading = read_in_pieces(text, size, "b", narrow);
            CHECK(reading.text() == whole);
            CHECK_FALSE(reading.empty_data);
        }
    }
}

TEST_CASE("random texts of boundary characters in random pieces give the same parts", "[mime][law]")
{
    std::mt19937 random(20260611); // a fixed seed: a failure can be had again
    const std::string_view alphabet[] = {"\r\n", "\n", "\r", "--b", "--b--", "--",
                                         "-",    "b",  " ",  "x",   "X: y",  "\r\n--b\r\n\r\n"};
    for (int round = 0; round < 3000; ++round) {
        std::string text = "--b\r\n\r\n";
        const std::size_t words = random() % 30;
        for (std::size_t i = 0; i < words; ++i)
            text += alphabet[random() % std::size(alphabet)];
        if (random() % 2 != 0) text += "\r\n--b--";
        const std::string whole = read_all(text, "b", narrow).text();

        Recorder recorder;
        mime::Reader reader("b", recorder, narrow);
        for (std::size_t at = 0; at < text.size();) {
            const std::size_t size = 1 + random() % 7;
            if (!reader.feed(std::string_view(text).substr(at, size))) break;
            at += size;
        }
        const base::Result<> outcome = reader.finish();
        const Reading reading{
            recorder.parts, outcome ? boost::system::error_code() : outcome.error().code, false
        };
        INFO(text);
        REQUIRE(reading.text() == whole);
    }
}

TEST_CASE("content goes through without waiting for its end", "[mime]")
{
    Recorder recorder;
    mime::Reader reader("boundary", recorder);
    REQUIRE(reader.feed("--boundary\r\n\r\n"));
    std::size_t given = 0;
    for (int i = 0; i < 100; ++i) {
        REQUIRE(reader.feed("0123456789\r\n--bound"));
        given += 19;
        CHECK(
            recorder.parts[0].content.size() + 20 >= given
        ); // at most what may begin a boundary is held back
    }
    REQUIRE(reader.feed("ary--"));
    REQUIRE(reader.finish());
    CHECK(recorder.parts[0].content.size() == given - 9);
}

TEST_CASE("content full of what looks like a boundary goes on in large pieces", "[mime][speed]")
{
    struct Counting final : mime::PartListener {
        base::Result<> part_begins(const mime::PartHeader&) override { return {}; }
        base::Result<> part_data(base::BytesView octets) override
        {
            ++calls;
            size += octets.size();
            return {};
        }
        base::Result<> part_ends() override { return {}; }
        std::size_t calls = 0;
        std::size_t size = 0;
    } counting;
    std::string content;
    while (content.size() < 60'000)
        content += "\n--bX";
    mime::Reader reader("b", counting);
    REQUIRE(reader.feed("--b\r\n\r\n" + content + "\r\n--b--\r\n"));
    REQUIRE(reader.finish());
    CHECK(counting.size == content.size());
    CHECK(counting.calls < 5);
}

TEST_CASE("a large part costs a search, not a look at every octet", "[mime][speed]")
{
    struct Counting final : mime::PartListener {
        base::Result<> part_begins(const mime::PartHeader&) override { return {}; }
        base::Result<> part_data(base::BytesView octets) override
        {
            count += octets.size();
            return {};
        }
        base::Result<> part_ends() override { return {}; }
        std::uint64_t count = 0;
    } counting;
    std::string piece(64 * 1024, '\0');
    std::mt19937 random(1);
    for (char& c : piece)
        c = static_cast<char>(random());
    mime::Reader reader("kurir-0f1e2d3c-4b5a-4978-8695-a4b3c2d1e0f0", counting);
    REQUIRE(reader.feed("--kurir-0f1e2d3c-4b5a-4978-8695-a4b3c2d1e0f0\r\n\r\n"));
    const auto begin = std::clock(); // processor time: a busy machine does not change it
    for (int i = 0; i < 8192; ++i)
        REQUIRE(reader.feed(piece)); // 512 MB
    const auto took = std::clock() - begin;
    REQUIRE(reader.feed("\r\n--kurir-0f1e2d3c-4b5a-4978-8695-a4b3c2d1e0f0--\r\n"));
    REQUIRE(reader.finish());
    CHECK(counting.count == 8192ull * piece.size());
    CHECK(took < CLOCKS_PER_SEC); // measured 0.04 s
}
