// SPDX-License-Identifier: Apache-2.0
// The rule between PayloadInfo, signature and encryption, fault by fault with the exact error.
#include "as4/coverage.hpp"

#include "mime/errc.hpp"

#include <catch2/catch.hpp>

namespace {

struct Header {
    ebms::UserMessage message;
    wss::SignedParts signed_parts;
    std::optional<wss::Encryption> encryption;
    pmode::PMode pmode = pmode::preset("sdk").value();

    Header()
    {
        encryption.emplace();
        add("one");
        add("two");
    }
    void add(const std::string& content_id)
    {
        message.parts.push_back({"cid:" + content_id, {{"MimeType", "text/xml", ""}}});
        wss::Reference reference;
        reference.uri = "cid:" + content_id;
        reference.digest = "digest of " + content_id;
        signed_parts.attachments[content_id] = reference;
        encryption->parts.push_back({content_id, "text/xml"});
    }
    boost::system::error_code outcome() const
    {
        const auto covered = as4::check_coverage(message, signed_parts, encryption, pmode);
        return covered ? boost::system::error_code() : covered.error().code;
    }
};

} // namespace

TEST_CASE(
    "parts that are named, signed and encrypted are expected in PartInfo order", "[as4][TA45]"
)
{
    const Header header;
    const auto expected =
        as4::check_coverage(header.message, header.signed_parts, header.encryption, header.pmode);
    REQUIRE(expected);
    REQUIRE(expected->size() == 2);
    CHECK((*expected)[0].content_id == "one");
    CHECK((*expected)[1].digest == "digest of two");
    CHECK((*expected)[1].encrypted);
    CHECK((*expected)[1].decrypted_type == "text/xml");
}

TEST_CASE("each gap in the coverage is refused", "[as4][AS4 5.1.5][facts attack 2]")
{
    Header header;
    boost::system::error_code expected;
    SECTION("not signed")
    {
        header.signed_parts.attachments.erase("two");
        expected = wss::errc::not_covered;
    }
    SECTION("not encrypted")
    {
        header.encryption->parts.pop_back();
        expected = as4::errc::not_encrypted;
    }
    SECTION("nothing encrypted")
    {
        header.encryption.reset();
        expected = as4::errc::not_encrypted;
    }
    SECTION("signed, not named")
    {
        header.message.parts.pop_back();
        header.encryption->parts.pop_back();
        expected = as4::errc::part_mismatch;
    }
    SECTION("encrypted, not named")
    {
        header.encryption->parts.push_back({"three", ""});
        expected = as4::errc::part_mismatch;
    }
    SECTION("encrypted twice")
    {
        header.encryption->parts.push_back({"one", ""});
        expected = as4::errc::part_mismatch;
    }
    SECTION("named twice")
    {
        header.message.parts.push_back(header.message.parts[0]);
        expected = as4::errc::part_mismatch;
    }
    SECTION("external")
    {
        header.message.parts[0].href = "http://example.org/";
        expected = as4::errc::part_mismatch;
    }
    SECTION("in the Body")
    {
        header.message.parts[0].href = "#body";
        expected = as4::errc::part_mismatch;
    }
    SECTION("too many")
    {
        header.pmode.limits.parts = 1;
        expected = mime::errc::limit;
    }
    SECTION("compressed without MimeType")
    {
        header.message.parts[0].properties = {{"CompressionType", "application/gzip", ""}};
        expected = as4::errc::bad_part_property;
    }
    SECTION("a property that could be read in two ways")
    {
        header.message.parts[0].properties.push_back({"MimeType", "text/plain", ""});
        expected = as4::errc::bad_part_property;
    }
    CHECK(header.outcome() == expected);
}

TEST_CASE("CharacterSet must be an encoding name", "[as4][TA29]")
{
    Header header;
    const auto [value, good] = GENERATE(table<std::string, bool>(
        {{"UTF-8", true},
         {"iso-8859-1", true},
         {"x_y.z", true},
         {"!utf*", false},
         {"", false},
         {"8bit", false},
         {"utf 8", false},
         {std::string(65, 'a'), false}}
    ));
    header.message.parts[0].properties.push_back({"CharacterSet", value, ""});
    CHECK((header.outcome() == boost::system::error_code()) == good);
}
