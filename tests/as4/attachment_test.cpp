// SPDX-License-Identifier: Apache-2.0
// One attachment's pipeline by itself: how its content is hashed, and in which order its faults are
// told.
#include "as4/attachment.hpp"

#include "support/exchange.hpp"

#include <catch2/catch.hpp>

namespace {

const support::TemporaryFolder& folder()
{
    static const support::TemporaryFolder one;
    return one;
}

as4::ExpectedPart expected(base::BytesView hashed)
{
    as4::ExpectedPart part;
    part.content_id = "part";
    part.digest = crypto::sha256(hashed);
    return part;
}

base::Result<as4::VerifiedPart> take(
    const as4::ExpectedPart& part, std::string_view wire_type, base::BytesView octets,
    const pmode::PayloadLimits& limits = {}
)
{
    as4::Attachment attachment(part, wire_type, nullptr, limits, folder().path());
    if (auto updated = attachment.update(octets); !updated) return updated.error();
    return attachment.finish();
}

} // namespace

TEST_CASE(
    "uncompressed XML is hashed in canonical form and kept as it came", "[as4][SwA 1.1.1 5.4.2]"
)
{
    const base::Bytes plain = "<?xml version=\"1.0\"?>\n<a  b='1'/>";
    const auto part = take(expected("<a b=\"1\"></a>"), "text/xml; charset=UTF-8", plain);
    REQUIRE(part);
    CHECK(support::content_octets(part->content) == plain);
    CHECK(part->plain_size == plain.size());
    CHECK(part->mime_type == "text/xml");
    CHECK_FALSE(part->compressed);
}

TEST_CASE("uncompressed text is hashed with CRLF line ends", "[as4][SwA 1.1.1 5.4.2]")
{
    CHECK(take(expected("a\r\nb"), "text/plain", "a\nb"));
    CHECK_FALSE(take(expected("a\nb"), "text/plain", "a\nb"));
}

TEST_CASE("octets are hashed as they are", "[as4][SwA 1.1.1 5.4.2]")
{
    CHECK(take(expected("a\nb"), "application/pdf", "a\nb"));
    CHECK(take(expected("a\nb"), "", "a\nb"));
    CHECK(take(expected("a\nb"), "no media type", "a\nb"));
}

TEST_CASE("gzip octets are hashed as they are, whatever type the part claims", "[as4][AS4 3.1]")
{
    const auto gzip = support::gzip("<a/>");
    auto part = expected(gzip);
    part.compressed = true;
    part.mime_type = "text/xml";
    const auto taken = take(part, "text/xml", gzip);
    REQUIRE(taken);
    CHECK(taken->mime_type == "text/xml");
    CHECK(taken->plain_size == 4);
    CHECK(support::content_octets(taken->content) == gzip);
}

TEST_CASE("a type that nobody signed does not choose a looser reading", "[as4][SwA 1.1.1 5.4.2]")
{
    // Signed as octets that happen to be canonical XML; on the way the type became text/xml, under
    // which white space in tags, or a comment, would not be seen.
    auto part = expected("<a></a>");
    part.mime_type = "application/octet-stream";
    CHECK(take(part, "application/octet-stream", "<a></a>"));
    for (const char* changed : {"<a></a>", "<a><!-- pay twice --></a>", "<a  />"})
        CHECK(take(part, "text/xml", changed).error().code == as4::errc::bad_part_property);
    CHECK(take(part, "text/plain", "<a></a>").error().code == as4::errc::bad_part_property);
    part.mime_type = "text/plain";
    CHECK(take(part, "text/xml", "<a></a>").error().code == as4::errc::bad_part_property);
    // XML types are one to the other, and the tighter reading is always open.
    part.mime_type = "application/xhe+xml";
    CHECK(take(part, "text/xml; charset=utf-8", "<a/>"));
    CHECK(take(part, "application/octet-stream", "<a></a>"));
    CHECK(take(part, "application/octet-stream", "<a/>").error().code == as4::errc::part_digest);
}

TEST_CASE("a document type in an XML attachment is refused", "[as4][facts attack 3]")
{
    const auto taken = take(expected("<a></a>"), "application/xml", "<!DOCTYPE a []><a/>");
    REQUIRE_FALSE(taken);
    CHECK(taken.error().code == xml::errc::doctype);
}

TEST_CASE("limits of a part end it while it comes", "[as4]")
{
    pmode::PayloadLimits limits;
    limits.compressed = 100;
    limits.plain_text = 10;
    CHECK(take(expected(base::Bytes(100, 'x')), "application/pdf", base::Bytes(100, 'x'), limits));
    CHECK(
        take(expected(base::Bytes(101, 'x')), "application/pdf", base::Bytes(101, 'x'), limits)
            .error()
            .code == as4::errc::too_large
    );
    CHECK(take(expected(base::Bytes(10, 'x')), "text/plain", base::Bytes(10, 'x'), limits));
    CHECK(
        take(expected(base::Bytes(11, 'x')), "text/plain", base::Bytes(11, 'x'), limits)
            .error()
            .code == as4::errc::too_large
    );
}

TEST_CASE(
    "a wrong tag is told before a wrong digest, and that before broken gzip",
    "[as4][facts attack 12]"
)
{
    const crypto::Secret key(base::Bytes(16, 'k'));
    crypto::GcmEncryptor encryptor(key);
    base::Bytes wire = encryptor.start();
    encryptor.update("not gzip", wire);
    wire += encryptor.finish();
    auto part = expected("something else");
    part.compressed = part.encrypted = true;
    const auto outcome = [&](const base::Bytes& octets) {
        as4::Attachment attachment(part, "application/octet-stream", &key, {}, folder().path());
        REQUIRE(attachment.update(octets));
        return attachment.finish().error().code;
    };
    auto damaged = wire;
    damaged.back() = static_cast<char>(damaged.back() ^ 1);
    CHECK(outcome(damaged) == crypto::errc::decryption_failed);
    CHECK(outcome(wire) == as4::errc::part_digest);
    part.digest = crypto::sha256("not gzip");
    CHECK(outcome(wire) == as4::errc::decompression);
}
