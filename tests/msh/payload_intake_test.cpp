// SPDX-License-Identifier: Apache-2.0
// One payload on its way in: what is kept of it, what is signed, and when it is too much.
#include "msh/payload_intake.hpp"

#include "msh/errc.hpp"
#include "support/exchange.hpp"
#include "support/temporary_folder.hpp"

#include <catch2/catch.hpp>

#include <filesystem>

namespace {

struct Bench {
    support::TemporaryFolder folder;
    pmode::PayloadLimits limits;

    msh::PayloadIntake start(bool compress, const std::string& type) const
    {
        return msh::PayloadIntake(folder.path(), compress, type, limits);
    }
    // Fed in pieces and finished.
    msh::PayloadIntake
    whole(const std::string& octets, bool compress, const std::string& type = "image/png") const
    {
        auto intake = start(compress, type);
        for (std::size_t at = 0; at < octets.size(); at += 1000)
            CHECK(intake.feed(octets.substr(at, 1000)));
        CHECK(intake.finish());
        CHECK(intake.plain_size() == octets.size());
        CHECK(intake.plain_sha256() == crypto::sha256(octets));
        return intake;
    }
    bool has_files() const { return !std::filesystem::is_empty(folder.path()); }
};

} // namespace

TEST_CASE("gzip octets are kept and signed as they will travel", "[msh][TA05]")
{
    const Bench bench;
    for (const std::string& octets : {std::string(), std::string("1"), std::string(5000, 'x')}) {
        auto intake = bench.whole(octets, true);
        const auto content = intake.content();
        CHECK(intake.signed_sha256() == crypto::sha256(content.memory()));
        CHECK(support::gunzip(content.memory()) == octets);
    }
}

TEST_CASE("octets that travel plain are signed as they are, text and XML in another form", "[msh]")
{
    const Bench bench;
    auto image = bench.whole("a\nb", false);
    CHECK(image.signed_sha256() == crypto::sha256("a\nb"));
    auto text = bench.whole("a\nb", false, "text/plain");
    CHECK(text.signed_sha256() == crypto::sha256("a\r\nb"));
    CHECK(text.content().memory() == "a\nb");
    auto xml = bench.whole("<?xml version='1.0'?><a  b='1'/>", false, "application/xml");
    CHECK(xml.signed_sha256() == crypto::sha256("<a b=\"1\"></a>"));
    auto not_xml = bench.start(false, "text/xml");
    CHECK(not_xml.feed("<a>"));
    CHECK_FALSE(not_xml.finish());
}

TEST_CASE(
    "a small payload is never a file, a large one is, and it goes if nobody takes it", "[msh]"
)
{
    const Bench bench;
    {
        auto intake = bench.start(false, "image/png");
        CHECK(intake.feed(std::string(64 * 1024, 'x')));
        CHECK_FALSE(bench.has_files());
        CHECK(intake.feed("x"));
        CHECK(bench.has_files());
    }
    CHECK_FALSE(bench.has_files());
}

TEST_CASE("uncompressed text ends at its limit, other payloads do not", "[msh]")
{
    Bench bench;
    bench.limits.plain_text = 10;
    CHECK(bench.start(true, "text/xml").feed(std::string(11, 'x')));
    CHECK(bench.start(false, "image/png").feed(std::string(11, 'x')));
    auto text = bench.start(false, "text/xml; charset=UTF-8");
    CHECK(text.feed(std::string(10, 'x')));
    CHECK(text.feed("x").error().code == msh::errc::text_too_large);
}

TEST_CASE("the ratio is judged above its floor only, and of what is compressed", "[msh]")
{
    Bench bench;
    bench.limits.compression_ratio_floor = 1000;
    bench.limits.ratio = 10;
    const std::string bomb(5000, 'x');
    CHECK(
        bench.whole(bomb, true).check_ratio(bench.limits).error().code ==
        msh::errc::too_compressible
    );
    CHECK(bench.whole(bomb, false).check_ratio(bench.limits));
    CHECK(bench.whole(std::string(1000, 'x'), true).check_ratio(bench.limits));
    bench.limits.ratio = 1000;
    CHECK(bench.whole(bomb, true).check_ratio(bench.limits));
}
