// SPDX-License-Identifier: Apache-2.0
// gzip both ways; the gzip command is the judge of what we write.
#include "as4/compression.hpp"

#include "support/exchange.hpp"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <fstream>
#include <random>

namespace {

base::Bytes octets(std::size_t size, unsigned seed, unsigned letters)
{
    std::mt19937 random(seed);
    base::Bytes out(size, '\0');
    for (auto& octet : out)
        octet = static_cast<char>(random() % letters);
    return out;
}

struct Inflated {
    base::Bytes plain;
    std::size_t largest = 0;
    bool good = false;
    std::string why;
};

Inflated inflate(base::BytesView gzip, std::size_t piece, const pmode::PayloadLimits& limits = {})
{
    Inflated result;
    as4::Inflater inflater(limits);
    const auto sink = [&](base::BytesView plain) {
        result.plain.append(plain);
        result.largest = std::max(result.largest, plain.size());
        return base::Result<>{};
    };
    while (!gzip.empty()) {
        const auto next = gzip.substr(0, piece);
        gzip.remove_prefix(next.size());
        if (auto updated = inflater.update(next, sink); !updated) {
            result.why = updated.error().detail;
            return result;
        }
    }
    const auto finished = inflater.finish();
    result.good = finished.has_value() && inflater.plain_size() == result.plain.size();
    if (!finished) result.why = finished.error().detail;
    return result;
}

// CRC-32 of RFC 1952 8.
std::uint32_t crc32(base::BytesView octets)
{
    std::uint32_t crc = 0xffffffff;
    for (const char octet : octets) {
        crc ^= static_cast<unsigned char>(octet);
        for (int bit = 0; bit < 8; ++bit)
            crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? 0xedb88320U : 0U);
    }
    return ~crc;
}

} // namespace

TEST_CASE("what was deflated inflates to the same, in pieces of any size", "[as4][AS4 3.1]")
{
    const auto size = GENERATE(0u, 1u, 10'000u, 300'000u);
    const auto letters = GENERATE(3u, 256u);
    const auto plain = octets(size, size, letters);
    const auto gzip = support::gzip(plain);
    for (const std::size_t piece : {1u, 17u, 1000u, 70'000u, 1'000'000u}) {
        if (piece == 1 && size > 10'000) continue; // each call moves ISA-L's window of 64 KB
        const auto back = inflate(gzip, piece);
        CHECK(back.good);
        CHECK((back.plain == plain));
        CHECK(back.largest <= 64 * 1024);
    }
}

TEST_CASE("deflating in single octets gives the same content", "[as4]")
{
    const auto plain = octets(5000, 1, 20);
    as4::Deflater deflater;
    base::Bytes gzip;
    for (const char& octet : plain)
        deflater.update({&octet, 1}, gzip);
    deflater.finish(gzip);
    CHECK((inflate(gzip, 100).plain == plain));
}

TEST_CASE("the gzip command reads what we write, and we what it writes", "[as4][RFC 1952]")
{
    const support::TemporaryFolder folder;
    const auto file = (folder.path() / "content").string();
    const auto plain = octets(200'000, 7, 60);
    std::ofstream(file + ".gz", std::ios::binary) << support::gzip(plain);
    REQUIRE(std::system(("gzip -dk '" + file + ".gz'").c_str()) == 0);
    CHECK((support::file_octets(file) == plain));
    REQUIRE(std::system(("gzip -9 -c '" + file + "' > '" + file + "9.gz'").c_str()) == 0);
    CHECK((inflate(support::file_octets(file + "9.gz"), 4096).plain == plain));
}

TEST_CASE("several members one after the other are one content", "[as4][RFC 1952 2.2]")
{
    const auto gzip = support::gzip("one ") + support::gzip("") + support::gzip("two");
    for (const std::size_t piece : {1u, 2u, 19u, 1000u}) {
        const auto back = inflate(gzip, piece);
        CHECK(back.good);
        CHECK(back.plain == "one two");
    }
}

TEST_CASE(
    "a gzip header with every optional field is read in pieces of any size", "[as4][RFC 1952 2.3]"
)
{
    const base::Bytes ordinary = support::gzip("content");
    base::Bytes header = ordinary.substr(0, 10);
    header[3] = 2 | 4 | 8 | 16; // FHCRC, FEXTRA, FNAME, FCOMMENT
    header += base::Bytes("\x04\0abcd", 6) + base::Bytes("name.xml\0", 9) + base::Bytes("why\0", 4);
    const std::uint32_t crc = crc32(header);
    const auto check =
        base::Bytes{static_cast<char>(crc & 0xff), static_cast<char>(crc >> 8 & 0xff)};
    const auto size = ordinary.size() + header.size();
    for (std::size_t piece = 1; piece <= size; ++piece) {
        INFO(piece);
        const auto back = inflate(header + check + ordinary.substr(10), piece);
        CHECK(back.good);
        CHECK(back.plain == "content");
    }
    const auto damaged = header + base::Bytes{static_cast<char>(check[0] ^ 1), check[1]};
    for (const std::size_t piece : {1u, 5u, 1000u})
        CHECK_FALSE(inflate(damaged + ordinary.substr(10), piece).good);
}

TEST_CASE("gzip cut at any octet is refused", "[as4][TA30]")
{
    const auto gzip = support::gzip(octets(3000, 5, 200));
    for (std::size_t size = 0; size < gzip.size(); ++size)
        CHECK_FALSE(inflate(base::BytesView(gzip).substr(0, size), 500).good);
}

TEST_CASE("octets after the end are refused", "[as4][facts attack 17]")
{
    const auto gzip = support::gzip("content");
    for (const std::string& more :
         {std::string("x"), std::string(1, '\0'), std::string(100, '\0'), std::string("\x1f\x8b")
         }) {
        CHECK_FALSE(inflate(gzip + more, 1).good);
        CHECK_FALSE(inflate(gzip + more, 1000).good);
    }
}

TEST_CASE("a wrong CRC or size at the end is refused", "[as4][facts attack 17]")
{
    const auto back = GENERATE(1u, 4u, 5u, 8u);
    auto gzip = support::gzip("content");
    gzip[gzip.size() - back] = static_cast<char>(gzip[gzip.size() - back] ^ 1);
    CHECK_FALSE(inflate(gzip, 1000).good);
}

TEST_CASE("a bomb is stopped at the limit, having cost little", "[as4][facts attack 17]")
{
    const auto bomb = support::gzip(base::Bytes(50 << 20, '\0'));
    pmode::PayloadLimits limits;
    SECTION("by absolute size")
    {
        limits.inflated = 1 << 20;
        limits.ratio = 1'000'000;
        const auto stopped = inflate(bomb, bomb.size(), limits);
        CHECK_FALSE(stopped.good);
        CHECK(stopped.why == "inflated size over the limit");
        CHECK(stopped.plain.size() <= limits.inflated);
    }
    SECTION("by ratio")
    {
        const auto stopped = inflate(bomb, bomb.size(), limits);
        CHECK_FALSE(stopped.good);
        CHECK(stopped.why == "compression ratio over the limit");
        CHECK(stopped.plain.size() <= limits.compression_ratio_floor);
    }
    SECTION("but not below the floor of the ratio")
    {
        CHECK(inflate(support::gzip(base::Bytes(9 << 20, '\0')), 1000, limits).good);
    }
    SECTION("in many members")
    {
        base::Bytes members;
        const auto member = support::gzip(base::Bytes(1 << 20, '\0'));
        for (int i = 0; i < 20; ++i)
            members += member;
        limits.inflated = 10 << 20;
        CHECK_FALSE(inflate(members, 5000, limits).good);
    }
}

TEST_CASE("the sink can end the inflating, and an error is final", "[as4]")
{
    const auto gzip = support::gzip(octets(500'000, 3, 256));
    as4::Inflater inflater{pmode::PayloadLimits{}};
    int calls = 0;
    const auto full = [&](base::BytesView) {
        ++calls;
        return base::Result<>(base::Error(base::errc::disk_full));
    };
    CHECK(inflater.update(gzip, full).error().code == base::errc::disk_full);
    CHECK(calls == 1);
    CHECK_FALSE(inflater.update(gzip, full));
    CHECK(calls == 1);
    CHECK_FALSE(inflater.finish());
}
